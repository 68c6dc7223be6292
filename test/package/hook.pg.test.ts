import { chmodSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { onServer, type TestDatabase } from '../support/database.ts';
import { pair } from '../support/project.ts';
import { type Adopter, createAdopter } from './package.ts';

const APP = { 'package.json': '{"name":"shop"}\n', '.gitignore': 'node_modules\n' };
const USERS = pair('001_users', 'CREATE TABLE users (id int);', 'DROP TABLE users;');
const A = pair('002_a', 'CREATE TABLE a (id int);', 'DROP TABLE a;');

const gitOf =
  ({ run }: Adopter) =>
  (...args: readonly string[]) =>
    run(['git', '-c', 'user.name=ann', '-c', 'user.email=ann@example.com', ...args]);

const isThere = async (database: TestDatabase, name: string): Promise<boolean> =>
  (await database.query('SELECT to_regclass($1) IS NOT NULL AS found', [name]))[0]?.['found'] === true;

onServer('newest', 'the hook of init', ({ freshDatabase }) => {
  async function begin(database: TestDatabase) {
    const adopter = createAdopter({ ...APP, ...USERS }, database);
    const git = gitOf(adopter);
    await git('init', '-q', '-b', 'main');
    return { adopter, git, hook: path.join(adopter.root, '.git/hooks/post-checkout') };
  }

  test('has the database follow a branch, never fails a checkout, and leaves files alone', async () => {
    const database = await freshDatabase();
    const { adopter, git, hook } = await begin(database);
    expect((await adopter.lockstep('init', '--yes', '--hook')).said).toContain('  .git/hooks/post-checkout\n');
    expect(statSync(hook).mode & 0o111).toBe(0o111);
    await git('add', '-A');
    await git('commit', '-qm', 'users');
    await adopter.lockstep('up', '--env', 'development');
    await git('switch', '-qc', 'a');
    adopter.write(A);
    await git('add', '-A');
    await git('commit', '-qm', 'a');

    // Applies nothing for files, and says what is in the way without failing.
    await git('switch', '-q', 'main');
    expect((await git('switch', 'a')).said).toContain('002_a applied');
    const { said, code } = await git('switch', 'main');
    expect(code).toBe(0);
    expect(said).toContain('No rehearsal proved the rollback of 002_a');
    expect(said).toContain('The database does not follow yet. Next: npm run migrate:switch');
    expect(await isThere(database, 'a')).toBe(true);
    expect((await git('checkout', 'a', '--', 'db')).said).not.toContain('rolled back');
    await git('reset', '-q', '--hard');
    expect((await adopter.lockstep('switch', '--env', 'development', '--allow-unproved')).said).toContain('002_a rolled back');
    expect(await isThere(database, 'a')).toBe(false);
    expect((await adopter.lockstep('init', '--yes', '--hook')).said).toContain('Everything is here already');
  });

  test('is written where core.hooksPath leads, beside what husky makes, and never over another', async () => {
    const { adopter, git, hook } = await begin(await freshDatabase());
    adopter.write({ '.git/hooks/post-checkout': '#!/bin/sh\necho mine\n' });
    chmodSync(hook, 0o755);
    expect((await adopter.lockstep('init', '--yes', '--hook')).said).toContain(
      '.git/hooks/post-checkout is there already and stays as it is; to it you may add:\n  "$(git rev-parse --show-toplevel)/node_modules/.bin/lockstep" switch --env development || true',
    );
    expect(readFileSync(hook, 'utf8')).toBe('#!/bin/sh\necho mine\n');
    await git('config', 'core.hooksPath', '.husky/_');
    expect((await adopter.lockstep('init', '--yes', '--hook')).said).toContain('  .husky/post-checkout\n');
    await git('config', 'core.hooksPath', 'tools/hooks');
    expect((await adopter.lockstep('init', '--yes', '--hook')).said).toContain('  tools/hooks/post-checkout\n');
  });

  test('is refused outside of a repository', async () => {
    const { said, code } = await createAdopter(APP).lockstep('init', '--yes', '--hook');
    expect(code).toBe(2);
    expect(said).toContain('Next: git init');
  });
});
