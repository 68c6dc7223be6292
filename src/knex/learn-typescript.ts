import { LockstepError } from '../model/lockstep-error.ts';

let canImportTypeScript =
  Boolean((process.features as { typescript?: unknown }).typescript) || process.execArgv.some((arg) => arg.includes('tsx'));

/** Node 20 learns TypeScript from tsx, and only when the first module is to be imported. @throws LockstepError when tsx is missing */
export async function learnTypeScript(): Promise<void> {
  if (canImportTypeScript) return;
  const { register } = await import('tsx/esm/api').catch((cause: unknown) => {
    throw new LockstepError({
      code: 'tsx-missing',
      what: 'tsx, which reads TypeScript migrations, is not installed',
      next: 'npm ci',
      exitCode: 2,
      cause,
    });
  });
  register();
  canImportTypeScript = true;
}
