import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { Client } from 'pg';
import { attempt } from '../model/attempt.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import { bindKnex } from './bound-knex.ts';
import { learnTypeScript } from './load-module.ts';
import type { ScriptHost } from './sql-migration.ts';

/** Runs every seed of a folder, in order of name, on one connection. @returns their file names */
export async function runSeeds(
  client: Client,
  { folder, host }: { readonly folder: string; readonly host: ScriptHost },
): Promise<readonly string[]> {
  await learnTypeScript(path.dirname(folder), attempt(() => readdirSync(folder)) ?? []);
  const knex = await bindKnex(client, host);
  try {
    const [files] = (await knex.seed.run({ directory: folder, loadExtensions: ['.ts', '.js', '.mjs', '.cjs'] })) as [string[]];
    return files.map((file) => path.basename(file));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new LockstepError({
      code: 'seed-failed',
      what: `A seed failed: ${why}`,
      next: 'correct the seed, then npm run seed:dev',
      exitCode: 1,
      cause,
    });
  }
}
