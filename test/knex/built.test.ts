import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createProject, makeUnwritable, type Project, removePackages } from '../cli/built-project.ts';

const NO_SERVER = 'Nothing listens on 127.0.0.1:1';

const append = ({ root }: Project, text: string): void => fs.appendFileSync(path.join(root, 'knexfile.ts'), `\n${text}\n`);

test('the stock CLI, run once, loads neither esbuild nor tsx', async () => {
  const project = createProject();
  expect(await project.knex('migrate:status')).toContain(NO_SERVER);
  removePackages(project);
  expect(await project.knex('migrate:status')).toContain(NO_SERVER);
});

test('nor in a project that cannot be written', async () => {
  const project = createProject();
  makeUnwritable(project);
  expect(await project.knex('migrate:status')).toContain(NO_SERVER);
  removePackages(project);
  expect(await project.knex('migrate:status')).toContain(NO_SERVER);
});

test('nor in an image', async () => {
  const project = createProject();
  for (const name of fs.readdirSync(path.join(project.root, 'scripts'))) fs.rmSync(path.join(project.root, 'scripts', name));
  expect(await project.run('--build')).toBe('');
  removePackages(project);
  expect(await project.knex('migrate:status')).toContain(NO_SERVER);
});

test('it notices an edit of the knexfile and of a source', async () => {
  const project = createProject();
  await project.knex('migrate:status');
  append(project, "process.stdout.write('edited knexfile\\n');");
  expect(await project.knex('migrate:status')).toContain('edited knexfile');
  fs.appendFileSync(path.join(project.root, 'src/journeys/stock.ts'), "\nprocess.stdout.write('edited source\\n');\n");
  expect(await project.knex('migrate:status')).toContain('edited source');
});

test.each([
  ['waits', "await new Promise((resolve) => setTimeout(resolve, 1));\nprocess.stdout.write('knexfile\\n');"],
  ['imports a package', "import { green } from 'yoctocolors';\nprocess.stdout.write(green('knexfile') && 'knexfile\\n');"],
])('it runs a knexfile that %s, at first and again', async (_, line) => {
  const project = createProject();
  append(project, line);
  for (const _ of [1, 2]) expect(await project.knex('migrate:status')).toMatch(new RegExp(`^knexfile\n[^]*${NO_SERVER}`));
});

test('it has one pg, so that a type which the knexfile teaches it counts', async () => {
  const project = createProject();
  append(
    project,
    `import pg from 'pg';
import { createRequire } from 'node:module';
const ofKnex = createRequire(createRequire(import.meta.url).resolve('knex'))('pg');
process.stdout.write(pg.Client === ofKnex.Client ? 'one\\n' : 'two\\n');`,
  );
  for (const _ of [1, 2]) expect(await project.knex('migrate:status')).toMatch(/^one\n/);
});

test.each([
  ['does not parse', 'export const = 1;', 'knexfile.ts:'],
  ['throws', "const broken = (): never => { throw new Error('no such thing'); };\nbroken();", 'knexfile.ts:'],
  ['says what means nothing', "defineProject({ root: '', prodution: {} } as never);", 'prodution'],
])('it names the place where a knexfile %s', async (_, line, place) => {
  const project = createProject();
  append(project, line);
  for (const _ of [1, 2]) expect(await project.knex('migrate:status')).toContain(place);
});
