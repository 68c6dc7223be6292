import { expect, test } from 'vitest';
import { createCheckout } from '../support/checkout.ts';
import { onServer } from '../support/database.ts';
import { pair, variablesOf } from '../support/project.ts';

const FILES = pair('002_t', 'CREATE TABLE t (id int);', 'DROP TABLE t;');

onServer('newest', 'a command', ({ freshDatabase }) => {
  test('loads neither parser nor Knex nor modules where nothing is pending', async () => {
    const database = await freshDatabase();
    expect((await (await createCheckout(database, FILES)).ours(['migrate-up', '--env', 'development'])).code).toBe(0);
    // The module of an applied migration would fail if it were imported.
    const { ours } = await createCheckout(database, FILES, { without: ['knex', 'libpg-query', 'tsx'] });
    for (const command of [['migrate-status'], ['migrate-up', '--env', 'development']]) {
      expect(await ours(command, variablesOf(database))).toMatchObject({ code: 0 });
    }
  });

  test('says what is missing where it would be needed', async () => {
    const { ours } = await createCheckout(await freshDatabase(), FILES, { without: ['libpg-query'] });
    const { code, stderr } = await ours(['migrate-up', '--env', 'development']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('npm ci')]);
  });

  test('shares its pg types with a migration that teaches pg one', async () => {
    const module = `import pg from 'pg';
pg.types.setTypeParser(20, Number);
export async function up(knex) {
  const { rows } = await knex.raw('SELECT 1::bigint AS n');
  if (rows[0].n !== 1) throw new Error('not heard');
}
export async function down() {}
`;
    const { ours } = await createCheckout(await freshDatabase(), { 'migrations/003_types.js': module });
    expect(await ours(['migrate-up', '--env', 'development'])).toMatchObject({ code: 0 });
  });
});
