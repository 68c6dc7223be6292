import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { NO_LINKS } from '../../src/model/links.ts';
import { hasPassed, type Rehearsal } from '../../src/model/rehearsal.ts';
import { rehearsalPage } from '../../src/report/html/rehearsal.ts';
import { rehearsalJson } from '../../src/report/json.ts';
import { rehearsalMarkdown } from '../../src/report/rehearsal-markdown.ts';
import { rehearsalText } from '../../src/report/rehearsal-text.ts';
import { onOldestAndNewest } from '../support/database.ts';
import { down, pair, up } from '../support/project.ts';
import { expectDocumented } from '../support/report-schema.ts';
import { findingsOf, stageOn, USERS } from './stage.ts';

const screenOf = (rehearsal: Rehearsal): string =>
  rehearsalText(rehearsal)
    .replace(/PostgreSQL \S+, \S+,/, 'PostgreSQL N, HERE,')
    .replaceAll(/\d+(\.\d+)? (ms|s)\b/g, 'N ms');

onOldestAndNewest('migrate:rehearse', ({ freshDatabase }) => {
  const stage = stageOn(freshDatabase);

  test('proves what is new, keeps the proof, and has nothing to do then', async () => {
    const { project, play } = await stage({
      ...USERS,
      ...pair('002_age', 'ALTER TABLE users ADD COLUMN IF NOT EXISTS age int;', 'ALTER TABLE users DROP age;'),
    });
    expect(screenOf(await play())).toMatchInlineSnapshot(`
      "Rehearsed on PostgreSQL N, HERE, in N ms

        001_users   holds: applies in N ms; its rollback restores schema and rows, applied again it is the same
          Note: not idempotent: line 1, CREATE TABLE: relation "users" already exists   (IF NOT EXISTS behind the kind of object)
        002_age     holds: applies in N ms; its rollback restores schema and rows, applied again it is the same; may run twice

      All the way down to empty and up again: the same schema

      2 migrations proved; kept in db/rehearsals, which belongs into the commit
      "
    `);
    expect(readdirSync(path.join(project.root, 'db/rehearsals'))).toEqual(['001_users.json', '002_age.json']);
    expect(screenOf(await play())).toMatchInlineSnapshot(`
      "Nothing to rehearse: 2 migrations are proved as they are (db/rehearsals); --all does it anew
      "
    `);
    await project.write({ [down('002_age')]: 'ALTER TABLE users DROP COLUMN age;' });
    expect((await play()).proofs.map(({ name }) => name)).toEqual(['002_age']);
    await project.write({ [up('001_users')]: 'CREATE TABLE users (id bigserial PRIMARY KEY, name text NOT NULL, mail text UNIQUE);' });
    expect((await play()).proofs.map(({ name }) => name)).toEqual(['001_users', '002_age']);
  });

  test('tells a rollback that does not bring back what was there, and keeps no proof of it', async () => {
    const { project, play } = await stage({
      ...USERS,
      ...pair('002_drop', 'ALTER TABLE users DROP mail;', 'ALTER TABLE users ADD mail text;'),
    });
    const found = await play();
    expect(expectDocumented(rehearsalJson(found))).toEqual(['rehearsal']);
    expect(
      rehearsalMarkdown(found)
        .replaceAll(/\d+(\.\d+)? (ms|s)\b/g, 'N ms')
        .replace(/PostgreSQL .*, in/, 'PostgreSQL N, in'),
    ).toMatchInlineSnapshot(`
      "### Rehearsal: does not hold

      On PostgreSQL N, in N ms.

      | migration | | |
      | --- | --- | --- |
      | 001\\_users | holds | applies in N ms; its rollback restores schema and rows, applied again it is the same |
      | 002\\_drop | **FAILED** | db/migrations/rollbacks/002\\_drop.sql does not bring back the schema that was there; db/migrations/rollbacks/002\\_drop.sql does not bring back the rows that were there |

      #### 002\\_drop

      \`\`\`
      db/migrations/rollbacks/002_drop.sql does not bring back the schema that was there
        - constraint public.users.users_mail_key: UNIQUE (mail)
        - index public.users_mail_key: CREATE UNIQUE INDEX users_mail_key ON public.users USING btree (mail)
      Next: correct db/migrations/rollbacks/002_drop.sql: a line with - is what it has to bring back, one with + what it leaves behind
      \`\`\`

      \`\`\`
      db/migrations/rollbacks/002_drop.sql does not bring back the rows that were there
        public.users.mail: 2 rows not as before ("mail 1" is now NULL)
      Next: correct db/migrations/rollbacks/002_drop.sql; where that cannot be brought back, at its top: -- lossy: why
      \`\`\`
      "
    `);
    const page = rehearsalPage(found, { text: 'TEXT', links: NO_LINKS });
    expect(page).toContain('1 of 2 migrations not proved');
    expect(page).toContain('- constraint public.users.users_mail_key: UNIQUE (mail)');
    expect(screenOf(found)).toMatchInlineSnapshot(`
      "Rehearsed on PostgreSQL N, HERE, in N ms

        001_users   holds: applies in N ms; its rollback restores schema and rows, applied again it is the same
          Note: not idempotent: line 1, CREATE TABLE: relation "users" already exists   (IF NOT EXISTS behind the kind of object)
        002_drop    FAILED
          db/migrations/rollbacks/002_drop.sql does not bring back the schema that was there
            - constraint public.users.users_mail_key: UNIQUE (mail)
            - index public.users_mail_key: CREATE UNIQUE INDEX users_mail_key ON public.users USING btree (mail)
          Next: correct db/migrations/rollbacks/002_drop.sql: a line with - is what it has to bring back, one with + what it leaves behind
          db/migrations/rollbacks/002_drop.sql does not bring back the rows that were there
            public.users.mail: 2 rows not as before ("mail 1" is now NULL)
          Next: correct db/migrations/rollbacks/002_drop.sql; where that cannot be brought back, at its top: -- lossy: why

      002_drop does not hold; 1 of 2 migrations proved
      Next: npm run migrate:rehearse   when it is corrected
      "
    `);
    expect(hasPassed(found)).toBe(false);
    expect(existsSync(path.join(project.root, 'db/rehearsals/002_drop.json'))).toBe(false);
  });

  test('takes what is declared: no way back, or one that loses values', async () => {
    const { play } = await stage({
      [up('001_users')]: `-- irreversible: where it began\n${USERS[up('001_users')]}`,
      ...pair('002_drop', 'ALTER TABLE users DROP mail;', '-- lossy: addresses are not kept\nALTER TABLE users ADD mail text UNIQUE;'),
    });
    expect(screenOf(await play())).toMatchInlineSnapshot(`
      "Rehearsed on PostgreSQL N, HERE, in N ms

        001_users   holds: applies in N ms; irreversible, as it says (where it began)
          Note: not idempotent: line 2, CREATE TABLE: relation "users" already exists   (IF NOT EXISTS behind the kind of object)
        002_drop    holds: applies in N ms; its rollback restores the schema, applied again it is the same
          Note: lossy, as its file says: public.users.mail: 2 rows not as before ("mail 1" is now NULL)
          Note: not idempotent: line 1, ALTER TABLE: column "mail" of relation "users" does not exist   (ADD COLUMN IF NOT EXISTS, DROP … IF EXISTS; before ADD CONSTRAINT: DROP CONSTRAINT IF EXISTS)

      2 migrations proved; kept in db/rehearsals, which belongs into the commit
      "
    `);
  });

  test('plan and status show what is declared', async () => {
    const { project } = await stage({
      [up('001_users')]: `-- irreversible: where it began\n${USERS[up('001_users')]}`,
      ...pair('002_drop', 'ALTER TABLE users DROP mail;', '-- lossy: addresses are not kept\nALTER TABLE users ADD mail text;'),
    });
    expect((await project.status()).pending).toMatchObject([{ irreversible: 'where it began' }, { lossy: 'addresses are not kept' }]);
    const { screen } = await project.apply();
    expect(screen).toContain('001_users   (irreversible: where it began)');
    expect(screen).toContain('002_drop    (its rollback is lossy: addresses are not kept)');
  });

  test('asks for a rollback that is missing, unless the policy does without', async () => {
    const tree = { [up('001_a')]: 'CREATE TABLE a (id int);' };
    expect(findingsOf(await (await stage(tree)).play())).toEqual(['001_a rollback-missing']);
    expect(findingsOf(await (await stage(tree, { test: { rollbacks: 'optional' } })).play())).toEqual([]);
  });

  test('finds what fails as soon as a table has rows', async () => {
    const { play } = await stage({
      ...USERS,
      ...pair('002_code', 'ALTER TABLE users ADD code text NOT NULL;', 'ALTER TABLE users DROP code;'),
      ...pair('003_short', 'ALTER TABLE users ADD CHECK (length(name) < 3);', 'ALTER TABLE users DROP CONSTRAINT users_name_check;'),
    });
    const found = await play();
    expect(findingsOf(found)).toEqual(['002_code up-fails-on-rows']);
    expect(found.proofs[2]?.notes[0]).toContain('it applies to empty tables, and not to the rows that were made for them');
  });

  test('goes on behind a rollback that fails, and stops behind a migration that does', async () => {
    const { play } = await stage({
      ...USERS,
      ...pair('002_a', 'CREATE TABLE a (id int);', 'DROP TABLE b;'),
      ...pair('003_b', 'CREATE TABLE b (id int);', 'DROP TABLE b;'),
      ...pair('004_c', 'CREATE TABLE c (id nothing);', 'DROP TABLE c;'),
      ...pair('005_d', 'CREATE TABLE d (id int);', 'DROP TABLE d;'),
    });
    const found = await play();
    expect(findingsOf(found)).toEqual(['002_a rollback-failed', '004_c up-failed']);
    expect(found.skipped).toEqual([{ name: '005_d', why: '004_c below it does not apply' }]);
  });

  test('leaves out what needs an extension that is not there, and rehearses the rest', async () => {
    const { play } = await stage({
      ...USERS,
      ...pair('002_ext', 'CREATE EXTENSION nothing_of_the_kind;', 'DROP EXTENSION nothing_of_the_kind;'),
      ...pair('003_b', 'CREATE TABLE b (id int);', 'DROP TABLE b;'),
    });
    const found = await play();
    expect(found.skipped).toEqual([{ name: '002_ext', why: 'the scratch server has no extension nothing_of_the_kind' }]);
    expect(found.proofs.map(({ name }) => name)).toEqual(['001_users', '003_b']);
    expect(findingsOf(found)).toEqual([]);
  });

  test('tells what only the whole way shows', async () => {
    const onlyBesideRows = 'DO $$ BEGIN IF EXISTS (SELECT FROM a) THEN DROP TABLE b; END IF; END $$;';
    const { play } = await stage({
      ...pair('001_a', 'CREATE TABLE a (id int);', 'DROP TABLE a;'),
      ...pair('002_b', 'CREATE TABLE b (id int);', onlyBesideRows),
    });
    const found = await play();
    expect(findingsOf(found)).toEqual([]);
    expect(found.chain?.[0]).toMatchObject({ code: 'rollback-differs', what: 'after all rollbacks the schema is not empty again' });
    expect(found.chain?.[0]?.lines?.[0]).toContain('+ column public.b.id');
  });

  test('proves code as well', async () => {
    const { play } = await stage({
      'migrations/001_code.mjs':
        "export const up = (knex) => knex.schema.createTable('c', (t) => t.increments());\nexport const down = async () => {};\n",
    });
    const found = await play();
    expect(findingsOf(found)).toEqual(['001_code rollback-differs']);
  });

  test('leaves no database behind, and clears away what a killed run left', async () => {
    const { play, database } = await stage(USERS);
    await database.query('CREATE DATABASE lockstep_scratch_0123456789_1');
    await play();
    // Other files rehearse on the same server: their databases have somebody who keeps them.
    const abandoned = `SELECT d.datname FROM pg_database d WHERE d.datname LIKE 'lockstep_scratch%' AND NOT EXISTS (SELECT FROM pg_stat_activity a
      WHERE a.application_name = 'lockstep keeps ' || substring(d.datname, '^lockstep_scratch_[0-9a-f]+_'))`;
    expect(await database.query(abandoned)).toEqual([]);
  });

  test('rehearses repeatable files on top, and the newest rollback below them', async () => {
    const view = (columns: string) => ({ 'db/repeatable/names.sql': `CREATE OR REPLACE VIEW names AS SELECT ${columns} FROM users;` });
    const age = (down: string) => pair('002_age', 'ALTER TABLE users ADD age int;', down);
    const good = await stage({ ...USERS, ...age('DROP VIEW IF EXISTS names; ALTER TABLE users DROP age;'), ...view('name, age') });
    const found = await good.play();
    expect([findingsOf(found), found.chain]).toEqual([[], []]);
    const inTheWay = await stage({ ...USERS, ...age('ALTER TABLE users DROP age;'), ...view('name, age') });
    expect((await inTheWay.play()).chain?.[0]).toMatchObject({
      code: 'rollback-failed',
      what: expect.stringContaining('beside the repeatable files'),
    });
    const broken = await stage({ ...USERS, ...view('nothing') });
    expect((await broken.play()).chain?.[0]).toMatchObject({ code: 'up-failed', where: { file: 'db/repeatable/names.sql' } });
  });
});
