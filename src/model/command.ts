const APPLY: Readonly<Record<string, string>> = {
  development: 'npm run migrate:dev',
  staging: 'npm run migrate:staging',
  production: 'npm run migrate:prod',
};

/** The command that applies what is pending in an environment. One without a script of its own is named behind another's: the last name counts. */
export const applyCommand = (environment: string): string => APPLY[environment] ?? `npm run migrate:dev -- --env ${environment}`;

/** A word of a command as a shell takes it, quoted where it has to be. */
export const shellWord = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

export const restoreCommand = (backup: string, into: string): string =>
  `npm run migrate:restore -- ${shellWord(backup)} --into ${shellWord(into)}`;

/** Writes a long change as files that run beside the application. */
export const recipeCommand = (name: string, ...args: readonly string[]): string =>
  `npm run migrate:make -- --recipe ${[name, ...args].map(shellWord).join(' ')}`;

export const ROLLBACK_COMMAND = 'npm run migrate:rollback';

/** Adds options to an npm command: behind its `--`, of which there is one. */
export const withOptions = (command: string, options: string): string => `${command}${command.includes(' -- ') ? '' : ' --'} ${options}`;
