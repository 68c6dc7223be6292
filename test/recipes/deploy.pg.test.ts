// The commands that a recipe's screen names, one behind the other.
import { expect, test } from 'vitest';
import { onServer } from '../support/database.ts';
import { createProject, historyOf, pair } from '../support/project.ts';
import { BASE } from './recipe-case.ts';

onServer('newest', 'a recipe is deployed by its phases', ({ freshDatabase }) => {
  const made = async (recipe: string, ...words: readonly string[]) => {
    const database = await freshDatabase();
    const project = await createProject(database, pair('001_shop', BASE, 'DROP SCHEMA shop CASCADE;'));
    await project.apply();
    await project.make({ recipe, words });
    const typeOf = async () => (await database.query('SELECT pg_typeof(id)::text AS type FROM shop.orders LIMIT 1'))[0]?.['type'];
    return { database, project, typeOf };
  };

  test('what comes before the deploy, the swap, and the contract a release later', async () => {
    const { database, project, typeOf } = await made('change-type', 'shop.orders.id', 'bigint');
    expect((await project.apply({ phase: 'before-deploy' })).exitCode).toBe(0);
    expect(await historyOf(database)).toEqual(['001_shop', '002_orders_id_expand', '003_orders_id_backfill', '004_orders_id_prepare']);
    expect(await typeOf()).toBe('integer');
    expect((await project.apply({ to: '005' })).exitCode).toBe(0);
    expect(await typeOf()).toBe('bigint');
    // The next release has work of its own before its deploy, and the contract does not go with it.
    await project.write(pair('007_more', 'CREATE TABLE shop.more ();', 'DROP TABLE shop.more;'));
    expect((await project.apply({ phase: 'before-deploy' })).exitCode).toBe(0);
    expect((await historyOf(database)).slice(-2)).toEqual(['005_orders_id_swap', '007_more']);
    expect((await project.apply({ phase: 'after-deploy' })).exitCode).toBe(0);
    expect((await historyOf(database)).at(-1)).toBe('006_orders_id_contract');
    expect((await project.status()).pending).toEqual([]);
  });

  test('both names before the deploy, and one after it', async () => {
    const { database, project } = await made('rename-column', 'shop.orders.note', 'remark');
    expect((await project.apply({ phase: 'before-deploy' })).exitCode).toBe(0);
    expect(await database.query('SELECT note, remark FROM shop.orders WHERE id = 7')).toEqual([{ note: 'note 7', remark: 'note 7' }]);
    // What the card says that a view cannot do.
    for (const sql of [
      'SELECT id, number FROM shop.orders GROUP BY id',
      'INSERT INTO shop.orders (customer_id, number) VALUES (1, 1) ON CONFLICT ON CONSTRAINT orders_pkey DO NOTHING',
      'SELECT xmin FROM shop.orders',
      'SELECT ctid FROM shop.orders',
    ])
      await expect(database.query(sql), sql).rejects.toThrow(/must appear in the GROUP BY|does not exist/);
    expect((await project.apply({ phase: 'after-deploy' })).exitCode).toBe(0);
    await expect(database.query('SELECT note FROM shop.orders')).rejects.toThrow('column "note" does not exist');
  });
});
