import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Offer } from '../../src/model/drift.ts';
import { onOldestAndNewest, type TestDatabase } from '../support/database.ts';
import { createProject, down, historyOf, isThere, pair, refusalOf, steady, type TestProject, up } from '../support/project.ts';

const THREE = {
  ...pair('001_a', '-- Description: Makes a\nCREATE TABLE a (id int);', 'DROP TABLE a;'),
  ...pair('002_b', 'CREATE TABLE b (id int);', 'DROP TABLE b;'),
  ...pair('003_c', 'CREATE TABLE c (id int);', 'DROP TABLE c;'),
};

const screenOf = (screen: string): string =>
  steady(screen)
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replaceAll(/checksum [0-9a-f]{12}/g, 'checksum SUM');

onOldestAndNewest('repair', ({ freshDatabase }) => {
  const applied = async () => {
    const database = await freshDatabase();
    const project = await createProject(database, THREE);
    await project.apply();
    return { database, project };
  };
  const rowsOf = (database: TestDatabase) => database.query('select * from schema_migrations order by id');
  const consent = (project: TestProject, ...consents: readonly Pick<Offer, 'kind' | 'name' | 'to'>[]) => project.repair({ consents });
  /** In order for status and audit, and a run finds nothing to complain of. */
  const expectClean = async (project: TestProject): Promise<void> => {
    expect((await project.audit()).findings).toEqual([]);
    expect((await project.apply()).exitCode).toBe(0);
    expect((await project.repair()).screen).toContain('nothing to repair');
  };

  test('lists what can be set right with the command for each, and changes nothing', async () => {
    const { database, project } = await applied();
    await project.write({ [up('001_a')]: 'CREATE TABLE a (id bigint);' });
    project.remove(up('002_b'));
    await database.query("delete from schema_migrations where name = '003_c'");
    const before = [await rowsOf(database), await database.query('select * from schema_migrations_journal')];
    const { exitCode, screen } = await project.repair();
    expect(exitCode).toBe(0);
    expect(screenOf(screen)).toMatchInlineSnapshot(`
      "This can be set right; nothing was changed:
        1. the row of 003_c was deleted by hand
           no row -> id 3, batch 3, TIME, checksum SUM
           npm run migrate:repair -- --reinsert 003_c
        2. or 003_c was undone by hand: the journal is told so
           no row -> pending
           npm run migrate:repair -- --forget 003_c
        3. the file of 001_a was edited after it was applied
           checksum SUM -> checksum SUM
           npm run migrate:repair -- --accept 001_a
        4. db/migrations/002_b.sql is gone
           no file -> db/migrations/002_b.sql as it was applied, from the journal
           npm run migrate:repair -- --restore 002_b
      "
    `);
    expect([await rowsOf(database), await database.query('select * from schema_migrations_journal')]).toEqual(before);
  });

  test('accepts an edited file', async () => {
    const { project } = await applied();
    await project.write({ [up('001_a')]: 'CREATE TABLE a (id bigint);' });
    expect(await refusalOf(project.apply())).toContain('Next: npm run migrate:repair -- --accept 001_a ');
    const { screen } = await consent(project, { kind: 'accept', name: '001_a' });
    expect(screenOf(screen)).toMatchInlineSnapshot(`
      "001_a accepted in DATABASE (test): checksum SUM -> checksum SUM
      journal: COUNT events, head HEAD
      "
    `);
    await expectClean(project);
    await project.write({ [up('001_a')]: 'CREATE TABLE  a (id bigint);' });
    expect((await project.status()).drifts).toMatchObject([{ kind: 'reformatted' }]);
  });

  test('takes over the new name of a renamed file', async () => {
    const { database, project } = await applied();
    project.remove(up('002_b'), down('002_b'));
    await project.write(pair('002_better', 'CREATE TABLE b (id int);', 'DROP TABLE b;'));
    expect(await refusalOf(project.apply())).toContain('or keep the new name: npm run migrate:repair -- --rename 002_b=002_better');
    expect((await consent(project, { kind: 'rename', name: '002_b', to: '002_better' })).exitCode).toBe(0);
    expect(await historyOf(database)).toEqual(['001_a', '002_better', '003_c']);
    await expectClean(project);
    expect((await project.rollback({ to: '001' })).exitCode).toBe(0);
    expect(await isThere(database, 'b')).toBe(false);
    expect((await project.audit()).findings).toEqual([]);
  });

  test('restores a lost file from the journal, and never over another', async () => {
    const { project } = await applied();
    project.remove(up('001_a'), down('001_a'));
    expect(await refusalOf(project.apply())).toContain('Next: npm run migrate:repair -- --restore 001_a ');
    expect((await consent(project, { kind: 'restore', name: '001_a' })).exitCode).toBe(0);
    expect(readFileSync(path.join(project.root, up('001_a')), 'utf8')).toBe(THREE[up('001_a')]);
    await expectClean(project);
    expect(await refusalOf(consent(project, { kind: 'restore', name: '001_a' }))).toMatchInlineSnapshot(`
      "001_a has nothing to restore
        Next: npm run migrate:repair   lists what can be set right"
    `);
  });

  test('restores nothing older than what history has', async () => {
    const { project } = await applied();
    const secret = { [up('002_b')]: "CREATE TABLE b (id int);\nSELECT set_config('app.password', 'geheim', true);" };
    await project.write(secret);
    await consent(project, { kind: 'accept', name: '002_b' });
    project.remove(up('002_b'));
    expect(await refusalOf(consent(project, { kind: 'restore', name: '002_b' }))).toContain('002_b has nothing to restore');
    await project.write(secret);
    await expectClean(project);
  });

  test('offers the lost file beside another one that says the same', async () => {
    const { project } = await applied();
    project.remove(up('002_b'), down('002_b'));
    await project.write(pair('007_twin', 'CREATE TABLE b (id int);', 'DROP TABLE b;'));
    expect(await refusalOf(project.apply())).toContain('Next: npm run migrate:repair -- --restore 002_b ');
    expect(screenOf((await project.repair()).screen)).toMatchInlineSnapshot(`
      "This can be set right; nothing was changed:
        1. the files of 002_b have another name
           002_b -> 007_twin
           npm run migrate:repair -- --rename 002_b=007_twin
        2. or db/migrations/002_b.sql is gone
           no file -> db/migrations/002_b.sql as it was applied, from the journal
           npm run migrate:repair -- --restore 002_b
      "
    `);
    expect((await consent(project, { kind: 'restore', name: '002_b' })).exitCode).toBe(0);
  });

  test('says so where the files cannot be read', async () => {
    const { project } = await applied();
    project.remove(up('002_b'));
    rmSync(path.join(project.root, 'db/migrations'), { recursive: true });
    await project.write({ 'db/migrations': '' });
    expect(await refusalOf(consent(project, { kind: 'restore', name: '002_b' }))).toMatchInlineSnapshot(`
      "The folder db/migrations cannot be read (ENOTDIR)
        Next: ls -ld db/migrations"
    `);
  });

  test('writes rows back that were deleted or changed by hand, as they were', async () => {
    const { database, project } = await applied();
    const before = await rowsOf(database);
    await database.query("delete from schema_migrations where name = '002_b'");
    await database.query("update schema_migrations set applied_by = 'nobody', id = 77, checksum = null where name = '001_a'");
    const kinds = (await project.audit()).findings.map(({ code }) => code);
    expect(kinds).toEqual(['history-row-gone', 'history-row-changed']);
    await consent(project, { kind: 'reinsert', name: '002_b' }, { kind: 'reinsert', name: '001_a' });
    expect(await rowsOf(database)).toEqual(before);
    await expectClean(project);
  });

  test('gives rows that changed places by hand their own ids back, one after the other', async () => {
    const { database, project } = await applied();
    const before = await rowsOf(database);
    await database.query('update schema_migrations set id = id + 10; update schema_migrations set id = 14 - id');
    expect((await project.audit()).findings.map(({ code }) => code)).toEqual(['history-row-changed', 'history-row-changed']);
    await consent(project, { kind: 'reinsert', name: '001_a' });
    await consent(project, { kind: 'reinsert', name: '003_c' });
    expect(await rowsOf(database)).toEqual(before);
    await expectClean(project);
  });

  test('shows what of a row was changed by hand', async () => {
    const { database, project } = await applied();
    await database.query("update schema_migrations set applied_by = 'nobody', description = 'other' where name = '001_a'");
    const { screen } = await project.repair();
    expect(screen).toContain(`     description other, appliedBy nobody -> description Makes a, appliedBy ${database.user}\n`);
  });

  test('gives a row that was renamed by hand its name back', async () => {
    const { database, project } = await applied();
    const before = await rowsOf(database);
    await database.query("update schema_migrations set name = '002_x' where name = '002_b'");
    expect((await project.repair()).screen).toMatchInlineSnapshot(`
      "This can be set right; nothing was changed:
        1. the row of 002_b was given another name by hand
           002_x -> 002_b
           npm run migrate:repair -- --reinsert 002_b
        2. the files of 002_x have another name
           002_x -> 002_b
           npm run migrate:repair -- --rename 002_x=002_b
      "
    `);
    await consent(project, { kind: 'reinsert', name: '002_b' });
    expect(await rowsOf(database)).toEqual(before);
    await expectClean(project);
  });

  test('says where files, history and journal disagree, and nothing can be set right from here', async () => {
    const { database, project } = await applied();
    await database.query("insert into schema_migrations (name, batch, migration_time) values ('009_z', 9, now())");
    expect((await project.repair()).screen).toMatchInlineSnapshot(`
      "Note: nothing can be set right from here, although files, history and journal disagree in 2 places
        Next: npm run migrate:status -- --audit   tells each, with what settles it
      "
    `);
  });

  test('changes nothing when one of several wishes is refused', async () => {
    const { database, project } = await applied();
    await project.write({ [up('001_a')]: 'CREATE TABLE a (id bigint);' });
    await database.query("delete from schema_migrations where name = '001_a'");
    const before = await rowsOf(database);
    const wishes = [
      { kind: 'reinsert', name: '001_a' },
      { kind: 'accept', name: '001_a' },
    ] as const;
    expect(await refusalOf(consent(project, ...wishes, { kind: 'accept', name: '003_c' }))).toContain('003_c has nothing to accept');
    expect(await rowsOf(database)).toEqual(before);
    await consent(project, ...wishes);
    await expectClean(project);
  });

  test('lets the journal know what was undone, or done, by hand', async () => {
    const { database, project } = await applied();
    await database.query("delete from schema_migrations where name = '003_c'; drop table c");
    await consent(project, { kind: 'forget', name: '003_c' });
    expect((await project.audit()).findings).toEqual([]);
    expect((await project.apply()).outcome?.done).toMatchObject([{ name: '003_c' }]);
    await project.write(pair('004_d', 'CREATE TABLE d (id int);', 'DROP TABLE d;'));
    await database.query("create table d (id int); insert into schema_migrations (name, batch, migration_time) values ('004_d', 9, now())");
    expect((await project.audit()).findings.map(({ next }) => next.split('   ')[0])).toEqual(['npm run migrate:repair -- --accept 004_d']);
    await consent(project, { kind: 'accept', name: '004_d' });
    await expectClean(project);
  });

  test('asks one by one on a terminal, and does what is answered with yes', async () => {
    const { database, project } = await applied();
    await project.write({ [up('001_a')]: 'CREATE TABLE a (id bigint);' });
    await database.query("delete from schema_migrations where name = '003_c'");
    const questions: string[] = [];
    await project.repair({
      ask: async (question) => {
        questions.push(question);
        return question.includes('003_c was deleted') ? 'y' : '';
      },
    });
    expect(questions.length).toBe(2);
    expect(await historyOf(database)).toEqual(['001_a', '002_b', '003_c']);
    expect((await project.status()).drifts).toMatchObject([{ kind: 'edited' }]);
  });

  test('takes nothing from a journal that is not what it was', async () => {
    const { database, project } = await applied();
    await database.query(
      "alter table schema_migrations_journal disable trigger all; update schema_migrations_journal set run = 'x' where id = 2",
    );
    await database.query("delete from schema_migrations where name = '003_c'");
    expect((await project.repair()).screen).toContain("the journal's hash chain is broken, so it is not used");
    expect(await refusalOf(consent(project, { kind: 'reinsert', name: '003_c' }))).toMatchInlineSnapshot(`
      "003_c has nothing to reinsert: the journal's hash chain is broken
        Next: npm run migrate:status -- --audit   tells what was found"
    `);
  });
});
