// The way back from another type, once there are values that the old one cannot hold.
import { expect, test } from 'vitest';
import { onOldestAndNewest } from '../support/database.ts';
import { createProject, historyOf, pair } from '../support/project.ts';
import { BASE } from './recipe-case.ts';

onOldestAndNewest('the way back from a wider type', ({ freshDatabase }) => {
  test('ends at a value that the old type cannot hold, with the column in use as it is, and goes on when that is gone', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, pair('001_shop', BASE, 'DROP SCHEMA shop CASCADE;'));
    await project.apply();
    await project.make({ recipe: 'change-type', words: ['shop.orders.id', 'bigint'] });
    expect((await project.apply({ to: '005' })).exitCode).toBe(0);
    await database.query('INSERT INTO shop.orders (id, customer_id, number) VALUES (3000000000, 1, 1)');
    await database.query("INSERT INTO shop.items (order_id, what) VALUES (1, 'more')");
    expect(await database.query('SELECT id::text, id_old FROM shop.orders WHERE id > 3000')).toEqual([{ id: '3000000000', id_old: null }]);

    const { exitCode, screen } = await project.rollback();
    expect([exitCode, screen]).toEqual([1, expect.stringContaining('integer out of range')]);
    expect(await historyOf(database)).toContain('005_orders_id_swap');
    expect(await database.query('SELECT count(*)::int AS rows FROM shop.orders WHERE id = 3000000000')).toEqual([{ rows: 1 }]);

    await database.query('DELETE FROM shop.orders WHERE id = 3000000000');
    expect((await project.rollback()).exitCode).toBe(0);
    expect(await database.query('SELECT pg_typeof(id)::text AS type, id_new::text FROM shop.orders WHERE id = 1')).toEqual([
      { type: 'integer', id_new: '1' },
    ]);
    expect(await historyOf(database)).not.toContain('005_orders_id_swap');
  });

  test('goes back from the swap when its rollback ended halfway', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, pair('001_shop', BASE, 'DROP SCHEMA shop CASCADE;'), {
      test: { lockTimeoutMs: 100, lockRetryForMs: 300 },
    });
    await project.apply();
    await project.make({ recipe: 'change-type', words: ['shop.orders.id', 'bigint'] });
    expect((await project.apply({ to: '005' })).exitCode).toBe(0);
    // The exchange finds somebody in the way, behind the parts that were done for it.
    const reader = await database.connect();
    await reader.query('BEGIN; SELECT 1 FROM shop.items LIMIT 1');
    const { exitCode, screen } = await project.rollback();
    expect([exitCode, screen]).toEqual([1, expect.stringContaining('did not get its lock')]);
    await reader.query('ROLLBACK');
    expect((await project.rollback()).exitCode).toBe(0);
    expect(await historyOf(database)).not.toContain('005_orders_id_swap');
    expect(await database.query('SELECT pg_typeof(id)::text AS type FROM shop.orders WHERE id = 1')).toEqual([{ type: 'integer' }]);
  });
});
