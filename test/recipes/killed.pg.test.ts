// Runs of a recipe's files, and of their rollbacks, that are killed at any message: the next plain command converges.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { runMatrix } from '../../faults/matrix.ts';
import type { Entry } from '../../faults/plan.ts';
import { pickSome } from '../../faults/sample.ts';
import { makeFolder, missingServers, removeFolder } from '../../faults/server.ts';
import { openWorkshop } from '../../faults/workshop.ts';
import { onServer } from '../support/database.ts';
import { createProject, down, pair, type TestProject, type Tree, up } from '../support/project.ts';
import { sampleSize } from '../support/sample-size.ts';
import { BASE } from './recipe-case.ts';

// More of the same on request: RECIPE_FAULTS=100 npx vitest run test/recipes/killed
const POINTS = sampleSize('RECIPE_FAULTS', { everyday: 3, inCi: 20 });
const SEED = Number(process.env['FAULT_SEED'] ?? 1);

// In the schema of which the oracle takes a picture, and few rows.
const SMALL = BASE.replace('CREATE SCHEMA shop;', '').replaceAll('shop.', 'public.').replaceAll('3000', '300');

interface Struck {
  readonly recipe: string;
  readonly words: readonly string[];
  readonly more?: string;
}

const RECIPES: readonly Struck[] = [
  { recipe: 'change-type', words: ['orders.id', 'bigint'] },
  { recipe: 'rename-column', words: ['orders.note', 'remark'] },
  {
    recipe: 'add-tenant-id',
    words: ['orders', 'customers'],
    more: 'ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers; ALTER TABLE customers ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON customers USING (tenant_id = 1);',
  },
  {
    recipe: 'split-table',
    words: ['customers', 'into=customer_names', 'columns=alias,size'],
    more: 'ALTER TABLE customers ADD alias text UNIQUE, ADD size integer NOT NULL DEFAULT 1 CHECK (size > 0); UPDATE customers SET alias = id;',
  },
  {
    recipe: 'partition-table',
    words: ['visits', 'by=at', 'every=month', 'from=2040-01-01', 'ahead=2'],
    more: "CREATE TABLE visits (id serial PRIMARY KEY, customer_id integer REFERENCES customers, at date NOT NULL DEFAULT '2030-01-01'); INSERT INTO visits SELECT i, i FROM generate_series(1, 200) i; CREATE VIEW seen AS SELECT id FROM visits;",
  },
];

const textOf = (project: TestProject, file: string): string => readFileSync(path.join(project.root, file), 'utf8');

const ofBoth = (name: string, tree: Tree, last: string): readonly Entry[] => {
  const one = { tree: tree as Readonly<Record<string, string>> };
  const rest = { program: 'ours', major: 18, kinds: ['kill', 'terminate'] } as const;
  return [
    { ...rest, project: { ...one, name, base: '001', command: 'up' } },
    { ...rest, project: { ...one, name: `rollback of ${name}`, base: last, command: 'down-to-001' } },
  ];
};

onServer(18, 'the files of a recipe', ({ freshDatabase }) => {
  test.skipIf(missingServers([18]).length > 0).each(RECIPES)(
    `converge after ${POINTS} faults each way: $recipe`,
    { timeout: 60_000 + POINTS * 6_000 },
    async ({ recipe, words, more = '' }) => {
      const first = pair('001_shop', SMALL + more, 'SELECT 1;');
      const project = await createProject(await freshDatabase(), first);
      await project.apply();
      const names = (await project.make({ recipe, words })).flatMap((file) => /^db\/migrations\/([^/]+)\.sql$/.exec(file)?.[1] ?? []);
      const files = names.flatMap((name) => [up(name), down(name)]);
      const tree = { ...first, ...Object.fromEntries(files.map((file) => [file, textOf(project, file)])) };
      const folder = await makeFolder();
      const told: string[] = [];
      try {
        const results = await runMatrix({
          entries: ofBoth(recipe, tree, names.at(-1)?.slice(0, 3) ?? ''),
          workshop: await openWorkshop(path.join(folder, 'workshop')),
          folder,
          tell: (text) => void told.push(text),
          pick: pickSome(SEED, POINTS),
        });
        const tried = results.flatMap((result) => result.tried);
        expect(
          tried.filter(({ verdict }) => verdict !== 'converged').map(({ kind, k, side, why }) => `${kind} ${side} ${k}: ${why}`),
          told.join(''),
        ).toEqual([]);
        expect(tried).toHaveLength(2 * POINTS);
      } finally {
        removeFolder(folder);
      }
    },
  );
});
