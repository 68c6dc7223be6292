import { expect, test } from 'vitest';
import { historyOf, historyTables } from '../../src/history/history.ts';
import { ensureTables } from '../../src/history/tables.ts';
import { onServer, type TestDatabase } from '../support/database.ts';
import { createProject, pair, type TestProject, type Tree, up } from '../support/project.ts';
import { sampleSize } from '../support/sample-size.ts';
import { seeded } from '../support/seeded.ts';
import { type State, TAMPERINGS, type Tampering } from './tamperings.ts';

const number = (n: number): string => String(n).padStart(3, '0');
const migration = (n: number): Tree =>
  pair(`${number(n)}_t${n}`, `-- Description: Makes t${n}\nCREATE TABLE t${n} (id int);`, `DROP TABLE t${n};`);
const FILES: Tree = Object.assign({}, ...[1, 2, 3, 4, 5, 6, 7].map(migration));

/** Several runs: applied, failed, rolled back and applied again. */
async function live(project: TestProject): Promise<void> {
  await project.apply({ to: '002' });
  await project.apply({ to: '004' });
  await project.rollback();
  await project.write({ [up('004_t4')]: 'SELECT nonsense;' });
  await project.apply();
  await project.write(migration(4));
  await project.apply();
}

const TABLES = ['schema_migrations', 'schema_migrations_lock', 'schema_migrations_journal'];

/** Keeps the three tables with everything about them, to be put back between two tamperings. */
async function keepTables(database: TestDatabase): Promise<() => Promise<void>> {
  await database.query(`create schema kept; ${TABLES.map((table) => `create table kept.${table} as table ${table}`).join('; ')}`);
  const client = await database.connect();
  return async () => {
    await database.query(
      `drop table if exists ${TABLES.join(', ')}; drop function if exists schema_migrations_journal_keep, schema_migrations_journal_append, schema_migrations_keep_first`,
    );
    await ensureTables(historyOf(client, historyTables('public')), []);
    await database.query(
      `alter table schema_migrations_journal disable trigger all; delete from schema_migrations_lock; ${TABLES.map((table) => `insert into ${table} select * from kept.${table}`).join('; ')};
       alter table schema_migrations_journal enable always trigger schema_migrations_journal_keep; alter table schema_migrations_journal enable always trigger schema_migrations_journal_append;
       select setval('schema_migrations_id_seq', (select max(id) from schema_migrations))`,
    );
  };
}

async function stateOf(database: TestDatabase): Promise<State> {
  const [events] = await database.query('select max(id)::int as n from schema_migrations_journal');
  const names = await database.query('select name from schema_migrations order by id');
  return { events: Number(events?.['n']), names: names.map(({ name }) => String(name)) };
}

// TAMPERINGS=1000 SEED=7 npx vitest run test/audit/tampering
const COUNT = sampleSize('TAMPERINGS', { everyday: 40, inCi: 100 });
const SEED = Number(process.env['SEED'] ?? 20_261_122);

onServer('newest', 'the audit', ({ freshDatabase }) => {
  test(
    `finds ${COUNT} random tamperings by plain SQL as the owner, and says which only an outside head reveals`,
    async () => {
      const database = await freshDatabase();
      const here = await createProject(database, FILES);
      // Another machine, which saw no run end.
      const elsewhere = await createProject(database, FILES);
      await live(here);
      expect((await here.audit()).findings).toEqual([]);
      expect((await elsewhere.audit()).findings).toEqual([]);
      const restore = await keepTables(database);
      const state = await stateOf(database);
      const pick = seeded(SEED);
      const missed: string[] = [];
      const needOutsideHead = new Set<string>();
      for (let i = 0; i < COUNT; i += 1) {
        const { kind, sql } = TAMPERINGS[i < TAMPERINGS.length ? i : pick(TAMPERINGS.length)] as Tampering;
        const text = sql(pick, state);
        await database.query(text);
        if ((await here.audit()).findings.length === 0) missed.push(`${kind}: ${text}`);
        if ((await elsewhere.audit()).findings.length === 0) needOutsideHead.add(kind);
        await restore();
      }
      expect(missed).toEqual([]);
      expect([...needOutsideHead].sort()).toEqual(
        TAMPERINGS.filter(({ needsOutsideHead }) => needsOutsideHead)
          .map(({ kind }) => kind)
          .sort(),
      );
      expect((await here.audit()).findings).toEqual([]);
    },
    60_000 + COUNT * 5_000,
  );

  test.each(['origin', 'replica'])(
    'is given a journal that refuses UPDATE, DELETE and TRUNCATE under session_replication_role = %s',
    async (role) => {
      const database = await freshDatabase();
      const project = await createProject(database, FILES);
      await project.apply();
      for (const sql of [
        "UPDATE schema_migrations_journal SET run = ''",
        'DELETE FROM schema_migrations_journal',
        'TRUNCATE schema_migrations_journal',
      ])
        await expect(database.query(`SET session_replication_role = ${role}; ${sql}`)).rejects.toThrow('append-only');
    },
  );
});
