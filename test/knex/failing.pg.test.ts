import { rmSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { WireProxy } from '../../faults/wire-proxy.ts';
import { createCheckout } from '../support/checkout.ts';
import { onServer } from '../support/database.ts';
import { down, historyOf, isThere, steady, up, variablesOf } from '../support/project.ts';
import { MORE } from './files.ts';

onServer('newest', 'the stock CLI', ({ freshDatabase }) => {
  test('is as atomic as ours, and prints our message without a trace', async () => {
    const database = await freshDatabase();
    const { knex } = await createCheckout(database, {
      ...MORE,
      [up('002_add_new_table')]: 'BEGIN;\nCREATE TABLE new_table (id int);\nSELECT nope;\nCOMMIT;',
    });
    const { code, stderr } = await knex(['migrate:latest']);
    expect(code).toBe(1);
    expect(steady(stderr).replace(/by \S+@\S+/, 'by WHOM')).toMatchInlineSnapshot(`
      "db/migrations/002_add_new_table.sql failed at statement 2 of 2: column "nope" does not exist; nothing of it was kept
        db/migrations/002_add_new_table.sql:3:8   42703
        3 │ SELECT nope;
          │        ^
        Next: correct db/migrations/002_add_new_table.sql, then run npm run migrate:dev again
      "
    `);
    expect(await historyOf(database)).toEqual(['001_init']);
    expect(await isThere(database, 'new_table')).toBe(false);
    expect(await database.query('select is_locked from schema_migrations_lock')).toEqual([{ is_locked: 0 }]);
  });

  test('refuses everything because of a typo in a later file', async () => {
    const database = await freshDatabase();
    const { knex } = await createCheckout(database, { ...MORE, [up('004_typo')]: 'CREATE TABEL x (id int);' });
    const { code, stdout, stderr } = await knex(['migrate:latest']);
    expect(code).toBe(1);
    expect(stdout + stderr).toContain('db/migrations/004_typo.sql:1:8');
    expect(await historyOf(database)).toEqual([]);
  });

  test('says how the next number is taken; a module without its SQL prints the two touch commands', async () => {
    const database = await freshDatabase();
    const { knex, ours, root } = await createCheckout(database);
    const refused = await knex(['migrate:make', 'add_things']);
    expect([refused.code, refused.stdout]).toEqual([1, '']);
    expect(refused.stderr).toContain('Next: npm run migrate:make -- add_things   takes the next number');
    const name = '002_add_things';
    expect((await ours(['migrate-make', 'add_things'])).stdout).toContain(`migrations/${name}.ts`);
    rmSync(path.join(root, up(name)));
    rmSync(path.join(root, down(name)));
    for (const { code, stderr } of [await knex(['migrate:latest']), await ours(['migrate-up', '--env', 'development'])]) {
      expect(code).not.toBe(0);
      expect(stderr).toContain(`touch db/migrations/${name}.sql`);
      expect(stderr).toContain(`touch db/migrations/rollbacks/${name}.sql`);
      expect(stderr).not.toContain(' at ');
    }
  });

  test('tells of a connection that is lost before anything began without a trace', async () => {
    const database = await freshDatabase();
    const { knex } = await createCheckout(database, MORE);
    const proxy: WireProxy = new WireProxy(database, { k: 11, side: 'before', act: async () => proxy.reset() });
    onTestFinished(() => proxy.close());
    const { code, stderr } = await knex(['migrate:latest'], { ...variablesOf(database), DB_PORT: String(await proxy.listen()) });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^The connection to the server was lost; what was not committed was rolled back\n/);
    expect(stderr).toMatch(/\n {2}Next: check that the server is up, then run the same command again\n$/);
  });
});
