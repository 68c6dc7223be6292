// Each column of each catalog is shown by a kind, or there is a reason why not; what a new major brings fails here.
import { expect, test } from 'vitest';
import { queriesFor } from '../../src/snapshot/catalog-queries.ts';
import { KNOWN } from '../../src/snapshot/kinds/unmodelled.ts';
import { onEachServer } from '../support/database.ts';
import { COVERED, IGNORED } from './catalogs.ts';

const CATALOGS = `SELECT c.relname AS name, array_agg(a.attname::text ORDER BY a.attnum) AS columns FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
  WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped GROUP BY 1 ORDER BY 1`;

const words = (lists: Readonly<Record<string, string>> = {}): readonly string[] => Object.values(lists).flatMap((list) => list.split(' '));

onEachServer('the catalogs', ({ sharedDatabase, major }) => {
  const database = sharedDatabase();
  const catalogs = async () =>
    (await database().query(CATALOGS)) as readonly { readonly name: string; readonly columns: readonly string[] }[];

  test('are shown or ignored for a reason, every column of them', async () => {
    const missing = (await catalogs()).flatMap(({ name, columns }) => {
      if (IGNORED[name]) return [];
      const known = [...words(COVERED[name]?.shown), ...words(COVERED[name]?.ignored)];
      return columns.filter((column) => known.filter((one) => one === column).length !== 1).map((column) => `${name}.${column}`);
    });
    expect(missing).toEqual([]);
  });

  test('are read by the kinds that are said to show them', async () => {
    const queries = queriesFor(major);
    const unread = (await catalogs()).flatMap(({ name, columns }) =>
      Object.entries(COVERED[name]?.shown ?? {}).flatMap(([by, list]) => {
        const [kind = '', printer] = by.split(' by ');
        const isRead = (column: string): boolean => new RegExp(`\\b${printer ?? column}\\b`).test(queries[kind] ?? '');
        return list
          .split(' ')
          .filter((column) => columns.includes(column) && !isRead(column))
          .map((column) => `${name}.${column} by ${by}`);
      }),
    );
    expect(unread).toEqual([]);
  });

  test('are all known to the snapshot, which reports what is in others', async () => {
    expect([...KNOWN].toSorted()).toEqual([...Object.keys(COVERED), ...Object.keys(IGNORED)].toSorted());
    expect((await catalogs()).map(({ name }) => name).filter((name) => !KNOWN.includes(name))).toEqual([]);
  });
});
