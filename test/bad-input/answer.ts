import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { expect, onTestFinished } from 'vitest';
import { isLockstepError } from '../../src/model/lockstep-error.ts';
import type { TestDatabase } from '../support/database.ts';
import { createProject, type Ran, steady, type TestProject, type Tree } from '../support/project.ts';

/** Every table that is not ours with its rows, and the names in history: what a refused run must leave alone. */
async function pictureOf(database: TestDatabase): Promise<unknown> {
  const tables = await database.query(
    `select c.oid::regclass::text as name from pg_class c
     where c.relkind in ('r', 'v', 'm') and c.relname not like 'schema\\_migrations%'
       and c.relnamespace not in (select oid from pg_namespace where nspname in ('pg_catalog', 'information_schema', 'pg_toast')) order by 1`,
  );
  const rows = await Promise.all(tables.map(({ name }) => database.query(`select t::text as row from ${name} t order by 1`)));
  const [found] = await database.query("select to_regclass('schema_migrations') is not null as there");
  const history = found?.['there'] ? await database.query("select to_jsonb(h) ->> 'name' as name from schema_migrations h order by 1") : [];
  return { tables, rows, history };
}

/** Exit code and whole message of a run that must leave the database as it is. */
export async function answerOf(database: TestDatabase, run: () => Promise<Ran | unknown>): Promise<string> {
  const before = await pictureOf(database);
  const answer = await run().then(toAnswer, toRefusal);
  expect(await pictureOf(database)).toEqual(before);
  return steady(answer).replaceAll(`-p ${database.port}`, '-p PORT');
}

function toAnswer(ran: unknown): string {
  const { exitCode, screen } = ran as Ran;
  return `exit ${exitCode}\n${screen}`;
}

function toRefusal(error: unknown): string {
  if (!isLockstepError(error)) throw error;
  expect(error.stack).toBe(error.message);
  return `exit ${error.exitCode}\n${error.message}`;
}

/** The answer to `apply` in a project of these files on a fresh database. */
export async function applyTo(database: TestDatabase, tree: Tree): Promise<string> {
  const project = await createProject(database, tree);
  return answerOf(database, () => project.apply());
}

/** The command behind `Next:`, without the remark that may follow it. */
export const commandIn = (answer: string): string => /Next: (.*(?:\n {8}\S.*)*)/.exec(answer)?.[1]?.replace(/(?<=\S) {3}\S.*$/gm, '') ?? '';

/** The SQL behind `Next:`. */
export const sqlIn = (answer: string, { database }: TestDatabase): string =>
  (answer.split('Next:')[1]?.match(/(GRANT|ALTER|CREATE SCHEMA)[^;]*;/g) ?? []).join('\n').replaceAll('DATABASE', database);

/** Does what `Next:` says, in the project's folder. */
export function paste({ root }: Pick<TestProject, 'root'>, answer: string): void {
  execFileSync('sh', ['-ec', commandIn(answer)], { cwd: root, stdio: 'pipe' });
}

/** The same database for a role of its own, which goes with the test. */
export async function asNewRole(database: TestDatabase, attributes = 'login'): Promise<TestDatabase> {
  const user = `${database.database}_role`;
  const password = randomBytes(9).toString('hex');
  await database.query(`create role ${user} ${attributes} password '${password}'`);
  onTestFinished(async () => {
    await database.query(`drop owned by ${user} cascade`);
    await database.query(`drop role ${user}`);
  });
  return { ...database, user, password };
}
