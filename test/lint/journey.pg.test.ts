import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { defineProject } from '../../src/environment/define-project.ts';
import { type Lint, lint, planFixes } from '../../src/journeys/lint.ts';
import { onOldestAndNewest } from '../support/database.ts';
import { createProject, down, pair, type TestProject, up, variablesOf } from '../support/project.ts';

onOldestAndNewest('lint', ({ freshDatabase, major }) => {
  const SHOP = pair('001_shop', 'CREATE TABLE users (id bigint PRIMARY KEY, email text);', 'DROP TABLE users;');
  const EMAIL = pair(
    '002_email',
    'ALTER TABLE users ALTER COLUMN email SET NOT NULL;',
    'ALTER TABLE users ALTER COLUMN email DROP NOT NULL;',
  );
  const variables = (database: Awaited<ReturnType<typeof freshDatabase>>) => variablesOf(database);
  const look = (project: TestProject, wish: Partial<Lint>) =>
    lint({
      project: defineProject({ root: project.root }),
      variables: {},
      emit: () => {},
      interruption: new AbortController().signal,
      ...wish,
    });
  const rules = async (project: TestProject, wish: Partial<Lint> = {}) =>
    (await look(project, wish)).findings.map(({ rule, severity }) => `${rule} ${severity}`);

  test('reads what is pending beside the catalog of the database that is named, and counts its rows', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, SHOP);
    await project.apply({ env: 'staging' });
    await project.write(EMAIL);
    const wish = { env: 'staging', variables: variables(database) };
    expect((await look(project, wish)).source).toMatch(`staging, PostgreSQL ${major}`);
    expect(await rules(project, wish)).toEqual(['set-not-null info']);
    await database.query("INSERT INTO users VALUES (1, 'a')");
    const [finding] = (await look(project, wish)).findings;
    expect(finding).toMatchObject({
      rule: 'set-not-null',
      severity: 'error',
      where: { file: up('002_email'), line: 1 },
      size: { table: 'users', bytes: 8192 },
    });
    expect((await look(project, wish)).linted).toEqual(['002_email']);
  });

  test('replays the files before where no database is asked', async () => {
    const project = await createProject(await freshDatabase(), { ...SHOP, ...EMAIL });
    expect(await rules(project, { only: ['002'] })).toEqual(['set-not-null error']);
    expect(await rules(project, { only: ['001', '002'] })).toEqual([]);
    expect(await rules(project, { all: true })).toEqual(['set-not-null error']);
    await expect(rules(project, { only: ['009'] })).rejects.toThrow('There is no migration with version 009');
  });

  test('warns of what goes before the deploy, and not of what goes after it', async () => {
    const drop = 'ALTER TABLE users DROP COLUMN email;\nDROP TABLE users;';
    const saying = async (header: string) =>
      rules(await createProject(await freshDatabase(), { ...SHOP, [up('002_drop')]: `${header}${drop}` }), { only: ['002'] });
    const found = ['drop-column warning', 'drop-table warning'];
    expect(await saying('')).toEqual(expect.arrayContaining(found));
    expect(await saying('-- Phase: before-deploy\n')).toEqual(expect.arrayContaining(found));
    expect((await saying('-- Phase: after-deploy\n')).filter((one) => found.includes(one))).toEqual([]);
  });

  test('takes what is found for known where it is written down', async () => {
    const project = await createProject(await freshDatabase(), { ...SHOP, ...EMAIL });
    expect(await look(project, { all: true, baseline: true })).toMatchObject({ findings: [], accepted: 1 });
    expect(await look(project, { all: true })).toMatchObject({ findings: [], accepted: 1 });
    await project.write({ [up('003_index')]: 'CREATE INDEX ON users (email);' });
    expect(await rules(project, { all: true })).toEqual(['create-index-non-concurrent error', 'missing-rollback warning']);
  });

  test('reads what a branch brings', async () => {
    const project = await createProject(await freshDatabase(), SHOP);
    const git = (...args: readonly string[]) =>
      execFileSync('git', ['-C', project.root, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { stdio: 'ignore' });
    git('init', '-q', '-b', 'main');
    git('add', '.');
    git('commit', '-qm', 'shop');
    git('checkout', '-qb', 'email');
    await project.write(EMAIL);
    expect((await look(project, { since: 'main' })).linted).toEqual(['002_email']);
    git('add', '.');
    git('commit', '-qm', 'email');
    expect((await look(project, { since: 'main' })).linted).toEqual(['002_email']);
    await expect(look(project, { since: 'nowhere' })).rejects.toThrow('Git finds no common history of nowhere and HEAD');
  });

  test('stops staging at an error and before anything changed, unless the table is empty or the file accepts it', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, SHOP);
    expect((await project.apply({ env: 'staging' })).exitCode).toBe(0);
    await database.query("INSERT INTO users VALUES (1, 'a')");
    await project.write(EMAIL);
    const { exitCode, screen } = await project
      .apply({ env: 'staging' })
      .catch((error: { exitCode: number; message: string }) => ({ exitCode: error.exitCode, screen: error.message }));
    expect([exitCode, screen]).toEqual([
      3,
      expect.stringContaining('SET NOT NULL on users.email reads the whole table while nobody can use it'),
    ]);
    expect(screen).toContain('-- lint-allow set-not-null: why');
    await project.write({ [up('002_email')]: '-- lint-allow set-not-null: ten rows\nALTER TABLE users ALTER COLUMN email SET NOT NULL;' });
    expect((await project.apply({ env: 'staging' })).exitCode).toBe(0);
    await database.query('TRUNCATE users');
    await project.write(pair('003_age', 'ALTER TABLE users ADD COLUMN n serial;', 'ALTER TABLE users DROP COLUMN n;'));
    expect((await project.apply({ env: 'staging' })).exitCode).toBe(0);
  });

  test('looks at repeatable files that are new or edited, behind the migrations', async () => {
    const database = await freshDatabase();
    const file = 'db/repeatable/emails.sql';
    const unsafe =
      "CREATE OR REPLACE FUNCTION mail(i bigint) RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT email FROM users WHERE id = i';";
    const project = await createProject(database, { ...SHOP, [file]: 'CREATE OR REPLACE VIEW emails AS SELECT id, email FROM users;' });
    await project.apply({ env: 'staging' });
    const wish = { env: 'staging', variables: variables(database) };
    expect((await look(project, wish)).linted).toEqual([]);
    await project.write({ [file]: 'CREATE OR REPLACE VIEW emails AS SELECT id FROM users;', 'db/repeatable/mail.sql': unsafe });
    const { linted, findings } = await look(project, wish);
    expect(linted).toEqual(['repeatable/emails', 'repeatable/mail']);
    expect(findings.map(({ rule, where }) => `${rule} ${where.file}`)).toEqual([`replace-view-drops-column ${file}`]);
    expect((await look(project, { only: ['repeatable/mail'] })).linted).toEqual(['repeatable/mail']);
  });

  test('knows that a repeatable file, or what the same run applies later, makes again what is dropped', async () => {
    const database = await freshDatabase();
    const view = 'CREATE OR REPLACE VIEW emails AS SELECT id, email FROM users;';
    const project = await createProject(database, { ...SHOP, 'db/repeatable/emails.sql': view });
    await project.apply({ env: 'staging' });
    await project.write(pair('002_view', 'DROP VIEW emails;', '-- empty: nothing'));
    const wish = { env: 'staging', variables: variables(database) };
    // Nobody changed the file: it is not linted, and still brings the view back.
    expect(await rules(project, wish)).toEqual([]);
    const applied = await project.apply({ env: 'staging' });
    expect([applied.exitCode, applied.screen.includes('lint warns')]).toEqual([0, false]);
    await project.write({
      ...pair('003_view', 'DROP VIEW emails;', '-- empty: nothing'),
      'db/repeatable/emails.sql': view.replace('emails', 'letters'),
    });
    expect(await rules(project, wish)).toEqual(['name-gone warning']);
    await project.write(pair('004_view', view, 'DROP VIEW emails;'));
    expect(await rules(project, wish)).toEqual([]);
  });

  test('tells in development, and goes on', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, SHOP);
    await project.apply({ env: 'development' });
    await project.write(EMAIL);
    const { exitCode, screen } = await project.apply({ env: 'development' });
    expect([exitCode, screen]).toEqual([
      0,
      expect.stringContaining('Note: db/migrations/002_email.sql:1 set-not-null: SET NOT NULL on users.email reads the whole table'),
    ]);
  });

  test('rewrites a file so that it passes', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, SHOP);
    await project.apply({ env: 'staging' });
    await database.query("INSERT INTO users VALUES (1, 'a')");
    await project.write(EMAIL);
    const wish = { env: 'staging', variables: variables(database) };
    const fixes = () =>
      planFixes({ project: defineProject({ root: project.root }), emit: () => {}, interruption: new AbortController().signal, ...wish });
    const { files } = await fixes();
    expect(files.map(({ file }) => file.path)).toEqual([up('002_email')]);
    const broken = 'CREATE INDEX late ON users (email);\nSELEC 1;';
    await project.write(pair('003_broken', broken, 'DROP INDEX late;'));
    const beside = await fixes();
    expect(beside.files).toMatchObject([{ text: files[0]?.text }]);
    expect(beside.open.map(({ where: { file, line } }) => [file, line])).toContainEqual([up('003_broken'), 2]);
    project.remove(up('003_broken'), down('003_broken'));
    await project.write({ [up('002_email')]: files[0]?.text ?? '' });
    expect(await rules(project, wish)).toEqual([]);
    expect((await project.apply({ env: 'staging' })).exitCode).toBe(0);
    expect(readFileSync(path.join(project.root, up('002_email')), 'utf8')).toContain(
      major >= 18 ? 'NOT NULL email NOT VALID' : 'CHECK (email IS NOT NULL) NOT VALID',
    );
  });
});
