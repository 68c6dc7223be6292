import { expect, test } from 'vitest';
import { onEachServer, type TestDatabase } from '../support/database.ts';
import { createProject, down, historyOf, refusalOf, type TestProject, up } from '../support/project.ts';

const BASE = `CREATE TABLE solo (id int NOT NULL, note text);
INSERT INTO solo SELECT i, 'n' || i FROM generate_series(1, 40) i;
CREATE TABLE parent (id int PRIMARY KEY);
INSERT INTO parent SELECT generate_series(1, 3);
CREATE TABLE child (id int, parent_id int);
INSERT INTO child SELECT i, 1 + i % 3 FROM generate_series(1, 6) i;
CREATE TABLE empty (id int);
CREATE FUNCTION f(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1';
CREATE TABLE parted (id int) PARTITION BY RANGE (f(id));
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (100);
INSERT INTO parted SELECT generate_series(1, 5);
CREATE OPERATOR CLASS backwards FOR TYPE int4 USING btree AS
  OPERATOR 1 >, OPERATOR 2 >=, OPERATOR 3 =, OPERATOR 4 <=, OPERATOR 5 <, FUNCTION 1 btint4cmp(int4, int4);
CREATE TABLE by_class (id int) PARTITION BY LIST (id backwards);
CREATE TABLE by_class_1 PARTITION OF by_class FOR VALUES IN (1);
INSERT INTO by_class SELECT 1 FROM generate_series(1, 4);
CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler;
CREATE TABLE by_method (id int) USING heap2;
INSERT INTO by_method SELECT generate_series(1, 3);`;

const NO_BACKUP = { production: { backup: 'off', consent: 'off', lint: 'off' } } as const;

async function withBase(
  database: TestDatabase,
  sql: string,
  settings: Parameters<typeof createProject>[2] = NO_BACKUP,
): Promise<TestProject> {
  const project = await createProject(database, { [up('001_base')]: BASE, [down('001_base')]: 'SELECT 1;' }, settings);
  await project.apply({ env: 'production' });
  await project.write({ [up('002_x')]: sql });
  return project;
}

const failureOf = async (project: TestProject, options: Parameters<TestProject['apply']>[0] = {}) => {
  const { exitCode, outcome } = await project.apply({ env: 'production', ...options });
  return { exitCode, code: outcome?.failed?.failure.code, what: outcome?.failed?.failure.what ?? '' };
};

const rowsOf = async (database: TestDatabase, table: string): Promise<number> =>
  Number((await database.query(`select count(*)::int as n from ${table}`))[0]?.['n']);

// What reading ahead cannot know: each takes rows of what is there, by a way that only the server sees.
const UNREAD: readonly (readonly [name: string, sql: string, loss: string])[] = [
  ['a DO block', 'DO $$ BEGIN DELETE FROM solo; END $$;', '40 rows of solo (deleted)'],
  ['a DO block that drops', 'DO $$ BEGIN DROP TABLE solo; END $$;', '40 rows of solo (dropped)'],
  ['a DO block that empties', 'DO $$ BEGIN TRUNCATE solo; INSERT INTO solo VALUES (1); END $$;', '40 rows of solo (emptied)'],
  ['a DO block that drops a column', 'DO $$ BEGIN ALTER TABLE solo DROP COLUMN note; END $$;', '40 values of solo.note (column dropped)'],
  ['a DO block, behind a CLOSE ALL', 'CLOSE ALL; DO $$ BEGIN DROP TABLE solo; END $$;', '40 rows of solo (dropped)'],
  ['a DO block that empties, and closes all', 'DO $$ BEGIN TRUNCATE solo; EXECUTE $q$CLOSE ALL$q$; END $$;', '40 rows of solo (dropped)'],
  [
    'a DO block that drops a column, behind a CLOSE ALL',
    'CLOSE ALL; DO $$ BEGIN ALTER TABLE solo DROP COLUMN note; END $$;',
    '40 rows of solo (dropped)',
  ],
  [
    'a trigger',
    'CREATE FUNCTION gone() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM solo; RETURN NULL; END $$; CREATE TRIGGER gone AFTER INSERT ON empty FOR EACH ROW EXECUTE FUNCTION gone(); INSERT INTO empty VALUES (1);',
    '40 rows of solo (deleted)',
  ],
  [
    'a constraint trigger that waits for COMMIT',
    'CREATE FUNCTION gone() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM solo; RETURN NULL; END $$; CREATE CONSTRAINT TRIGGER gone AFTER INSERT ON empty DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION gone(); INSERT INTO empty VALUES (1);',
    '40 rows of solo (deleted)',
  ],
  ['a function that is dropped with a partitioned table', 'DROP FUNCTION f(int) CASCADE;', '5 rows of parted (dropped)'],
  [
    'an operator class that is dropped with a partitioned table',
    'DROP OPERATOR CLASS backwards USING btree CASCADE;',
    '4 rows of by_class (dropped)',
  ],
  ['an access method that is dropped with its tables', 'DROP ACCESS METHOD heap2 CASCADE;', '3 rows of by_method (dropped)'],
  [
    'a table attached to a parent that is dropped, all in a DO block',
    "DO $$ BEGIN EXECUTE 'CREATE TABLE p (LIKE solo) PARTITION BY RANGE (id)'; EXECUTE 'ALTER TABLE p ATTACH PARTITION solo FOR VALUES FROM (0) TO (1000)'; EXECUTE 'DROP TABLE p'; END $$;",
    '40 rows of solo (dropped)',
  ],
  [
    'a view made, and deleted from, in a function',
    "CREATE FUNCTION away() RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'CREATE VIEW v AS SELECT * FROM solo'; EXECUTE 'DELETE FROM v'; END $$; SELECT away();",
    '40 rows of solo (deleted)',
  ],
  ['dynamic SQL', "DO $$ BEGIN EXECUTE 'DE' || 'LETE FROM solo'; END $$;", '40 rows of solo (deleted)'],
  [
    'a DELETE of one table that cascades to another',
    'ALTER TABLE child ADD FOREIGN KEY (parent_id) REFERENCES parent ON DELETE CASCADE; DELETE FROM parent WHERE id = 1;',
    '2 rows of child (deleted)',
  ],
  [
    'rows that replace others',
    "DO $$ BEGIN DELETE FROM solo WHERE id > 10; INSERT INTO solo SELECT i, 'new' FROM generate_series(1, 50) i; END $$;",
    '30 rows of solo (deleted)',
  ],
];

onEachServer('what a step really takes', ({ freshDatabase }) => {
  test.each(UNREAD)('is found before COMMIT in %s', async (_, sql, loss) => {
    const database = await freshDatabase();
    const project = await withBase(database, sql);
    expect(await failureOf(project)).toEqual({
      exitCode: 3,
      code: 'data-loss',
      what: `002_x would lose ${loss}, and nobody said so; nothing of it was kept`,
    });
    expect(await rowsOf(database, 'solo')).toBe(40);
    expect(await historyOf(database)).toEqual(['001_base']);
    const object = /of (\S+)/.exec(loss)?.[1] ?? '';
    expect(await failureOf(project, { allowDataLoss: [object] })).toMatchObject({ exitCode: 0 });
    expect(await historyOf(database)).toEqual(['001_base', '002_x']);
  });

  test('is what a plan takes by a way that the plan itself makes, with the consent asked before', async () => {
    const database = await freshDatabase();
    const plans = [
      'CREATE TABLE p (id int NOT NULL, note text) PARTITION BY RANGE (id); ALTER TABLE p ATTACH PARTITION solo FOR VALUES FROM (0) TO (1000); DROP TABLE p;',
      'CREATE VIEW v AS SELECT * FROM solo; DELETE FROM v;',
      'ALTER TABLE solo RENAME TO solo_old; CREATE VIEW solo AS SELECT * FROM solo_old; DELETE FROM solo;',
      'CREATE VIEW v AS SELECT * FROM solo; UPDATE v SET note = NULL;',
      'CREATE TABLE p (id int NOT NULL, note text); ALTER TABLE solo INHERIT p; DELETE FROM p;',
      'CREATE TABLE p (id int NOT NULL, note text); ALTER TABLE solo INHERIT p; TRUNCATE p;',
    ];
    for (const sql of plans) {
      const project = await withBase(await freshDatabase(), sql);
      expect(await refusalOf(project.apply({ env: 'production' })), sql).toMatch(
        /^This would lose 40 (rows of solo|values of solo\.note); nothing was changed/,
      );
    }
    const cascade = 'ALTER TABLE child ADD FOREIGN KEY (parent_id) REFERENCES parent ON DELETE CASCADE; DELETE FROM parent;';
    const project = await withBase(database, cascade);
    expect(await refusalOf(project.apply({ env: 'production' }))).toMatch(
      /^This would lose 3 rows of parent, 6 rows of child; nothing was changed/,
    );
  });

  test('is found in a code migration too, which can announce it', async () => {
    const database = await freshDatabase();
    const project = await withBase(database, 'SELECT 1;');
    await project.apply({ env: 'production' });
    const code = (header: string) =>
      `${header}export const up = (knex) => knex('solo').where('id', '>', 30).del();\nexport const down = () => {};\n`;
    await project.write({ 'migrations/003_code.js': code('') });
    expect(await failureOf(project)).toEqual({
      exitCode: 3,
      code: 'data-loss',
      what: '003_code would lose 10 rows of solo (deleted), and nobody said so; nothing of it was kept',
    });
    await project.write({ 'migrations/003_code.js': code('// data-loss: solo: closed accounts\n') });
    expect(await refusalOf(project.apply({ env: 'production' }))).toMatchInlineSnapshot(`
      "This would lose 40 rows of solo; nothing was changed
        migrations/003_code.js:1
        Next: npm run migrate:prod -- --allow-data-loss solo   to confirm the loss"
    `);
    expect(await failureOf(project, { allowDataLoss: ['solo'] })).toMatchObject({ exitCode: 0 });
  });

  test('is no loss where the step had made it itself, or nothing was in it', async () => {
    const harmless = [
      "INSERT INTO solo SELECT i, 'x' FROM generate_series(100, 120) i; DO $$ BEGIN DELETE FROM solo WHERE id >= 100; END $$;",
      'CREATE TABLE mine (id int); INSERT INTO mine VALUES (1); DO $$ BEGIN DELETE FROM mine; DROP TABLE mine; END $$;',
      'DO $$ BEGIN DROP TABLE empty; END $$;',
      'DO $$ BEGIN TRUNCATE empty; END $$;',
      'ALTER TABLE solo ALTER id TYPE bigint; CLUSTER parent USING parent_pkey;',
      'CREATE TEMP TABLE scratch AS SELECT * FROM solo; DELETE FROM scratch;',
      'DELETE FROM solo WHERE id > 20;',
      'CREATE INDEX solo_id ON solo (id); DROP INDEX solo_id; ALTER TABLE solo ADD CHECK (id > 0);',
    ];
    for (const sql of harmless) {
      const project = await withBase(await freshDatabase(), sql);
      expect(await failureOf(project), sql).toMatchObject({ exitCode: 0 });
    }
  });

  test('is reported everywhere, and refuses nothing where the policy only shows', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, { [up('001_base')]: BASE });
    await project.apply();
    await project.write({
      [up('002_x')]:
        "DO $$ BEGIN DELETE FROM solo; DROP TABLE child; TRUNCATE parent; ALTER TABLE parted DROP COLUMN id CASCADE; EXCEPTION WHEN others THEN RAISE NOTICE '%', SQLERRM; DELETE FROM solo; END $$;",
      [up('003_y')]: 'DO $$ BEGIN DROP TABLE child; TRUNCATE parent; ALTER TABLE solo DROP COLUMN note; END $$;',
    });
    const { screen } = await project.apply();
    expect(screen).toMatch(/002_x applied in \d+ ms, deleted \d+ rows of solo\n/);
    expect(screen).toMatch(/003_y applied in \d+ ms, (dropped child, emptied parent|emptied parent, dropped child), dropped solo\.note\n/);
    const [event] = await database.query(
      "select details -> 'taken' as taken from schema_migrations_journal where name = '002_x' and event = 'step-done'",
    );
    expect(event?.['taken']).toMatchObject([{ what: 'deleted', object: 'solo' }]);
  });
});
