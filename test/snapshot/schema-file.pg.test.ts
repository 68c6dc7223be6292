import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { PolicySettings } from '../../src/model/policy.ts';
import { onOldestAndNewest } from '../support/database.ts';
import { createProject, pair, refusalOf, variablesOf } from '../support/project.ts';

const USERS = pair(
  '001_users',
  "CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, mail text NOT NULL UNIQUE); COMMENT ON TABLE users IS 'people';",
  'DROP TABLE users;',
);
const AGE = pair('002_age', 'ALTER TABLE users ADD age int CHECK (age > 0);', 'ALTER TABLE users DROP age;');
const VIEW = { 'db/repeatable/adults.sql': 'CREATE OR REPLACE VIEW adults AS SELECT id FROM users;' };
const FILE = 'db/schema.snapshot.sql';

onOldestAndNewest('the snapshot file', ({ freshDatabase, major }) => {
  async function begin(policy: PolicySettings = {}) {
    const database = await freshDatabase();
    const { user, password, host, port } = database;
    const production = { backup: 'off', consent: 'off', ...policy } as const;
    const project = await createProject(database, { ...USERS, ...VIEW }, { production });
    const scratch = { variables: { SCRATCH_URL: `postgresql://${user}:${password}@${host}:${port}/${database.database}` } };
    const live = { env: 'production', variables: variablesOf(database) };
    return { project, database, scratch, live, text: () => readFileSync(path.join(project.root, FILE), 'utf8') };
  }

  const steadyText = (text: string): string =>
    text
      .replace(`PostgreSQL ${major}`, 'PostgreSQL MAJOR')
      .replace(/[0-9a-f]{64}/, 'KEY')
      .replace('users.id', 'id');

  test('is what the migrations make, without the history, from a scratch server alone', async () => {
    const { project, database, scratch, text } = await begin();
    const { screen } = await project.snapshot(scratch);
    expect(screen).toContain(`${FILE} written`);
    expect(steadyText(text())).toMatchInlineSnapshot(`
      "-- The schema that the migrations make. Written by npm run migrate:snapshot, to be read and compared; nobody edits it.
      -- PostgreSQL MAJOR
      -- Of the files with the key KEY

      SET search_path = pg_catalog;
      SET check_function_bodies = off;

      CREATE TABLE public.users (
        id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
        mail text NOT NULL
      );
      COMMENT ON TABLE public.users IS 'people';

      ALTER TABLE ONLY public.users ADD CONSTRAINT users_mail_key UNIQUE (mail);

      ALTER TABLE ONLY public.users ADD CONSTRAINT users_pkey PRIMARY KEY (id);

      CREATE VIEW public.adults AS
       SELECT id
         FROM public.users;

      RESET search_path;
      RESET check_function_bodies;
      "
    `);
    expect(await database.query("SELECT FROM pg_class WHERE relname = 'users'")).toEqual([]);
    const first = text();
    expect((await project.snapshot(scratch)).screen).toContain(`${FILE} is as it was`);
    expect(text()).toBe(first);
    await database.query(first);
    expect(await database.query("SELECT FROM pg_class WHERE relname IN ('users', 'adults')")).toHaveLength(2);
  });

  test('is checked line by line', async () => {
    const { project, scratch } = await begin();
    expect(await refusalOf(project.snapshot({ ...scratch, check: true }))).toContain(`${FILE} is not there`);
    await project.snapshot(scratch);
    expect((await project.snapshot({ ...scratch, check: true })).exitCode).toBe(0);
    await project.write(AGE);
    const error = await project.snapshot({ ...scratch, check: true }).catch((thrown: { exitCode: number }) => thrown);
    expect(error.exitCode).toBe(1);
    expect(await refusalOf(project.snapshot({ ...scratch, check: true }))).toContain(
      '+ ALTER TABLE public.users ADD CONSTRAINT users_age_check CHECK ((age > 0));',
    );
  });

  test('is asked for where it is stale: a note in development, a refusal in production', async () => {
    const { project, scratch, live } = await begin();
    await project.snapshot(scratch);
    await project.write(AGE);
    expect((await project.apply({ env: 'development' })).screen).toContain(
      'Note: db/schema.snapshot.sql was written for other files than are here\n  Next: npm run migrate:snapshot   and commit db/schema.snapshot.sql',
    );
    const other = await begin();
    await other.project.snapshot(other.scratch);
    await other.project.write(AGE);
    expect(await refusalOf(other.project.apply(other.live))).toMatchInlineSnapshot(`
      "db/schema.snapshot.sql was written for other files than are here; nothing was changed
        db/schema.snapshot.sql
        Next: npm run migrate:snapshot   and commit db/schema.snapshot.sql"
    `);
    await other.project.snapshot(other.scratch);
    expect((await other.project.apply(other.live)).exitCode).toBe(0);
    expect(live.env).toBe('production');
  });

  test('is no business of a project without one, unless the policy requires it', async () => {
    const { project, live } = await begin();
    expect((await project.apply(live)).exitCode).toBe(0);
    const strict = await begin({ snapshot: 'required' });
    expect(await refusalOf(strict.project.apply(strict.live))).toContain('db/schema.snapshot.sql is not there; nothing was changed');
    const off = await begin({ snapshot: 'off' });
    await off.project.write({ [FILE]: '-- of nobody' });
    expect((await off.project.apply(off.live)).exitCode).toBe(0);
  });
});
