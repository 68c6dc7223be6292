import { expect, test } from 'vitest';
import { onOldestAndNewest, type TestDatabase } from '../support/database.ts';
import { createProject, historyOf, pair, type Ran, refusalOf, steady, type Tree, up, variablesOf } from '../support/project.ts';

const FIRST = pair(
  '001_t',
  `CREATE TYPE mood AS ENUM ('ok', 'sad');
CREATE TABLE t (id int PRIMARY KEY, email text, price numeric(10,4), m mood);
CREATE TABLE child (id int, t_id int REFERENCES t);
CREATE SCHEMA s; CREATE TABLE s.x (id int);
INSERT INTO t SELECT i, CASE WHEN i <= 3 THEN 'e' || i END, i + 0.0101 * (i % 2), 'ok' FROM generate_series(1, 5) i;
INSERT INTO child VALUES (1, 1), (2, 1);
INSERT INTO s.x VALUES (1);`,
  'DROP TABLE child; DROP TABLE t; DROP SCHEMA s CASCADE; DROP TYPE mood;',
);

const WIDER = {
  ...FIRST,
  [up('001_t')]: `${FIRST[up('001_t')]}
CREATE TYPE place AS (street text, zip text); CREATE TABLE things (home place, moods mood[]); INSERT INTO things VALUES (row('s', 'z'), '{ok}');
CREATE SCHEMA parts; CREATE TABLE days (d int) PARTITION BY RANGE (d);
CREATE TABLE parts.days_1 PARTITION OF days FOR VALUES FROM (0) TO (10); CREATE TABLE days_2 PARTITION OF days FOR VALUES FROM (10) TO (20);
INSERT INTO days VALUES (1), (2), (11);
CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY REFERENCES a ON DELETE CASCADE); CREATE TABLE c (id int REFERENCES b ON DELETE CASCADE);
INSERT INTO a VALUES (1); INSERT INTO b VALUES (1); INSERT INTO c VALUES (1);
CREATE TABLE viewed (id int, t_id int); INSERT INTO viewed VALUES (1, 1), (2, 1); CREATE VIEW seen AS SELECT id, t_id FROM viewed WHERE id = 1; CREATE VIEW seen_again AS SELECT * FROM seen; CREATE VIEW all_a AS SELECT * FROM a;
CREATE SCHEMA words; CREATE TYPE words.state AS ENUM ('new'); CREATE DOMAIN words.mail AS text; CREATE TABLE letters (state words.state, "to" words.mail[]);
INSERT INTO letters VALUES ('new', '{x}'), ('new', NULL);
CREATE TYPE shape AS (n int); CREATE TABLE shapes OF shape; INSERT INTO shapes VALUES (1), (2);
CREATE COLLATION plain FROM "C"; CREATE TABLE sorted (name text COLLATE plain); INSERT INTO sorted VALUES ('x');
CREATE TABLE whole (x int); CREATE TABLE heirs (y int) INHERITS (whole); CREATE TABLE kept (w whole); INSERT INTO heirs VALUES (1, 2); INSERT INTO kept VALUES (row(1));
CREATE TABLE owners (id int PRIMARY KEY); CREATE TABLE pets (owner int REFERENCES owners ON DELETE SET NULL, vet int); INSERT INTO owners VALUES (1), (2);
INSERT INTO pets VALUES (1, 1), (NULL, 1); ALTER TABLE pets ADD FOREIGN KEY (vet) REFERENCES owners ON DELETE SET DEFAULT;
CREATE TABLE lines (a int, b int); INSERT INTO lines VALUES (1, 2), (3, 4); CREATE VIEW line_view AS SELECT b FROM lines; CREATE MATERIALIZED VIEW line_kept AS SELECT 1 AS a;
CREATE TABLE line_users (v line_view, k line_kept, w lines[]); INSERT INTO line_users VALUES (row(1), row(1), '{"(1,2)"}'), (row(2), NULL, NULL);
CREATE TABLE keys (id int PRIMARY KEY, x int); CREATE TABLE locks (key int REFERENCES keys ON UPDATE SET NULL); INSERT INTO keys VALUES (1), (2); INSERT INTO locks VALUES (1), (NULL);
CREATE SCHEMA sums; CREATE FUNCTION sums.twice(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1 * 2';
CREATE TABLE summed (a int, g int GENERATED ALWAYS AS (sums.twice(a)) STORED); INSERT INTO summed VALUES (1);`,
};

// Neither a backup nor a terminal: only consent helps.
const POLICY = { production: { backup: 'off', lint: 'off' } } as const;

async function withFirst(database: TestDatabase, second: Tree, first: Tree = FIRST) {
  const project = await createProject(database, first, POLICY);
  await project.apply({ env: 'production' });
  await project.write(second);
  return project;
}

const lossesOf = ({ events }: Ran) =>
  events
    .flatMap((event) => (event.type === 'data-loss' ? event.losses : []))
    .map(({ object, what, count }) => `${count} ${what} of ${object}`);

const TAKINGS: readonly (readonly [sql: string, losses: readonly string[]])[] = [
  ['DROP TABLE child;', ['2 rows of child']],
  ['DROP TABLE IF EXISTS child, nothing;', ['2 rows of child']],
  ['TRUNCATE t CASCADE;', ['2 rows of child', '5 rows of t']],
  ['ALTER TABLE t DROP COLUMN email, DROP COLUMN price;', ['3 values of t.email', '5 values of t.price']],
  ['DROP SCHEMA s CASCADE;', ['1 rows of s.x']],
  ['DROP TYPE mood CASCADE;', ['5 values of t.m', '1 values of things.moods']],
  ['DELETE FROM child;', ['2 rows of child']],
  ['UPDATE keys SET x = 1, id = id + 10;', ['2 values of keys.id', '1 values of locks.key']],
  ['DROP VIEW line_view CASCADE;', ['2 values of line_users.v']],
  ['DROP MATERIALIZED VIEW line_kept CASCADE;', ['1 values of line_users.k']],
  ['DROP TABLE lines CASCADE;', ['2 rows of lines', '2 values of line_users.v', '1 values of line_users.w']],
  ['ALTER TABLE lines DROP COLUMN b CASCADE;', ['2 values of lines.b', '1 values of line_users.w', '2 values of line_users.v']],
  ['ALTER TABLE lines DROP COLUMN a;', ['2 values of lines.a', '1 values of line_users.w']],
  ['DROP SCHEMA sums CASCADE;', ['1 values of summed.g']],
  ['WITH gone AS (DELETE FROM child RETURNING *) SELECT count(*) FROM gone;', ['2 rows of child']],
  ["UPDATE t SET email = 'x';", ['3 values of t.email']],
  ['DELETE FROM child WHERE true;', ['2 rows of child']],
  ["UPDATE t SET email = 'x' WHERE 1 = 1;", ['3 values of t.email']],
  ['ALTER TABLE t ALTER COLUMN price TYPE numeric(10,2);', ['3 values of t.price']],
  ['ALTER TABLE t ALTER COLUMN price TYPE int USING price::int;', ['3 values of t.price']],
  ['ALTER TABLE t ALTER COLUMN email TYPE int USING length(email);', ['3 values of t.email']],
  ['ALTER TABLE t ALTER COLUMN price TYPE int USING price::text::numeric::int;', ['3 values of t.price']],
  ["ALTER TABLE t ALTER COLUMN m TYPE text USING 'x';", ['5 values of t.m']],
  // What the plan itself renames, moves or addresses by search path.
  ['ALTER TABLE child RENAME TO old; DROP TABLE old;', ['2 rows of child']],
  ['ALTER TABLE child RENAME TO p; ALTER TABLE public.p RENAME TO q; DROP TABLE q;', ['2 rows of child']],
  ['ALTER TABLE t RENAME COLUMN email TO mail; ALTER TABLE t RENAME TO u; ALTER TABLE u DROP COLUMN mail;', ['3 values of t.email']],
  ['ALTER TABLE child SET SCHEMA s; DROP TABLE s.child;', ['2 rows of child']],
  ['ALTER TABLE child SET SCHEMA s; DROP SCHEMA s CASCADE;', ['1 rows of s.x', '2 rows of child']],
  ['ALTER SCHEMA s RENAME TO z; DROP TABLE z.x;', ['1 rows of s.x']],
  ['SET search_path TO s, public; DROP TABLE x, child;', ['1 rows of s.x', '2 rows of child']],
  ["SELECT set_config('search_path', 's', true); DELETE FROM x;", ['1 rows of s.x']],
  ['ALTER TYPE mood RENAME TO old; DROP TYPE old CASCADE;', ['5 values of t.m', '1 values of things.moods']],
  // What goes along.
  ['DROP SCHEMA parts CASCADE;', ['2 rows of parts.days_1']],
  ['DROP TABLE days;', ['3 rows of days']],
  ['DELETE FROM a;', ['1 rows of a', '1 rows of b', '1 rows of c']],
  ['ALTER TYPE place DROP ATTRIBUTE zip;', ['1 values of things.home']],
  ['DROP SCHEMA words CASCADE;', ['2 values of letters.state', '1 values of letters.to']],
  ['DROP TYPE shape CASCADE;', ['2 rows of shapes']],
  ['DROP COLLATION plain CASCADE;', ['1 values of sorted.name']],
  ['DROP TABLE whole CASCADE;', ['1 rows of whole', '1 values of kept.w']],
  ['DELETE FROM owners WHERE id > 7; DELETE FROM owners;', ['2 rows of owners', '1 values of pets.owner', '2 values of pets.vet']],
  // Through a view.
  ['DELETE FROM seen_again;', ['1 rows of seen_again']],
  ['UPDATE seen SET t_id = NULL;', ['1 values of seen.t_id']],
  ['DELETE FROM all_a;', ['1 rows of all_a', '1 rows of b', '1 rows of c']],
  // Inside of another statement.
  ['CREATE TABLE archive AS WITH gone AS (DELETE FROM child RETURNING *) SELECT * FROM gone;', ['2 rows of child']],
  ['WITH gone AS (DELETE FROM child RETURNING *) SELECT * INTO archive FROM gone;', ['2 rows of child']],
  ["COPY (DELETE FROM child RETURNING *) TO PROGRAM 'cat > /dev/null';", ['2 rows of child']],
];

const HARMLESS = [
  'DROP TABLE IF EXISTS nothing;',
  'DELETE FROM child WHERE id = 1;',
  "UPDATE t SET email = 'x' WHERE id = 1;",
  'ALTER TABLE t ALTER COLUMN id TYPE bigint;',
  'ALTER TABLE t ALTER COLUMN email TYPE varchar(200);',
  'ALTER TABLE t ADD COLUMN n int; UPDATE t SET n = 1;',
  'CREATE TABLE new_one (id int); INSERT INTO new_one VALUES (1); DELETE FROM new_one;',
  'ALTER TABLE t ALTER COLUMN price TYPE numeric(12,4) USING price::numeric(12,4);',
  // An enum that is made anew, as Prisma does it and as people do.
  `CREATE TYPE mood_new AS ENUM ('ok', 'sad', 'new'); ALTER TABLE t ALTER COLUMN m TYPE mood_new USING (m::text::mood_new);
   ALTER TYPE mood RENAME TO mood_old; ALTER TYPE mood_new RENAME TO mood; DROP TYPE mood_old;`,
  "ALTER TYPE mood RENAME TO old; CREATE TYPE mood AS ENUM ('sad', 'ok'); ALTER TABLE t ALTER COLUMN m TYPE mood USING m::text::mood; DROP TYPE old;",
  'ALTER TABLE t ALTER COLUMN email TYPE varchar(50) USING email::text::varchar(50);',
  "SELECT 'drop table t', 'delete from child';",
  'CREATE RULE r AS ON INSERT TO child DO ALSO DELETE FROM t;',
  'CREATE FUNCTION f() RETURNS void LANGUAGE sql BEGIN ATOMIC DELETE FROM t; END;',
  // The names of what goes are taken over by what stays, or by what is new.
  'CREATE TABLE new_t (LIKE t); ALTER TABLE child RENAME TO kept; ALTER TABLE new_t RENAME TO child; DROP TABLE child;',
  "UPDATE t SET email = 'x' WHERE NULL = NULL; DELETE FROM child WHERE 1 = 2;",
  'ALTER TABLE t RENAME COLUMN email TO kept; ALTER TABLE t ADD COLUMN email text; UPDATE t SET email = kept;',
];

onOldestAndNewest('a plan that takes data away', ({ freshDatabase }) => {
  test.each(TAKINGS)('%s is counted, refused without consent, and passes with it', { timeout: 60_000 }, async (sql, losses) => {
    const database = await freshDatabase();
    const project = await withFirst(database, { [up('002_x')]: sql }, WIDER);
    const events: string[] = [];
    const refused = await refusalOf(
      project.apply({
        env: 'production',
        emit: (event) => {
          if (event.type === 'data-loss') events.push(...event.losses.map(({ object, what, count }) => `${count} ${what} of ${object}`));
        },
      }),
    );
    expect(events).toEqual(losses);
    const objects = losses.map((loss) => loss.split(' of ')[1] ?? '');
    expect(refused).toContain(`npm run migrate:prod -- ${objects.map((object) => `--allow-data-loss ${object}`).join(' ')}`);
    expect(await historyOf(database)).toEqual(['001_t']);
    const [first] = objects;
    if (objects.length > 1) await refusalOf(project.apply({ env: 'production', allowDataLoss: [first ?? ''] }));
    const ran = await project.apply({ env: 'production', allowDataLoss: objects });
    expect(ran.exitCode).toBe(0);
    expect(lossesOf(ran)).toEqual(losses);
  });

  test.each(HARMLESS)('%s takes nothing, and nobody is asked', async (sql) => {
    const database = await freshDatabase();
    const project = await withFirst(database, { [up('002_x')]: sql });
    const ran = await project.apply({ env: 'production' });
    expect(ran.screen).toContain('Applied 1 migration');
    expect(lossesOf(ran)).toEqual([]);
  });

  test('says how many rows a rollback would cost, and where to read it', async () => {
    const database = await freshDatabase();
    const project = await withFirst(database, pair('002_n', 'CREATE TABLE n (id int);', 'BEGIN;\nDROP TABLE IF EXISTS n;\nCOMMIT;'));
    await project.apply({ env: 'production' });
    await database.query('INSERT INTO n SELECT generate_series(1, 1204)');
    expect(await refusalOf(project.rollback({ env: 'production' }))).toMatchInlineSnapshot(`
      "This would lose 1,204 rows of n; nothing was changed
        db/migrations/rollbacks/002_n.sql:2:1
        2 │ DROP TABLE IF EXISTS n;
          │ ^
        Next: npm run migrate:rollback -- --allow-data-loss n   to confirm the loss"
    `);
    const types: string[] = [];
    await project.rollback({ env: 'production', ask: async () => database.database, emit: ({ type }) => void types.push(type) });
    expect(types).toContain('data-loss');
    expect(await historyOf(database)).toEqual(['001_t']);
  });

  test('prints a command that means the same plan', async () => {
    const database = await freshDatabase();
    const project = await withFirst(database, {
      ...pair('002_n', 'DROP TABLE s.x;', 'SELECT 1;'),
      ...pair('003_n', 'SELECT 1;', 'SELECT 1;'),
    });
    const said = await refusalOf(project.apply({ env: 'production', to: '002' }));
    expect(said).toContain('Next: npm run migrate:prod -- --to 002 --allow-data-loss s.x   to confirm the loss');
    expect(await refusalOf(project.rollback({ env: 'production', to: '0' }))).toContain(
      'Next: npm run migrate:rollback -- --to 0 --allow-data-loss',
    );
    await project.write({
      '.env.production': Object.entries(variablesOf(database))
        .map((line) => `${line.join('=')}\n`)
        .join(''),
    });
    expect(await refusalOf(project.rollback({ env: 'production', variables: {} }))).toContain(
      'Next: npm run migrate:rollback -- --env production --allow-data-loss',
    );
    expect((await project.status({ env: 'production', variables: {} })).rollbackCommand).toBe(
      'npm run migrate:rollback -- --env production',
    );
  });

  test('says what it cannot read, and which consent nothing needs', async () => {
    const database = await freshDatabase();
    const project = await withFirst(database, { [up('002_x')]: "DO $$ BEGIN EXECUTE 'DROP TABLE child'; END $$;" });
    const { events } = await project.apply({ env: 'production', allowDataLoss: ['chlid'] });
    expect(events.flatMap((event) => (event.type === 'note' ? [event.text] : []))).toEqual(
      expect.arrayContaining([
        '--allow-data-loss chlid: nothing that the text says would be lost has that name',
        'code, DO blocks and functions cannot be read ahead: what they delete or drop is measured before each COMMIT, and refused where nobody said so',
      ]),
    );
  });

  test('in staging shows it and goes on', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, FIRST);
    await project.apply({ env: 'staging' });
    const ran = await project.rollback({ env: 'staging' });
    expect(ran.exitCode).toBe(0);
    expect(steady(ran.screen)).toMatchInlineSnapshot(`
      "staging: DATABASE on HOST:PORT, PostgreSQL VERSION
      Plan: roll back 1 migration
        001_t   (4 statements)
      Data that would be lost:
        2 rows of child   (DROP TABLE, db/migrations/rollbacks/001_t.sql:1:1)
        5 rows of t   (DROP TABLE, db/migrations/rollbacks/001_t.sql:1:19)
        1 row of s.x   (DROP SCHEMA, db/migrations/rollbacks/001_t.sql:1:33)
      1/1 001_t
        NOTICE: drop cascades to table s.x
      1/1 001_t rolled back in DURATION, dropped t, dropped child, dropped s.x
      Rolled back 1 migration in DURATION (staging)
      journal: COUNT events, head HEAD
      "
    `);
  });
});
