import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createProject, makeUnwritable, type Project, removePackages } from './built-project.ts';

const UID = process.getuid?.() ?? 0;
const HELP = 'Tells what is applied';

const help = (project: Project): Promise<string> => project.run('migrate-status', '--help');

test('a command that was run once loads neither esbuild nor tsx, nor pg and yargs from their files', async () => {
  const project = createProject();
  expect(await help(project)).toContain(HELP);
  removePackages(project, 'pg', 'knex');
  expect(await help(project)).toContain(HELP);
  expect(fs.readdirSync(project.tmp)).toEqual([]);
});

test('an edit of a source, of the knexfile and of a script is noticed, and so is another version of a package', async () => {
  const project = createProject();
  await help(project);
  for (const file of ['src/model/status.ts', 'knexfile.ts', 'src/commands/status.ts']) {
    fs.appendFileSync(path.join(project.root, file), `\nprocess.stdout.write('edited ${file}\\n');\n`);
    expect(await help(project)).toContain(`edited ${file}`);
  }
  fs.rmSync(path.join(project.root, 'node_modules/.package-lock.json'));
  removePackages(project, 'pg', 'knex');
  expect(await help(project)).toContain('npm ci');
});

test.each([
  ['waits', 'await new Promise((resolve) => setTimeout(resolve, 1));'],
  ['imports a package', "import { green } from 'yoctocolors';\ngreen('');"],
  ['imports one later', "void import('yoctocolors').then(({ green }) => green(''));"],
  ['waits for one', "(await import('yoctocolors')).green('');"],
])('a knexfile that %s is run, at first and again', async (_, line) => {
  const project = createProject();
  fs.appendFileSync(path.join(project.root, 'knexfile.ts'), `\n${line}\nprocess.stdout.write('knexfile\\n');\n`);
  for (const _ of [1, 2]) expect(await help(project)).toMatch(new RegExp(`^knexfile\n[^]*${HELP}`));
});

test('what V8 has compiled is kept for a text of its own', async () => {
  const project = createProject();
  const edit = (from: string, to: string): void => {
    const file = path.join(project.root, 'src/commands/status.ts');
    fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace(from, to));
  };
  await help(project);
  // As long as before: V8 would take what it knows for it.
  edit('Tells what is', 'Calls what is');
  for (const _ of [1, 2]) expect(await help(project)).toContain('Calls what is applied');
});

test('a run that only tells its options does not decide what is kept for all others', async () => {
  const project = createProject();
  const cache = path.join(project.root, 'node_modules/.cache/lockstep');
  const keptOf = (): readonly string[] =>
    fs
      .readdirSync(cache, { recursive: true, encoding: 'utf8' })
      .flatMap((file) => /migrate-make\.mjs\.[^-]+-v[\d.]+(.*)$/.exec(file)?.[1] ?? []);
  await project.run('migrate-make', '--help');
  expect(keptOf()).toEqual(['-help']);
  await project.run('migrate-make', 'one');
  expect(keptOf().toSorted()).toEqual(['', '-help']);
});

test('what the layers of an image make of times is no edit', async () => {
  const project = createProject();
  await help(project);
  for (const file of fs.readdirSync(path.join(project.root, 'src'), { recursive: true, encoding: 'utf8' })) {
    const place = path.join(project.root, 'src', file);
    const seconds = Math.floor(fs.statSync(place).mtimeMs / 1000);
    fs.utimesSync(place, seconds, seconds);
  }
  removePackages(project, 'pg', 'knex');
  expect(await help(project)).toContain(HELP);
});

test('all commands are built at once for an image, which then needs no folder to write to', async () => {
  const project = createProject();
  for (const name of ['bench', 'corpus', 'drafts', 'faults', 'truth']) fs.rmSync(path.join(project.root, 'scripts', `${name}.ts`));
  expect(await project.run('--build')).toBe('');
  removePackages(project, 'pg', 'knex');
  expect(await help(project)).toContain(HELP);
  expect(await project.run('migrate-up', '--help')).toContain('Applies what is pending');
});

test('a project that cannot be written keeps its bundles in a folder of the user alone', async () => {
  const project = createProject();
  makeUnwritable(project);
  expect(await help(project)).toContain(HELP);
  expect(fs.statSync(path.join(project.tmp, `lockstep-${UID}`)).mode & 0o777).toBe(0o700);
  removePackages(project, 'pg', 'knex');
  expect(await help(project)).toContain(HELP);
});

/** A bundle of somebody else where ours is looked for. */
function plant(folder: string): void {
  const [place = ''] = fs.readdirSync(folder);
  const file = path.join(folder, place, 'migrate-status.mjs');
  fs.writeFileSync(file, `${fs.readFileSync(file, 'utf8').split('\n', 1)[0]}\nprocess.stdout.write('planted\\n');\n`);
}

type Change = (folder: string, tmp: string) => void;

const THREATS: Readonly<Record<string, readonly [Change, Change]>> = {
  'others may write it': [(folder) => fs.chmodSync(folder, 0o777), (folder) => fs.chmodSync(folder, 0o700)],
  'a group may read it': [(folder) => fs.chmodSync(folder, 0o750), (folder) => fs.chmodSync(folder, 0o700)],
  'others may exchange it': [(_, tmp) => fs.chmodSync(tmp, 0o777), (_, tmp) => fs.chmodSync(tmp, 0o700)],
  'it is a link': [
    (folder, tmp) => {
      fs.renameSync(folder, path.join(tmp, 'elsewhere'));
      fs.symlinkSync(path.join(tmp, 'elsewhere'), folder);
    },
    (folder, tmp) => {
      fs.rmSync(folder);
      fs.renameSync(path.join(tmp, 'elsewhere'), folder);
    },
  ],
  ...(UID === 0 && {
    'it is of somebody else': [(folder) => fs.chownSync(folder, 65_534, 65_534), (folder) => fs.chownSync(folder, 0, 0)],
  }),
};

test('nothing in that folder is run when others may have put it there', async () => {
  const project = createProject();
  const folder = path.join(project.tmp, `lockstep-${UID}`);
  makeUnwritable(project);
  await help(project);
  removePackages(project, 'pg', 'knex');
  plant(folder);
  for (const [threat, [begin, end]] of Object.entries(THREATS)) {
    begin(folder, project.tmp);
    expect.soft(await help(project), threat).toContain('npm ci');
    end(folder, project.tmp);
    // It is the folder alone that keeps it from being run.
    expect.soft(await help(project), threat).toBe('planted\n');
  }
});
