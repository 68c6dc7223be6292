import type { EnvironmentName } from './environment.ts';

const APPLY: Readonly<Record<EnvironmentName, string>> = {
  development: 'npm run migrate:dev',
  staging: 'npm run migrate:staging',
  production: 'npm run migrate:prod',
  test: 'npm run migrate:dev -- --env test',
};

/** The command that applies what is pending in an environment. */
export function applyCommand(environment: EnvironmentName): string {
  return APPLY[environment];
}

/** A word of a command as a shell takes it, quoted where it has to be. */
export const shellWord = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

export const ROLLBACK_COMMAND = 'npm run migrate:rollback';

/** Adds options to an npm command: behind its `--`, of which there is one. */
export const withOptions = (command: string, options: string): string => `${command}${command.includes(' -- ') ? '' : ' --'} ${options}`;
