import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { packOnce } from '../package/package.ts';
import { onServer } from '../support/database.ts';
import { adopt, ask, type Diff, diffOf, megabytesOf, standUp } from './adopt.ts';
import { REAL_BACKENDS } from './backends.ts';

// Installs from the registry, ten times: in CI, and by npm run adopters, which writes the table of docs/adopting.md.
const WISH = process.env['ADOPTERS'] ?? process.env['CI'];
const PAGE = path.resolve(import.meta.dirname, '../../docs/adopting.md');

interface Result extends Diff {
  readonly name: string;
  readonly seconds: number;
}

const COUPONS = { up: 'CREATE TABLE coupons (id int);\n', down: 'DROP TABLE coupons;\n' };

describe.skipIf(!WISH)(`ten backends${WISH ? '' : ' (in CI only: npm run adopters)'}`, () => {
  onServer('newest', 'each from the registry', ({ freshDatabase }) => {
    const results: Result[] = [];

    test.each(REAL_BACKENDS)('$name: installs, adopts, goes up and down, and still answers', async (backend) => {
      const standing = await standUp(backend, await freshDatabase());
      const { run, folder } = standing;
      const { status, seconds } = await adopt(standing, packOnce());
      expect(status).toContain(`Applied: ${backend.applied}\n`);
      results.push({ name: backend.name, seconds, ...(await diffOf(standing)) });

      const lockstep = (...args: readonly string[]) => run('npx', 'lockstep', ...args);
      const [up = '', down = ''] = (await lockstep('make', 'add_coupons')).split('\n');
      writeFileSync(path.join(folder, up), COUPONS.up);
      writeFileSync(path.join(folder, down), COUPONS.down);
      expect(await lockstep('up', '--env', 'development')).toContain('add_coupons applied');
      await lockstep('status', '--check');
      expect(await lockstep('rollback')).toContain('add_coupons rolled back');
      expect(await ask(standing)).toEqual({ users: 0 });
    });

    test('a production install of an adopter is small', async () => {
      const [first] = REAL_BACKENDS.filter(({ name }) => name.startsWith('dbmate'));
      if (!first) throw new Error('no backend');
      const { run, folder } = await standUp(first, await freshDatabase());
      await run('npm', 'install', packOnce());
      await run('npm', 'ci', '--omit=dev');
      expect(megabytesOf(path.join(folder, 'node_modules'))).toBeLessThan(30);
    });

    afterAll(() => {
      if (process.env['ADOPTERS'] === 'write') keep(results);
    });
  });
});

const MARKS = ['<!-- adopters: output of npm run adopters -->', '<!-- end of adopters -->'] as const;

function keep(results: readonly Result[]): void {
  const page = readFileSync(PAGE, 'utf8');
  const [from, to] = MARKS.map((mark) => page.indexOf(mark));
  const rows = results.map(({ name, seconds, edited, added }) => `| ${name} | ${Math.round(seconds)} | ${edited} | ${added} |`);
  const table = ['| backend | seconds | lines edited | lines in new files |', '|---|---:|---:|---:|', ...rows].join('\n');
  writeFileSync(PAGE, `${page.slice(0, from)}${MARKS[0]}\n${table}\n${page.slice(to)}`);
}
