import { expect, test } from 'vitest';
import { checksumOf } from '../../src/files/read-source.ts';
import { lintFile } from '../../src/lint/lint-file.ts';
import { RULES } from '../../src/lint/rules.ts';
import { readCatalogSchema } from '../../src/lint/schema/catalog.ts';
import { onOldestAndNewest, type TestDatabase } from '../support/database.ts';
import { rulesOf } from './lint-text.ts';

onOldestAndNewest('cards beside a catalog', ({ freshDatabase, major }) => {
  const linted = async (database: TestDatabase, text: string, rule: string) => {
    const client = await database.connect();
    const schema = await readCatalogSchema(client, false);
    await client.end();
    schema.isPending = true;
    const file = { path: 'x.sql', text, checksum: checksumOf(text) };
    return lintFile({ file, migration: 'x', direction: 'up', schema, major, severities: { [rule]: 'error' } });
  };

  test('finds in the catalog what each card says is given', { timeout: 300_000 }, async () => {
    const database = await freshDatabase();
    const wrong: string[] = [];
    for (const rule of RULES) {
      if (major < (rule.since ?? 0) || major > (rule.until ?? 99)) continue;
      await database.query('DROP SCHEMA IF EXISTS public, shop CASCADE; CREATE SCHEMA public');
      await database.query(rule.given ?? 'SELECT 1');
      if (!rulesOf((await linted(database, rule.bad, rule.id)).findings).includes(rule.id)) wrong.push(`${rule.id}: bad is not found`);
      if (rulesOf((await linted(database, rule.good, rule.id)).findings).includes(rule.id)) wrong.push(`${rule.id}: good is found`);
    }
    expect(wrong).toEqual([]);
  });

  test('waits for nobody who has locked a table for himself', async () => {
    const database = await freshDatabase();
    await database.query(
      'CREATE TABLE t (id int CHECK (id > 0)) PARTITION BY LIST (id); CREATE TABLE t_1 PARTITION OF t DEFAULT; INSERT INTO t VALUES (1)',
    );
    const blocker = await database.connect();
    await blocker.query('BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE');
    const client = await database.connect();
    await client.query("SET lock_timeout = '1s'");
    const { relations } = await readCatalogSchema(client, true);
    expect([...relations.values()].map(({ name, bytes, isEmpty }) => [name, bytes, isEmpty]).sort()).toEqual([
      ['t', undefined, undefined],
      ['t_1', undefined, undefined],
    ]);
    await blocker.query('ROLLBACK');
    await client.end();
  });
});
