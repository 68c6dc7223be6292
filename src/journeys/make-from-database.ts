import type { Client } from 'pg';
import { readMigrations } from '../files/read-migrations.ts';
import { writeForward, writeModuleWhereWanted } from '../files/write-migration.ts';
import { findForeignHistories } from '../import/histories.ts';
import type { Journey } from '../model/journey.ts';
import { isLockstepError, LockstepError, listed } from '../model/lockstep-error.ts';
import { nextVersion } from '../model/migration.ts';
import { readNamedRoles } from '../pg/roles.ts';
import { writeSchema } from '../snapshot/write-schema.ts';
import type { OpenTarget } from '../target/open-target.ts';
import { withReader } from '../target/with-reader.ts';
import { draftRollback } from './draft-rollback.ts';

/** Writes the first migration of a database that has none: its schema as it is, and a rollback for it. Only reads there. @returns their paths */
export async function makeFromDatabase(journey: Journey, title: string): Promise<readonly string[]> {
  const { root } = journey.project;
  const [first] = (await readMigrations(root)).migrations;
  if (first) throw notFirst(first.name);
  const tables = ['knex_migrations', journey.project.stock?.tableName ?? 'knex_migrations'];
  const { place, sql, unwritten, roles, left } = await withReader(journey, (target) => readSchema(target, tables));
  const version = nextVersion([]);
  const name = `${version}_${title}`;
  const files = [await writeForward(root, name, textOf(name, place, sql)), ...(await writeModuleWhereWanted(root, name))];
  if (left.length > 0) journey.emit({ type: 'note', text: `left out, as histories of tools: ${listed(left)}` });
  if (unwritten.length > 0)
    journey.emit({ type: 'note', text: `no statement makes these, so they are comments in it: ${listed(unwritten)}` });
  if (roles.length > 0)
    journey.emit({ type: 'note', text: `it names roles, which belong to the server and have to be there: ${listed(roles)}` });
  const rollback = await draftRollback(journey, version, roles).catch((error: unknown) => {
    if (!isLockstepError(error) || error.code !== 'not-replayed') throw error;
    journey.emit({
      type: 'note',
      text: `its rollback is not written: ${error.what}`,
      next: `npm run migrate:make -- --rollback ${version}`,
    });
    return [];
  });
  const env = journey.env === undefined ? '' : ` --env ${journey.env}`;
  journey.emit({
    type: 'note',
    text: `${name} is what ${place} has already`,
    next: `npm run migrate:baseline --${env} --to ${version}   marks it there as applied; a new database gets it by npm run migrate:dev`,
  });
  return [...files, ...rollback];
}

interface ReadSchema {
  readonly place: string;
  readonly sql: string;
  readonly unwritten: readonly string[];
  /** Tables that are not written, as the histories of tools. */
  readonly left: readonly string[];
  /** Those that it names. */
  readonly roles: readonly string[];
}

/** Without the histories of tools, which each of them makes for itself. */
async function readSchema({ history, target }: OpenTarget, ofKnex: readonly string[]): Promise<ReadSchema> {
  const { client, schema, names } = history;
  const foreign = (await findForeignHistories(client, schema)).map(({ table }) => table.replaceAll('"', ''));
  const histories = [...[names.rows, ...ofKnex].map((name) => `${schema}.${name}`), ...foreign];
  const left = new Set<string>();
  const written = await writeSchema(client, (name) => {
    const isLeft = histories.some((one) => name.startsWith(one));
    if (isLeft) left.add(name);
    return isLeft;
  });
  if (!/^(?:CREATE|ALTER|COMMENT|GRANT)/m.test(written.sql)) throw nothingThere(target.database);
  const roles = await readNamedRoles(client);
  return { place: target.database, ...written, roles, left: await tablesAmong(client, [...left]) };
}

/** What hangs on a table goes with it. */
const tablesAmong = async (client: Client, names: readonly string[]): Promise<readonly string[]> =>
  (
    await client.query<{ name: string }>(
      `SELECT n.nspname || '.' || c.relname AS name FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind IN ('r', 'p') AND n.nspname || '.' || c.relname = ANY ($1) ORDER BY 1`,
      [names],
    )
  ).rows.map(({ name }) => name);

const textOf = (name: string, place: string, sql: string): string =>
  `-- Migration: ${name}\n-- Description: the schema of ${place.replaceAll(/\s+/g, ' ')} as it was on ${new Date().toISOString().slice(0, 10)}\n\nBEGIN;\n\n${sql}\nCOMMIT;\n`;

const notFirst = (name: string): LockstepError =>
  new LockstepError({
    code: 'not-first',
    what: `There are migrations already, from ${name} on; what a database has is written as the first one only`,
    next: 'npm run migrate:status -- --deep   shows what the database has beyond them, each with the SQL for it',
  });

const nothingThere = (database: string): LockstepError =>
  new LockstepError({
    code: 'empty-database',
    what: `${database} has no schema to write`,
    next: 'npm run migrate:make -- init   writes an empty first migration',
  });
