// What is outside of a recipe's limits is refused with the reason, and nothing is written.
import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { writeMigrationTexts } from '../../src/files/write-migration.ts';
import type { MakeWish } from '../../src/journeys/make.ts';
import type { Event } from '../../src/model/event.ts';
import { onServer } from '../support/database.ts';
import { createProject, pair, refusalOf, steady } from '../support/project.ts';
import { BASE } from './recipe-case.ts';

const MORE = `
CREATE VIEW shop.numbers AS SELECT number FROM shop.orders;
CREATE TABLE shop.parts (id integer, n integer) PARTITION BY RANGE (id); CREATE TABLE shop.parts_1 PARTITION OF shop.parts DEFAULT;
CREATE TABLE shop.kin () INHERITS (shop.tenants);
CREATE TABLE shop.doubles (id integer PRIMARY KEY, n integer, twice integer GENERATED ALWAYS AS (n * 2) STORED, at timestamp, word varchar(5), "New" integer NOT NULL, tenant_id integer, note char(5));
ALTER TABLE shop.orders ADD COLUMN rank integer, ADD COLUMN rank_new text;
CREATE UNIQUE INDEX doubles_new ON shop.doubles ("New"); ALTER TABLE shop.doubles REPLICA IDENTITY USING INDEX doubles_new;
CREATE FUNCTION shop.watch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.word := upper(NEW.word); RETURN NEW; END'; CREATE TRIGGER watch BEFORE INSERT ON shop.doubles FOR EACH ROW EXECUTE FUNCTION shop.watch();
CREATE PUBLICATION out FOR TABLE shop.items;
CREATE TABLE shop.secrets (id integer, tenant_id integer NOT NULL); ALTER TABLE shop.secrets ENABLE ROW LEVEL SECURITY; CREATE POLICY ids ON shop.secrets USING (id > 0);`;

interface Refused {
  readonly typed: string;
  readonly says: RegExp;
  readonly fill?: string;
}

const REFUSED: readonly Refused[] = [
  { typed: 'change-typ shop.orders.id bigint', says: /There is no recipe "change-typ".*--recipe change-type {3}is the nearest/s },
  { typed: 'change-type shop.orders.id', says: /change-type takes TABLE\.COLUMN TYPE/ },
  { typed: 'change-type shop.nothing.id bigint', says: /There is no table shop\.nothing/ },
  { typed: 'change-type shop.orders.nothing bigint', says: /shop\.orders has no column nothing/ },
  { typed: 'change-type shop.orders.id bigger', says: /"bigger" is no type/ },
  { typed: 'change-type shop.orders.id integer', says: /is integer already/ },
  { typed: 'change-type shop.orders.id smallint', says: /values could be lost/ },
  { typed: 'change-type shop.orders.id text', says: /the foreign key \S+ of shop\.\S+ compares id|counts with/ },
  { typed: 'change-type shop.orders.number bigint', says: /the view shop\.numbers reads shop\.orders/ },
  { typed: 'change-type shop.orders.total numeric(8,2)', says: /what does not fit into numeric\(8,2\)/ },
  {
    typed: 'change-type shop.orders.total numeric(12,2)',
    says: /without a rewrite.*ALTER TABLE shop\.orders ALTER COLUMN total TYPE numeric\(12,2\);/s,
  },
  { typed: 'change-type shop.doubles.word text', says: /without a rewrite/ },
  { typed: 'change-type shop.doubles.at timestamptz', says: /depends on settings of the session/ },
  { typed: 'change-type shop.doubles.n bigint', says: /twice is generated from n/ },
  { typed: 'change-type shop.doubles.twice bigint', says: /is generated/ },
  { typed: 'change-type shop.doubles.note text', says: /has a replica identity of its own/ },
  { typed: 'change-type shop.orders.rank bigint', says: /has a column rank_new/ },
  { typed: 'change-type shop.parts.n bigint', says: /is partitioned/ },
  { typed: 'change-type shop.parts_1.n bigint', says: /is a partition/ },
  { typed: 'change-type shop.tenants.id bigint', says: /inherits/ },
  { typed: 'change-type shop.items.order_id bigint', says: /reads shop\.items|published/ },
  { typed: 'set-not-null shop.orders.number', says: /is NOT NULL already/ },
  { typed: 'set-not-null shop.orders.note', fill: 'number', says: /no value for note \(text\)/ },
  { typed: 'set-not-null shop.doubles.n', fill: 'NULL', says: /fills nothing/ },
  { typed: 'set-not-null shop.numbers.number', says: /shop\.numbers is no table/ },
  { typed: 'add-unique shop.orders.number', fill: '1', says: /--fill means nothing to add-unique/ },
  { typed: 'add-foreign-key shop.orders.note shop.customers.id', says: /is text, and shop\.customers\.id is integer/ },
  { typed: 'add-foreign-key shop.orders.customer_id shop.customers.tenant_id', says: /is not unique by itself/ },
  { typed: 'add-foreign-key shop.items.order_id shop.orders.id', says: /refers to shop\.orders\.id already/ },
  { typed: 'add-unique shop.orders.id', says: /orders_pkey holds id of shop\.orders unique already/ },
  { typed: 'add-unique shop.orders.number,number', says: /names a column twice/ },
  { typed: 'add-primary-key shop.orders.number', says: /has a primary key: orders_pkey PRIMARY KEY \(id\)/ },
  { typed: 'rename-column shop.orders.note total', says: /has a column total already/ },
  { typed: 'rename-column shop.doubles.word Letters', says: /the trigger watch on shop\.doubles speaks of word/ },
  { typed: 'rename-column shop.items.what thing', says: /is published/ },
  { typed: 'rename-table shop.orders customers', says: /shop\.customers is there already/ },
  { typed: 'rename-table shop.orders public.purchases', says: /in another schema/ },
  { typed: 'rename-table shop.secrets secrecies', says: /row security, which a view of PostgreSQL 14/ },
  { typed: 'drop-column shop.orders.number', says: /view shop\.numbers needs shop\.orders\.number/ },
  { typed: 'drop-column shop.orders.id', says: /identity or generated/ },
  { typed: 'drop-column shop.doubles.word', says: /the trigger watch/ },
  { typed: 'add-tenant-id shop.items shop.customers', says: /shop\.items does not refer to shop\.customers/ },
  { typed: 'add-tenant-id shop.items shop.orders', says: /shop\.orders has no tenant_id/ },
  { typed: 'add-tenant-id shop.items shop.doubles', says: /shop\.doubles\.tenant_id may be NULL/ },
  { typed: 'add-tenant-id shop.items shop.secrets', says: /does not refer/ },
];

const filesIn = (root: string): readonly string[] =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .flatMap((file) => (file.isFile() ? [`${file.parentPath.slice(root.length)}/${file.name}`] : []))
    .sort();

const wishOf = ({ typed, fill }: { readonly typed: string; readonly fill?: string }): MakeWish => {
  const [recipe = '', ...words] = typed.split(' ');
  return { recipe, words, ...(fill !== undefined && { fill }) };
};

onServer(14, 'a recipe outside of its limits', ({ freshDatabase }) => {
  test('is refused, and writes nothing', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, pair('001_shop', BASE + MORE, 'DROP SCHEMA shop CASCADE;'));
    await project.apply();
    const before = filesIn(project.root);
    for (const one of REFUSED) expect.soft(await refusalOf(project.make(wishOf(one))).catch(String), one.typed).toMatch(one.says);
    expect(filesIn(project.root)).toEqual(before);
  });
});

onServer('newest', 'a recipe', ({ freshDatabase }) => {
  test('without a name lists what there is, a line each', async () => {
    const project = await createProject(await freshDatabase(), {});
    const lines = await project.make({ recipe: '' });
    expect(lines.map((line) => line.split(' ')[0])).toContain('change-type');
    expect(lines.every((line) => !line.includes('\n'))).toBe(true);
  });

  test('says from where the schema was read, what each step locks, and what to do next', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, pair('001_shop', BASE, 'DROP SCHEMA shop CASCADE;'));
    await project.apply();
    const events: Event[] = [];
    const paths = await project.make(wishOf({ typed: 'change-type shop.items.order_id bigint' }), { emit: (event) => events.push(event) });
    expect(paths.slice(0, 3)).toEqual([
      'db/migrations/002_items_order_id_expand.sql',
      'db/migrations/rollbacks/002_items_order_id_expand.sql',
      'migrations/002_items_order_id_expand.ts',
    ]);
    const note = events.find((event) => event.type === 'note');
    expect(steady(`${note?.type === 'note' ? `${note.text}\n${note.next}` : ''}`)).toMatchInlineSnapshot(`
      "the schema was read from test, PostgreSQL VERSION
        002_items_order_id_expand   shop.items.order_id becomes bigint: a column beside it
          add order_id_new: ACCESS EXCLUSIVE on shop.items, for a moment
          the trigger that keeps both alike: SHARE ROW EXCLUSIVE on shop.items, for a moment
        003_items_order_id_backfill   shop.items.order_id becomes bigint: the rows that were there
          fill order_id_new: the rows of one batch of shop.items, about DURATION a batch
        004_items_order_id_prepare   shop.items.order_id becomes bigint: indexes and constraints
          build index items_order_id_idx_new: SHARE UPDATE EXCLUSIVE on shop.items, while it builds; reads and writes carry on
          add CHECK items_order_id_new_is_not_null, which old rows need not meet yet: ACCESS EXCLUSIVE on shop.items, for a moment
          validate items_order_id_new_is_not_null: SHARE UPDATE EXCLUSIVE on shop.items, while it reads the table; reads and writes carry on
          add items_order_id_fkey_new, which old rows need not meet yet: SHARE ROW EXCLUSIVE on shop.items, shop.orders, for a moment
          validate items_order_id_fkey_new: SHARE UPDATE EXCLUSIVE on shop.items, ROW SHARE on shop.orders, while it reads the table; reads and writes carry on
          ANALYZE, so that plans know the new column: SHARE UPDATE EXCLUSIVE on shop.items, while it reads the table; reads and writes carry on
        005_items_order_id_swap   shop.items.order_id becomes bigint: the exchange   (after the new code is out)
          exchange the columns, with keys, constraints and values: ACCESS EXCLUSIVE on shop.items, shop.orders, for a moment
        006_items_order_id_contract   shop.items.order_id becomes bigint: the old column goes   (after the new code is out)
          drop order_id_old and the trigger: ACCESS EXCLUSIVE on shop.items, for a moment
      npm run migrate:rehearse   proves them and their rollbacks
          npm run migrate:prod -- --phase before-deploy   before the new code is deployed
          npm run migrate:prod -- --to 005   when no older code runs
          npm run migrate:prod -- --phase after-deploy   a release later: until then the way back is open"
    `);
  });

  test('is written as a whole or not at all', async () => {
    const project = await createProject(await freshDatabase(), { 'db/migrations/rollbacks/003_b.sql': 'SELECT 1;' });
    const before = filesIn(project.root);
    const texts = ['002_a', '003_b'].map((name) => ({ name, up: 'SELECT 1;', down: 'SELECT 1;' }));
    expect(await refusalOf(writeMigrationTexts(project.root, texts))).toContain('db/migrations/rollbacks/003_b.sql exists already');
    expect(filesIn(project.root)).toEqual(before);
  });

  test('meets the files where no database has them all', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, pair('001_shop', BASE, 'DROP SCHEMA shop CASCADE;'));
    const events: Event[] = [];
    const unnamed = { env: undefined, variables: { SCRATCH_URL: database.url }, emit: (event: Event) => events.push(event) };
    await project.make(wishOf({ typed: 'set-not-null shop.orders.note' }), unnamed as never);
    expect(events.flatMap((event) => (event.type === 'note' ? event.text.split('\n')[0] : []))).toEqual([
      expect.stringMatching(/^the schema was read from the files, applied on 127\.0\.0\.1:\d+, PostgreSQL \d+$/),
    ]);
  });
});
