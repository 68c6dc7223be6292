import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readMigrations } from '../../src/files/read-migrations.ts';
import type { PolicySettings, RehearsalPolicy } from '../../src/model/policy.ts';
import { keysOf } from '../../src/rehearse/records.ts';
import { onServer } from '../support/database.ts';
import { createProject, historyOf, pair, refusalOf, variablesOf } from '../support/project.ts';

const USERS = pair('001_users', 'CREATE TABLE users (id int PRIMARY KEY, mail text);', 'DROP TABLE users;');
const GOOD = pair('002_age', 'ALTER TABLE users ADD age int;', 'ALTER TABLE users DROP age;');
const BAD = pair('002_age', 'ALTER TABLE users ADD age int;', 'SELECT 1;');

onServer('newest', 'the gate of rehearsals', ({ freshDatabase }) => {
  async function begin(policy: PolicySettings = {}) {
    const database = await freshDatabase();
    const { user, password, host, port } = database;
    const project = await createProject(database, USERS, { production: { backup: 'off', consent: 'off', ...policy } });
    const scratch = { SCRATCH_URL: `postgresql://${user}:${password}@${host}:${port}/${database.database}` };
    const production = { env: 'production', variables: variablesOf(database) };
    const rehearse = (only: readonly string[], major: number) => project.rehearse({ variables: scratch, only, major });
    return {
      ...project,
      database,
      production,
      withScratch: { ...production, rehearse },
      prove: () => project.rehearse({ variables: scratch }),
    };
  }

  /** One migration is applied in production, and the next one is pending there. */
  async function beginReal(rehearsal: RehearsalPolicy) {
    const begun = await begin({ rehearsal: 'off' });
    expect((await begun.apply(begun.production)).exitCode).toBe(0);
    await begun.database.query("INSERT INTO users VALUES (1, 'a')");
    await begun.write(GOOD);
    const strict = await createProject(begun.database, { ...USERS, ...GOOD }, { production: { backup: 'off', consent: 'off', rehearsal } });
    const scratch = {
      SCRATCH_URL: `postgresql://${begun.database.user}:${begun.database.password}@${begun.database.host}:${begun.database.port}/postgres`,
    };
    return {
      ...begun,
      ...strict,
      prove: () => strict.rehearse({ variables: scratch }),
      real: () => strict.rehearse({ env: 'development', from: 'staging', variables: { ...begun.production.variables, ...scratch } }),
    };
  }

  test('does not look where nobody rehearses', async () => {
    const { apply, production } = await begin();
    const { screen, exitCode } = await apply(production);
    expect(exitCode).toBe(0);
    expect(screen).not.toContain('rehearsed');
  });

  test('accepts a kept proof, and the journal keeps which', async () => {
    const { apply, prove, production, database } = await begin();
    await prove();
    expect((await apply(production)).exitCode).toBe(0);
    const [row] = await database.query(
      "SELECT details -> 'rehearsal' AS rehearsal FROM schema_migrations_journal WHERE event = 'run-started'",
    );
    expect(row?.['rehearsal']).toEqual({ by: 'kept', majors: [expect.any(Number)] });
  });

  test('rehearses what lacks a proof, goes on where it holds, and refuses where it does not', async () => {
    const { apply, prove, write, withScratch, database } = await begin();
    await prove();
    await write(BAD);
    expect(await refusalOf(apply(withScratch))).toMatchInlineSnapshot(`
      "The rehearsal does not hold, so nothing was changed: 002_age: db/migrations/rollbacks/002_age.sql does not bring back the schema that was there
        db/migrations/rollbacks/002_age.sql
        Next: npm run migrate:rehearse   shows all of it
              correct db/migrations/rollbacks/002_age.sql: a line with - is what it has to bring back, one with + what it leaves behind"
    `);
    expect(await historyOf(database)).toEqual([]);
    await write(GOOD);
    const { screen, exitCode } = await apply(withScratch);
    expect(screen).toMatch(/rehearsed on PostgreSQL \S+: 002_age holds/);
    expect(exitCode).toBe(0);
  });

  test('says so where there is no scratch server, and refuses where the policy wants a proof', async () => {
    const lenient = await begin();
    await lenient.prove();
    await lenient.write(GOOD);
    expect((await lenient.apply(lenient.production)).screen).toContain(
      '002_age was not rehearsed as it is, and there is no scratch server here',
    );
    const strict = await begin({ rehearsal: 'required' });
    expect(await refusalOf(strict.apply(strict.production))).toMatchInlineSnapshot(`
      "001_users was not rehearsed as it is, and the policy wants a proof; nothing was changed
        Next: npm run migrate:rehearse   where a scratch server can run, and commit db/rehearsals"
    `);
    await strict.prove();
    expect((await strict.apply(strict.production)).exitCode).toBe(0);
  });

  test('wants real rows and the same major where the policy says so', async () => {
    const { apply, prove, production, database, real } = await beginReal({ gate: 'required', data: 'real', sameMajor: true });
    await prove();
    expect(await refusalOf(apply(production))).toMatchInlineSnapshot(`
      "002_age was not rehearsed on a copy of real rows as it is, and the policy wants that; nothing was changed
        Next: npm run migrate:rehearse -- --from production   where a scratch server can run, and commit db/rehearsals   (--sample 5% --mask TABLE.COLUMN for a part of the rows, without what is personal)"
    `);
    await real();
    expect((await apply(production)).exitCode).toBe(0);
    const [row] = await database.query(
      "SELECT details -> 'rehearsal' AS rehearsal FROM schema_migrations_journal WHERE event = 'run-started' ORDER BY id DESC LIMIT 1",
    );
    expect(row?.['rehearsal']).toEqual({ by: 'kept', majors: [expect.any(Number)], data: 'real' });
  });

  test('refuses a proof on another major where the policy wants the same', async () => {
    const { apply, prove, production, root } = await begin({ rehearsal: { gate: 'auto', sameMajor: true } });
    await prove();
    const file = path.join(root, 'db/rehearsals/001_users.json');
    const record = JSON.parse(readFileSync(file, 'utf8'));
    const key = keysOf(root, (await readMigrations(root)).migrations, 15).get('001_users');
    writeFileSync(file, JSON.stringify({ ...record, major: 15, key }));
    expect((await refusalOf(apply(production))).replaceAll(/PostgreSQL \d+|--major \d+/g, 'N')).toMatchInlineSnapshot(`
      "001_users was not rehearsed on N as it is, and the policy wants the same major; nothing was changed
        Next: npm run migrate:rehearse -- 001_users N   where N is installed, and commit db/rehearsals"
    `);
  });

  test('never holds up a rollback', async () => {
    const { apply, prove, rollback, write, production } = await begin();
    await prove();
    expect((await apply(production)).exitCode).toBe(0);
    await write({ 'db/migrations/rollbacks/001_users.sql': 'DROP TABLE users; SELECT 1;' });
    expect((await rollback(production)).exitCode).toBe(0);
  });
});
