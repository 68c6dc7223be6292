import yargs, { type InferredOptionTypes, type Options } from 'yargs';
import { hideBin } from 'yargs/helpers';
import { environmentNamed, type Project } from '../model/environment.ts';
import { type Emit, forTarget } from '../model/event.ts';
import type { Journey } from '../model/journey.ts';
import { type ExitCode, isLockstepError, LockstepError, toRefusal } from '../model/lockstep-error.ts';
import { printable } from '../model/printable.ts';
import { databaseRefusal } from '../pg/failure.ts';
import { findTargetName } from '../target/open-environment.ts';
import { askOnTerminal } from './ask.ts';
import { chooseReporters } from './choose-reporters.ts';
import { FORCED_EXIT_CODE, listenForSignals } from './interruption.ts';
import { verifyNoneSwallowed } from './npm-options.ts';

type OptionMap = Readonly<Record<string, Options>>;
type Arguments<O extends OptionMap> = InferredOptionTypes<O> & { readonly _: readonly (string | number)[] };

export interface Command<O extends OptionMap = OptionMap> {
  /** The npm script: `migrate:status`. */
  readonly name: string;
  readonly describe: string;
  /** What may stand behind the options: `<name>`. */
  readonly words?: string;
  /** How many of them at most; one, where nothing is said. */
  readonly mostWords?: number;
  readonly options: O;
  readonly examples: readonly (readonly [string, string])[];
  readonly run: (args: Arguments<O>, journey: Journey) => Promise<ExitCode>;
}

/** A command as it is: what its options are called types its arguments. */
export const define = <const O extends OptionMap>(it: Command<O>): Command<O> => it;

/**
 * Parses the command line, starts the journey, sets the exit code. The one place that catches.
 * @param load makes the project: what it refuses is told like everything else
 * @param shown what a person types for it
 */
export async function script<const O extends OptionMap>(
  load: Project | (() => Promise<Project>),
  it: Command<O>,
  shown = `npm run ${npmScript() ?? it.name} --`,
): Promise<void> {
  let reporter = chooseReporters(undefined);
  let emit: Emit = reporter.report;
  const finish = atTheEnd(() => reporter.close());
  try {
    if (npmScript()) verifyNoneSwallowed(npmScript() ?? it.name, Object.keys(it.options), typed());
    const args = (await parser(it, shown).parseAsync()) as unknown as Arguments<O> & {
      readonly help?: boolean;
      readonly env?: string;
      readonly report?: readonly string[];
    };
    if (args.help) return;
    const project = typeof load === 'function' ? await load() : load;
    reporter = chooseReporters(args.report, project.root);
    emit = reporter.report;
    const interruption = listenForSignals();
    const ask = askOnTerminal(interruption);
    const asked = {
      project,
      variables: process.env,
      interruption,
      ...(ask && { ask }),
      // An empty option is a mistake, where an empty variable is none.
      ...(args.env !== undefined && { env: environmentNamed(project, args.env).name }),
    };
    const target = await findTargetName(asked);
    if (target !== undefined) emit = forTarget(target, emit);
    process.exitCode = await it.run(args, { ...asked, emit });
  } catch (error) {
    process.exitCode = tell(error, emit);
  } finally {
    finish();
  }
}

/**
 * Closes once, however the command ends. A migration module that calls process.exit() must not look like a success.
 * @returns what ends the command in good order
 */
function atTheEnd(close: () => void): () => void {
  const onExit = (code: number): void => {
    close();
    if (code === FORCED_EXIT_CODE) return;
    process.exitCode = 1;
    process.stderr.write(
      'The process ended before the command did: process.exit() or an unhandled rejection, in a migration module\n  Next: npm run migrate:status   tells what was applied\n',
    );
  };
  process.once('exit', onExit);
  return () => {
    process.off('exit', onExit);
    close();
  };
}

/** One command serves migrate:dev, migrate:staging and migrate:prod: npm says which of them was typed. */
export function npmScript(): string | undefined {
  const typed = process.env['npm_lifecycle_event'];
  return typed?.includes(':') ? typed : undefined;
}

/** pnpm and yarn hand on the `--` that npm keeps; behind it yargs would take options for words. */
const typed = (): string[] => hideBin(process.argv).filter((word) => word !== '--');

function parser<O extends OptionMap>(it: Command<O>, shown: string) {
  const name = npmScript() ?? it.name;
  return yargs(typed())
    .scriptName(shown)
    .usage(`$0 ${it.words ?? ''}\n\n${it.describe}`)
    .options(it.options)
    .example(it.examples.map(([command, what]) => [command, what]))
    .locale('en')
    .strictOptions()
    .demandCommand(
      0,
      it.words ? (it.mostWords ?? 1) : 0,
      '',
      it.words ? `${name} takes one word: ${it.words}` : `${name} takes options only`,
    )
    .version(false)
    .help()
    .wrap(Math.min(110, process.stderr.columns || 110))
    .exitProcess(false)
    .parserConfiguration({ 'parse-positional-numbers': false })
    .fail((message, error) => {
      if (error && error.name !== 'YError') throw error;
      throw new LockstepError({ code: 'usage', what: message || error?.message, next: `${shown} --help` });
    });
}

export function tell(thrown: unknown, emit: Emit): ExitCode {
  const error = packageMissing(thrown) ?? databaseRefusal(thrown) ?? thrown;
  if (!isLockstepError(error)) {
    process.stderr.write(
      `${printable(error instanceof Error ? error.stack : String(error))}\nThis is a bug in Lockstep. Please report it with the lines above and the output of: npm run migrate:status\n`,
    );
    return 1;
  }
  emit({ type: 'refused', refusal: toRefusal(error) });
  return error.exitCode;
}

/** An install that was left half-way is the user's to finish, and no bug. */
function packageMissing(error: unknown): LockstepError | undefined {
  const [, name] = /^Cannot find package '([^']+)'/.exec(error instanceof Error ? error.message : '') ?? [];
  return name === undefined
    ? undefined
    : new LockstepError({ code: 'package-missing', what: `The package ${name} is not installed`, next: 'npm ci', cause: error });
}
