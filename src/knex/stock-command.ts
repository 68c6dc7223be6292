const MUTATING = new Set(['migrate:latest', 'migrate:up', 'migrate:down', 'migrate:rollback', 'migrate:to', 'migrate:before', 'seed:run']);
const PLANNING = new Set(['migrate:latest', 'migrate:up', 'migrate:to', 'migrate:before']);

/** What the stock CLI was asked to do in this process; undefined when this process is not the stock CLI. */
export interface StockCommand {
  readonly name: string;
  readonly isMutating: boolean;
  /** It is about to apply what is pending. */
  readonly isApplying: boolean;
  /** Whether the command line names an environment. */
  readonly namesEnvironment: boolean;
}

const isKnexCli = (program: string | undefined): boolean => /[\\/](\.bin[\\/]knex|knex[\\/]bin[\\/]cli\.js)$/.test(program ?? '');

/** Reads the stock CLI's command line. It hands no command to the configuration, so this is how to know it. */
export function readStockCommand([, program, ...args]: readonly string[]): StockCommand | undefined {
  if (!isKnexCli(program)) return undefined;
  const name = args.find((arg) => /^(migrate|seed):/.test(arg)) ?? '';
  return {
    name,
    isMutating: MUTATING.has(name),
    isApplying: PLANNING.has(name),
    namesEnvironment: args.some((arg) => /^--env(=|$)/.test(arg)),
  };
}
