import { rmSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { importText, proofText } from '../../src/cli/tell-import.ts';
import { importFolder } from '../../src/journeys/import.ts';
import { verifyImport } from '../../src/journeys/verify-import.ts';
import { onServer } from '../support/database.ts';
import { createProject, isThere, refusalOf } from '../support/project.ts';
import { MADE, SAMPLES } from './tools.ts';

const inFolder = (files: Readonly<Record<string, string | Uint8Array>>): Record<string, string | Uint8Array> =>
  Object.fromEntries(Object.entries(files).map(([file, text]) => [`old/${file}`, text]));

onServer('newest', 'an import', ({ freshDatabase }) => {
  test.each(SAMPLES)('from $tool gives pairs that apply, and takes its history over', async ({ tool, files, history, names }) => {
    const database = await freshDatabase();
    const project = await createProject(database, inFolder(files), { tableName: 'lockstep_migrations' });
    const folder = path.join(project.root, 'old');
    const report = await importFolder(project.root, { folder });
    expect([report.tool, report.imported.map(({ name }) => name), report.problems]).toEqual([tool, names, []]);
    // Once more changes nothing.
    expect((await importFolder(project.root, { folder, from: tool })).written).toEqual([]);
    rmSync(folder, { recursive: true });

    const { exitCode } = await project.apply();
    expect([exitCode, await isThere(database, 'orders')]).toEqual([0, true]);
    if (Object.keys(report.imported[0]?.files ?? {}).length > 1) {
      await project.rollback({ to: '0' });
      expect(await isThere(database, 'users')).toBe(false);
    }
    if (!history) return;

    const theirs = await freshDatabase();
    await theirs.query(MADE);
    await theirs.query(history);
    const adopting = await createProject(theirs, {}, { tableName: 'lockstep_migrations' });
    await adopting.write(Object.assign({}, ...report.imported.map((one) => one.files)));
    expect(await refusalOf(adopting.apply())).toContain(
      `Next: npm run migrate:baseline -- --env test --from ${tool}   takes its history over`,
    );
    expect((await adopting.status()).problems.map(({ code }) => code)).toEqual(['foreign-history']);
    expect((await adopting.baseline({ from: tool })).exitCode).toBe(0);
    const applied = 'SELECT name FROM lockstep_migrations ORDER BY id';
    expect((await theirs.query(applied)).map(({ name }) => name)).toEqual(names.slice(0, 2));
    expect((await adopting.apply()).outcome?.done.map(({ name }) => name)).toEqual(names.slice(2));
  });

  test('says what stays behind, with its line, and what cannot be run as it is', async () => {
    const project = await createProject(await freshDatabase(), {
      'old/00001_users.sql': '-- +goose NO TRANSACTION\n-- +goose Up\nVACUUM;\nCREATE TABLE a (id int);\n-- +goose Down\n',
      'old/00002_env.sql': '-- +goose Up\n-- +goose ENVSUB ON\nCREATE TABLE b (id int);\n-- +goose Down\nDROP TABLE b;\n',
      'old/00003_psql.sql': '-- +goose Up\n\\i other.sql\n',
      'old/00004_code.go': 'package migrations\n',
    });
    const report = await importFolder(project.root, { folder: path.join(project.root, 'old') });
    expect(importText(report, false)).toMatchInlineSnapshot(`
      "Imported 3 migrations of goose from old
        00001_users   (no rollback)   <- old/00001_users.sql
        00002_env   <- old/00002_env.sql
        00003_psql   (no rollback)   <- old/00003_psql.sql
      2 cannot be rolled back: goose has no way back for them either
      Left behind:
        old/00004_code.go is Go: goose ran it as code
        old/00002_env.sql:2 -- +goose ENVSUB ON is not obeyed here
      2 files cannot be run as they are:
        db/migrations/00002_env.sql:5:1: "-- +goose ENVSUB ON" changes how another tool runs this file, and is not obeyed here
        db/migrations/00003_psql.sql:5:1: \\i is a command of psql, not SQL
      Next: npm run migrate:status   says how to mend them, one by one
      "
    `);
    expect(report.imported[0]?.files['db/migrations/00001_users.sql']).toMatchInlineSnapshot(`
      "-- Migration: 00001_users
      -- Description: Users
      -- Imported from: goose 1 (old/00001_users.sql)

      -- part: no-transaction
      VACUUM;
      CREATE TABLE a (id int);
      "
    `);
  });

  test('never writes over what is there, nor two of one version', async () => {
    const project = await createProject(await freshDatabase(), {
      'old/001_users.sql': '-- migrate:up\nSELECT 1;\n',
      'old/002_orders.sql': '-- migrate:up\nSELECT 2;\n',
      'db/migrations/001_users.sql': 'SELECT 3;\n',
      'db/migrations/2_mine.sql': 'SELECT 4;\n',
    });
    expect(await refusalOf(importFolder(project.root, { folder: path.join(project.root, 'old') }))).toMatchInlineSnapshot(`
      "2 things are in the way; nothing was changed
      1. db/migrations/001_users.sql is there already, and is not what would be imported
        db/migrations/001_users.sql
        Next: mv db/migrations/001_users.sql db/migrations/001_users.sql.old   and import again; or keep it, and move the original out of the folder that is read
      2. 002_orders would have the version of 2_mine, which is here already
        Next: npm run migrate:make -- --renumber 2_mine   and import again"
    `);
    expect(
      await refusalOf(importFolder(project.root, { folder: path.join(project.root, 'old'), from: 'flywheel' })),
    ).toMatchInlineSnapshot(`
      ""flywheel" is no tool that can be imported from; there are sqitch, prisma, drizzle, liquibase, dbmate, goose, sql-migrate, node-pg-migrate, flyway, diesel, rails, golang-migrate, knex, sql
        Next: npm run migrate:import -- FOLDER   finds out which it is"
    `);
    expect(await refusalOf(importFolder(project.root, { folder: path.join(project.root, 'nowhere') }))).toContain('cannot be read');
  });

  test('from Rails takes structure.sql as one migration, and its history as one row', async () => {
    const database = await freshDatabase();
    const tree = { 'old/structure.sql': MADE, 'old/migrate/20240101090000_users.rb': 'class Users; end' };
    const project = await createProject(database, tree, { tableName: 'lockstep_migrations' });
    const report = await importFolder(project.root, { folder: path.join(project.root, 'old') });
    expect([report.tool, report.imported.map(({ name }) => name), report.left.length]).toEqual(['rails', ['001_structure'], 1]);
    await database.query(
      `${MADE} CREATE TABLE schema_migrations (version varchar); INSERT INTO schema_migrations VALUES ('20240101090000')`,
    );
    expect((await project.baseline({ from: 'rails' })).exitCode).toBe(0);
    expect((await project.apply()).outcome?.done ?? []).toEqual([]);
  });

  test('needs a folder of another tool, and not one of its own', async () => {
    const { root } = await createProject(await freshDatabase(), { 'db/migrations/001_a.sql': 'SELECT 1;' });
    for (const folder of ['', root, path.join(root, 'db')])
      expect(await refusalOf(importFolder(root, { folder }))).toContain('Next: npm run migrate:import -- old/migrations');
  });

  test('keeps what was mended since, and the history of a new database is not taken for theirs', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, { 'old/1_a.up.sql': 'CREATE TABLE a (id int);\nCOMMIT;\n' });
    const folder = path.join(project.root, 'old');
    expect((await importFolder(project.root, { folder })).problems.map(({ code }) => code)).toEqual(['own-transactions']);
    const mended = '-- Imported from: golang-migrate 1 (old/1_a.up.sql)\nCREATE TABLE a (id int);\n';
    await project.write({ 'db/migrations/1_a.sql': mended });
    const again = await importFolder(project.root, { folder });
    expect([again.written, again.problems, again.imported.map(({ files }) => Object.values(files))]).toEqual([[], [], [[mended]]]);
    expect((await project.apply()).exitCode).toBe(0);
    await project.write({ 'db/migrations/2_b.sql': mended.replaceAll('1', '2').replace('TABLE a', 'TABLE b') });
    expect((await project.apply()).outcome?.done.map(({ name }) => name)).toEqual(['2_b']);
  });

  test('is proved on a server of its own: roles, empty files, and what differs', async () => {
    const project = await createProject(await freshDatabase(), {
      'old/1_a.up.sql': 'CREATE ROLE reader;\nCREATE TABLE a (id int);\nGRANT SELECT ON a TO reader;\n',
      'old/2_b.up.sql': '-- nothing for PostgreSQL\n',
    });
    const folder = path.join(project.root, 'old');
    const equal = await importFolder(project.root, { folder });
    expect(await verifyImport(project.root, equal.imported)).toEqual({ compared: 2, differences: [] });
    await project.write({ 'db/migrations/2_b.sql': '-- Imported from: golang-migrate 2 (old/2_b.up.sql)\nCREATE TABLE b (id int);\n' });
    const mended = await importFolder(project.root, { folder });
    expect((await verifyImport(project.root, mended.imported)).differences).toMatchInlineSnapshot(`
      [
        "+ column public.b.id: integer",
        "+ owner public.b: postgres",
        "+ table public.b: plain",
      ]
    `);
  });

  test('that the original itself does not survive is proved up to there, or not at all', async () => {
    const project = await createProject(await freshDatabase(), {
      'old/1_a.up.sql': 'CREATE TABLE a (id int);\n',
      'old/2_b.up.sql': 'ALTER TABLE a OWNER TO nobody_here;\n',
    });
    const { imported } = await importFolder(project.root, { folder: path.join(project.root, 'old') });
    expect(proofText(await verifyImport(project.root, imported))).toMatchInlineSnapshot(`
      "Verified up to migration 1: both make the same schema. The next one of the original fails on an empty PostgreSQL 18: 2_b.up.sql: role "nobody_here" does not exist
      "
    `);
    expect(proofText(await verifyImport(project.root, imported.slice(1)))).toMatchInlineSnapshot(`
      "Not verified: the first migration of the original fails on an empty PostgreSQL 18: 2_b.up.sql: relation "a" does not exist
      "
    `);
  });

  test('of files that lie where pairs are written says where to move them', async () => {
    const { root } = await createProject(await freshDatabase(), { 'db/migrations/001_a.sql': '-- migrate:up\nSELECT 1;\n' });
    expect(await refusalOf(importFolder(root, { folder: path.join(root, 'db/migrations') }))).toMatchInlineSnapshot(`
      "db/migrations is where the pairs are written, so the files of dbmate need another folder; dbmate can go on reading them there
        Next: mkdir db/dbmate && mv db/migrations/*.sql db/dbmate/ && npm run migrate:import -- --from dbmate db/dbmate"
    `);
  });

  test('whose history is dirty, or knows more than there are files, is not taken over', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, { 'old/1_a.up.sql': 'CREATE TABLE a (id int);' }, { tableName: 'lockstep_migrations' });
    expect(await refusalOf(project.baseline({ from: 'golang-migrate' }))).toMatchInlineSnapshot(`
      "No migration here says that it was imported from golang-migrate
        Next: npm run migrate:import -- --from golang-migrate FOLDER   with the folder that golang-migrate reads"
    `);
    await importFolder(project.root, { folder: path.join(project.root, 'old') });
    expect(await refusalOf(project.baseline({ from: 'golang-migrate' }))).toMatchInlineSnapshot(`
      "golang-migrate has no history table in schema public or where it has one by default
        Next: npm run migrate:dev   where the database is new; where it has these tables: npm run migrate:baseline -- --to VERSION"
    `);
    await database.query('CREATE TABLE schema_migrations (version bigint, dirty boolean); INSERT INTO schema_migrations VALUES (1, true)');
    expect(await refusalOf(project.baseline({ from: 'golang-migrate' }))).toMatchInlineSnapshot(`
      ""public"."schema_migrations", the history of golang-migrate, is not in order: version 1 is dirty: it failed, or runs now
        Next: settle it with golang-migrate first, or look: SELECT * FROM "public"."schema_migrations";"
    `);
    await project.write({ 'old/2_b.sql': '-- +goose Up\nCREATE TABLE b (id int);' });
    await importFolder(project.root, { folder: path.join(project.root, 'old'), from: 'goose' }).catch(() => undefined);
    await project.write({ 'db/migrations/3_c.sql': '-- Imported from: goose 3 (old/3_c.sql)\nCREATE TABLE c (id int);' });
    await database.query(
      'CREATE TABLE goose_db_version (id serial, version_id bigint, is_applied boolean); INSERT INTO goose_db_version (version_id, is_applied) VALUES (3, true), (4, true)',
    );
    expect(await refusalOf(project.baseline({ from: 'goose' }))).toMatchInlineSnapshot(`
      ""public"."goose_db_version" says that goose applied what is not here: 4; nothing was marked
        Next: npm run migrate:import -- --from goose FOLDER   with all of its files (git log --diff-filter=D finds deleted ones)"
    `);
  });
});
