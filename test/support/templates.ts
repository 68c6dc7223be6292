import { createHash } from 'node:crypto';
import type { TestDatabase } from './database.ts';

/** Drops the template databases that `withMigratedDatabase` keeps for a project. @returns how many there were */
export async function dropTemplates(database: TestDatabase, root: string): Promise<number> {
  const family = `lockstep_template_${createHash('sha256').update(root).digest('hex').slice(0, 8)}_`;
  const left = await database.query('SELECT datname FROM pg_database WHERE starts_with(datname::text, $1)', [family]);
  for (const { datname } of left) {
    await database.query(`ALTER DATABASE ${datname} IS_TEMPLATE false`);
    await database.query(`DROP DATABASE ${datname}`);
  }
  return left.length;
}
