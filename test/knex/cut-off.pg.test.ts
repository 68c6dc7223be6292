import { expect, test } from 'vitest';
import { createCheckout } from '../support/checkout.ts';
import { onServer, type TestDatabase } from '../support/database.ts';
import { historyOf, steady } from '../support/project.ts';
import { MORE } from './files.ts';

/** As if the connection had broken between the COMMIT of the last run and its answer. */
async function forgetEnd(database: TestDatabase): Promise<void> {
  await database.query('alter table schema_migrations_journal disable trigger schema_migrations_journal_keep');
  await database.query(
    "delete from schema_migrations_journal where id = (select max(id) from schema_migrations_journal where event = 'run-ended')",
  );
  await database.query('alter table schema_migrations_journal enable always trigger schema_migrations_journal_keep');
}

onServer('newest', 'the stock CLI', ({ freshDatabase }) => {
  test('answers a rollback that was cut off after it was done, and undoes no second one', async () => {
    const database = await freshDatabase();
    const { knex } = await createCheckout(database, MORE);
    await knex(['migrate:latest']);
    expect((await knex(['migrate:rollback'])).stderr).toMatch(/^1\/1 003_index rolled back in \d+ ms\n$/);
    await forgetEnd(database);
    const { code, stdout, stderr } = await knex(['migrate:rollback']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'Using environment: development\n' });
    expect(steady(stderr).replace(/by \S+@\S+/, 'by WHOM')).toMatchInlineSnapshot(`
      "Note: the run of TIME by WHOM (003_index) was interrupted; what it committed is in history, and this run resumes from there
      Note: 003_index was rolled back by the interrupted run, whose answer never arrived; nothing more was rolled back (development)
        Next: npx knex migrate:rollback   again, to roll back the one before it
      "
    `);
    expect(await historyOf(database)).toEqual(['001_init', '002_add_new_table']);
    expect(await database.query('select is_locked from schema_migrations_lock')).toEqual([{ is_locked: 0 }]);
    expect((await knex(['migrate:down'])).code).toBe(0);
    await forgetEnd(database);
    expect((await knex(['migrate:down', '001_init'])).code).toBe(0);
    expect(await historyOf(database)).toEqual([]);
  });

  test('goes on with a batch of several whose rollback was cut off', async () => {
    const database = await freshDatabase();
    const { knex } = await createCheckout(database, MORE);
    await knex(['migrate:latest']);
    await knex(['migrate:down']);
    // As stock Knex alone records them.
    await database.query("update schema_migrations set batch = 3 where name = '002_add_new_table'");
    await forgetEnd(database);
    expect((await knex(['migrate:rollback'])).code).toBe(0);
    expect(await historyOf(database)).toEqual(['001_init']);
  });
});
