import { onTestFinished } from 'vitest';
import type { Rehearse } from '../../src/journeys/rehearse.ts';
import type { ServerUnderTest, TestDatabase } from '../support/database.ts';
import { createProject, type Tree, variablesOf } from '../support/project.ts';

export const urlOf = ({ user, password, host, port, database }: TestDatabase): string =>
  `postgresql://${user}:${password}@${host}:${port}/${database}`;

/** A source with what is applied there, and a rehearsal of what is pending, on the same server. */
export async function sourceStage({ freshDatabase }: Pick<ServerUnderTest, 'freshDatabase'>, tree: Tree, settings: object = {}) {
  const database = await freshDatabase();
  // What lint thinks of it is not the question here.
  const project = await createProject(database, tree, { staging: { lint: 'off' }, ...settings });
  const applied = await project.apply({ env: 'staging' });
  if (applied.exitCode !== 0) throw new Error(applied.screen);
  const variables = { ...variablesOf(database), SCRATCH_URL: await scratchUrl(database) };
  const play = (wish: Partial<Rehearse> = {}) => project.rehearse({ variables, env: 'development', from: 'staging', ...wish });
  return { project, database, play, variables };
}

const roleOf = ({ database }: TestDatabase): string => `scratch_${database}`;

/** As a role of the test's own: what a run of another one leaves, or takes away, is not seen. */
async function scratchUrl(database: TestDatabase): Promise<string> {
  const user = roleOf(database);
  await database.query(`CREATE ROLE ${user} LOGIN SUPERUSER PASSWORD 'xq-scratch-7'`);
  onTestFinished(async () => void (await database.query(`DROP ROLE ${user}`)));
  return urlOf({ ...database, user, password: 'xq-scratch-7', database: 'postgres' });
}

/** Everything that a database holds, as text: it is equal where nothing was written. */
export async function wholeOf(database: TestDatabase): Promise<string> {
  const [row] = await database.query(
    "SELECT pg_catalog.md5(pg_catalog.database_to_xml(true, true, '')::text) AS whole, (SELECT count(*)::text FROM pg_catalog.pg_class) AS relations",
  );
  return JSON.stringify(row);
}

/** Databases of the test's rehearsals that are on the server. */
export async function scratchDatabases(database: TestDatabase): Promise<readonly string[]> {
  const rows = await database.query(
    "SELECT datname FROM pg_catalog.pg_database WHERE datname LIKE 'lockstep\\_scratch\\_%' AND pg_catalog.pg_get_userbyid(datdba) = $1",
    [roleOf(database)],
  );
  return rows.map(({ datname }) => String(datname));
}
