import { shellWord } from '../model/command.ts';
import { LockstepError } from '../model/lockstep-error.ts';

// npm has an option of this name itself, and hands it on whenever somebody's .npmrc says audit=false.
const NPMS_OWN = new Set(['audit']);

/**
 * `npm run migrate:prod --dry-run`, without a `--` before it, is npm's option and not ours: the script would run for real.
 * npm hands such options on as npm_config_… variables.
 * @throws LockstepError with the command that was meant
 */
export function verifyNoneSwallowed(command: string, options: readonly string[], args: readonly string[]): void {
  const swallowed = options.flatMap((name) => {
    const value = process.env[`npm_config_${name.replaceAll('-', '_')}`];
    if (value === undefined || NPMS_OWN.has(name) || isGiven(args, name, value)) return [];
    return value === 'true' ? [`--${name}`] : [`--${name}`, value];
  });
  if (swallowed.length === 0) return;
  throw new LockstepError({
    code: 'usage',
    what: `npm kept ${swallowed.join(' ')} for itself, so nothing was done`,
    next: `npm run ${command} -- ${[...args, ...swallowed].map(shellWord).join(' ')}`,
  });
}

/** With `--` or by the npm script itself. */
function isGiven(args: readonly string[], name: string, value: string): boolean {
  const at = args.lastIndexOf(`--${name}`);
  return args.includes(`--${name}=${value}`) || (at >= 0 && (value === 'true' || args[at + 1] === value));
}
