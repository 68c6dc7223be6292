import { expect, onTestFinished, test } from 'vitest';
import { defineProject } from '../../src/environment/define-project.ts';
import { deepStatus } from '../../src/journeys/deep-status.ts';
import { deepText } from '../../src/report/deep-text.ts';
import { deepJson } from '../../src/report/json.ts';
import { onServer } from '../support/database.ts';
import { createProject, pair, variablesOf } from '../support/project.ts';
import { expectDocumented } from '../support/report-schema.ts';

onServer('newest', 'migrate:status -- --deep', ({ freshDatabase }) => {
  test('tells what the database has that its migrations do not make', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, {
      ...pair('001_users', 'CREATE TABLE users (id int PRIMARY KEY, name text);', 'DROP TABLE users;'),
      'db/repeatable/names.sql': 'CREATE OR REPLACE VIEW names AS SELECT name FROM users;',
    });
    await project.apply();
    await project.write(pair('002_later', 'CREATE TABLE later (id int);', 'DROP TABLE later;'));
    const { user, password, host, port } = database;
    const look = () =>
      deepStatus({
        project: defineProject({ root: project.root }),
        env: 'test',
        variables: { ...variablesOf(database), SCRATCH_URL: `postgresql://${user}:${password}@${host}:${port}/${database.database}` },
        emit: () => undefined,
        interruption: new AbortController().signal,
      });
    expect((await look()).differences).toEqual([]);
    await database.query('CREATE INDEX by_hand ON users (name); ALTER TABLE users ALTER name SET NOT NULL;');
    const found = await look();
    expect(expectDocumented(deepJson(found))).toEqual(['deep-status']);
    const text = deepText(found).replace(/^test: .*$/m, 'test: HERE');
    expect(text).toMatchInlineSnapshot(`
      "test: HERE

      Not as 1 applied migration makes it: - is missing in the database, + is in none of them
        - column public.users.name: text
        + column public.users.name: text not null
        + index public.by_hand: CREATE INDEX by_hand ON public.users USING btree (name)

      Next: npm run migrate:make -- settle_differences   and write into it what makes the database so, with IF NOT EXISTS; or undo by hand what was done by hand
      "
    `);
  });

  test('compares on a server of others without a trace there, as a role that may only make databases', async () => {
    const database = await freshDatabase();
    await database.query(`DO $$ BEGIN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'deep_scratch') THEN CREATE ROLE deep_scratch LOGIN CREATEDB PASSWORD 'zwieback'; END IF;
    END $$`);
    onTestFinished(() => database.query('DROP ROLE deep_scratch').then(() => undefined));
    const project = await createProject(database, pair('001_users', 'CREATE TABLE users (id int PRIMARY KEY);', 'DROP TABLE users;'));
    await project.apply();
    await database.query(
      `COMMENT ON DATABASE ${database.database} IS 'the shop'; ALTER DATABASE ${database.database} SET work_mem = '8MB'`,
    );
    const { host, port } = database;
    const { differences } = await deepStatus({
      project: defineProject({ root: project.root }),
      env: 'test',
      variables: { ...variablesOf(database), SCRATCH_URL: `postgresql://deep_scratch:zwieback@${host}:${port}/${database.database}` },
      emit: () => undefined,
      interruption: new AbortController().signal,
    });
    expect(differences).toEqual([]);
  });
});
