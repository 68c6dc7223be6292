import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { onServer } from '../support/database.ts';
import { pair } from '../support/project.ts';
import { createAdopter } from './package.ts';

const WANTED = Boolean(process.env['CI'] ?? process.env['NODES']);
const BODY = `
let database;
beforeAll(async () => { database = await withMigratedDatabase(project); }, 60_000);
afterAll(() => database.drop());
test('a database of its own', async () => {
  const opened = openProject(project, { env: 'development', connection: database.url });
  expect((await opened.status()).applied).toMatchObject([{ name: '001_a' }]);
});
test('what is refused is told by its class', async () => {
  const opened = openProject(project, { env: 'development', connection: 'postgresql://nobody@127.0.0.1:1/x' });
  await expect(opened.status()).rejects.toThrow(LockstepError);
});
`;
const NAMES = '{ defineProject, LockstepError, openProject, withMigratedDatabase }';

onServer('newest', 'Jest', ({ freshDatabase }) => {
  let folder: string | undefined;
  beforeAll(() => {
    if (!WANTED) return;
    folder = mkdtempSync(path.join(os.tmpdir(), 'lockstep-jest-'));
    execFileSync('npm', ['install', '--silent', '--prefix', folder, 'jest@30'], { cwd: folder });
  }, 300_000);
  afterAll(() => folder && rmSync(folder, { recursive: true, force: true }));

  test.skipIf(!WANTED).each([
    {
      language: 'CommonJS',
      file: 'a.test.cjs',
      load: `const ${NAMES} = require('lockstep');\nconst root = __dirname;`,
      option: '--no-warnings',
    },
    {
      language: 'modules',
      file: 'a.test.mjs',
      load: `import ${NAMES} from 'lockstep';\nconst root = import.meta.dirname;`,
      option: '--experimental-vm-modules',
    },
  ])('runs tests that use the package, in $language (from the registry in CI only)', async ({ file, load, option }) => {
    const database = await freshDatabase();
    const project = '\nconst project = defineProject({ root });';
    const tree = { 'package.json': '{"name":"shop"}', [file]: `${load}${project}${BODY}` };
    const adopter = createAdopter({ ...tree, ...pair('001_a', 'CREATE TABLE a (id int);\n', 'DROP TABLE a;\n') }, database);
    const jest = path.join(folder ?? '', 'node_modules/jest/bin/jest.js');
    const { code, said } = await adopter.node(option, jest, '--rootDir', adopter.root, '--testMatch', `**/${file}`);
    expect(said).toContain('Tests:       2 passed, 2 total');
    expect(code).toBe(0);
  });
});
