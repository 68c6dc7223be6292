import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { onServer } from '../support/database.ts';
import { pair } from '../support/project.ts';
import { dropTemplates } from '../support/templates.ts';
import { type Adopter, createAdopter } from './package.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

interface Example {
  readonly page: string;
  readonly code: string;
}

/** What the pages show in JavaScript and TypeScript. */
const EXAMPLES: readonly Example[] = readdirSync(path.join(ROOT, 'docs'))
  .filter((file) => file.endsWith('.md'))
  .flatMap((page) =>
    [...readFileSync(path.join(ROOT, 'docs', page), 'utf8').matchAll(/^```(?:js|ts)\n(.*?)^```/gms)].map(([, code = '']) => ({
      page,
      code: code.replace('#lockstep', 'lockstep'),
    })),
  );

/** A whole file: settings are shown without what is around them. */
function wholeFile(code: string): string {
  if (/^(?:import|const \{.*require)/.test(code)) return code;
  const project = code.startsWith('export const project') ? code : `export const project = defineProject({ root: '.', ${code.trim()} });\n`;
  return `import { defineProject } from 'lockstep';\n${project}`;
}

const isCommonJs = ({ code }: Example): boolean => code.includes('require(');

function compile(adopter: Adopter): Promise<{ readonly code: number; readonly said: string }> {
  const files = EXAMPLES.map((example, i) => [`example-${i}.${isCommonJs(example) ? 'cts' : 'ts'}`, wholeFile(example.code)] as const);
  adopter.write({
    ...Object.fromEntries(
      files.map(([file, code]) => [file, file.endsWith('.cts') ? code.replace(/const (\{.*\}) = require/, 'import $1 = require') : code]),
    ),
    'tsconfig.json': JSON.stringify({
      compilerOptions: {
        module: 'nodenext',
        target: 'es2022',
        strict: true,
        noEmit: true,
        skipLibCheck: true,
        allowJs: true,
        types: ['node'],
        typeRoots: [path.join(ROOT, 'node_modules/@types')],
      },
      files: files.map(([file]) => file).filter((file) => file.endsWith('.ts')),
    }),
  });
  return adopter.node(path.join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.json');
}

onServer('newest', 'the examples of the pages', ({ freshDatabase }) => {
  test('compile, every one', async () => {
    const adopter = createAdopter({ 'package.json': '{"name":"shop","type":"module"}' });
    await adopter.lockstep('init', '--yes');
    expect(await compile(adopter)).toEqual({ code: 0, said: '' });
    expect(EXAMPLES.length).toBeGreaterThan(8);
  });

  test('run, in a project that init has made', async () => {
    const programs = EXAMPLES.filter(({ page, code }) => page === 'adopting.md' && code.startsWith('import'));
    const database = await freshDatabase();
    const adopter = createAdopter(
      { 'package.json': '{"name":"shop","type":"module"}', ...pair('001_a', 'CREATE TABLE a (id int);', 'DROP TABLE a;') },
      database,
    );
    await adopter.lockstep('init', '--yes');
    const outputs: string[] = [];
    for (const [i, { code }] of programs.entries()) {
      adopter.write({ [`example-${i}.js`]: code });
      const { said } = await adopter.node(`example-${i}.js`);
      outputs.push(said.replace(/[0-9a-f]{12}/, '…'));
    }
    expect(outputs).toMatchInlineSnapshot(`
      [
        "connected
      planned
      run-started
      step-started
      step-done
      run-ended
      [ '001_a' ] undefined
      ",
        "/lockstep_test_…
      ",
      ]
    `);
    expect(await dropTemplates(database, adopter.root)).toBe(1);
  });

  test('a knexfile as the page shows it serves the stock CLI and ours', async () => {
    const knexfile = EXAMPLES.find(isCommonJs)?.code ?? '';
    const tree = {
      'package.json': '{"name":"shop"}',
      'knexfile.js': knexfile,
      ...pair('001_a', 'CREATE TABLE a (id int);', 'DROP TABLE a;'),
    };
    const adopter = createAdopter(tree, await freshDatabase());
    expect(await adopter.lockstep('up', '--env', 'test')).toMatchObject({ code: 0 });
    expect((await adopter.node('node_modules/knex/bin/cli.js', '--env', 'test', 'migrate:latest')).said).toContain('Already up to date');
  });
});
