const MUTATING = new Set(['migrate:latest', 'migrate:up', 'migrate:down', 'migrate:rollback', 'migrate:to', 'migrate:before', 'seed:run']);
const PLANNING = new Set(['migrate:latest', 'migrate:up', 'migrate:to', 'migrate:before']);

/** What the stock CLI was asked to do in this process; undefined when this process is not the stock CLI. */
export interface StockCommand {
  readonly name: string;
  readonly isMutating: boolean;
  /** It is about to apply what is pending. */
  readonly isApplying: boolean;
  /** It is about to roll back the last migration, whichever that is. */
  readonly undoesLast: boolean;
  /** What stands behind the command, and is no option or its value. */
  readonly words: readonly string[];
  /** Whether the command line names an environment. */
  readonly namesEnvironment: boolean;
}

const isKnexCli = (program: string | undefined): boolean => /[\\/](\.bin[\\/]knex|knex[\\/]bin[\\/]cli\.js)$/.test(program ?? '');

/** `--all` says what it undoes, and so does a name behind `migrate:down`: a word that is no option's value. */
function isUndoingLast(command: string, args: readonly string[], words: readonly string[]): boolean {
  return command === 'migrate:rollback' ? !args.includes('--all') : command === 'migrate:down' && words.length === 0;
}

/** Ends the stock CLI's process where there is nothing left to do: Knex has no other way to be told so. */
export function endStockCommand(): never {
  process.exit(0);
}

/** Reads the stock CLI's command line. It hands no command to the configuration, so this is how to know it. */
export function readStockCommand([, program, ...args]: readonly string[]): StockCommand | undefined {
  if (!isKnexCli(program)) return undefined;
  const name = args.find((arg) => /^(migrate|seed):/.test(arg)) ?? '';
  const words = args.filter((arg, i) => arg !== name && !arg.startsWith('-') && !args[i - 1]?.startsWith('--'));
  return {
    name,
    isMutating: MUTATING.has(name),
    isApplying: PLANNING.has(name),
    undoesLast: isUndoingLast(name, args, words),
    words,
    namesEnvironment: args.some((arg) => /^--env(=|$)/.test(arg)),
  };
}
