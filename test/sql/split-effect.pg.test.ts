import type pg from 'pg';
import { expect, test } from 'vitest';
import { isLockstepError } from '../../src/model/lockstep-error.ts';
import { parseScript } from '../../src/sql/script/parse-script.ts';
import { onServer } from '../support/database.ts';
import { pick, type Random, seeded } from '../support/seeded.ts';
import { sqlFile } from './sql-file.ts';

// npm run fuzz: 20,000
const INPUTS = Number(process.env['INPUTS'] ?? 400);

// Each leaves something that tells where it ended: a text, a body, a comment, or an error.
const STATEMENTS = [
  'INSERT INTO log (t) VALUES (LITERAL)',
  'INSERT INTO log (t) VALUES (LITERAL), (LITERAL)',
  'INSERT INTO log (t) SELECT "a;b" FROM (SELECT LITERAL AS "a;b") x',
  'COMMENT ON TABLE log IS LITERAL',
  "CREATE OR REPLACE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $f$ BEGIN INSERT INTO log (t) VALUES ('in;side'); END; $f$",
  'CREATE OR REPLACE FUNCTION g() RETURNS void LANGUAGE sql BEGIN ATOMIC INSERT INTO log (t) VALUES (CASE WHEN true THEN LITERAL END); SELECT 1; END',
  'CREATE OR REPLACE RULE r AS ON UPDATE TO log DO ALSO (INSERT INTO log (t) VALUES (LITERAL); DELETE FROM log WHERE id < 0)',
  'DO $$ BEGIN INSERT INTO log (t) VALUES (LITERAL); END $$',
  'SELECT f(), g()',
  "UPDATE log SET t = t || ';' WHERE id = 1",
  'SELECT 5 - - 3 /* a /* ; */ b; */',
  'SELECT LITERAL -- it ends; here\n || LITERAL',
  'SELECT 1/0',
  'SELECT $nothing',
];
const LITERALS = [
  "'TEXT'",
  "E'TEXT\\';'",
  '$q$TEXT;$q$',
  '$$TEXT$$',
  "U&'TEXT\\0041'",
  "N'TEXT'",
  "'TEXT'\n'; more'",
  "'TEXT' -- it's; one\n '; more'",
  "'TEXT' || ';'",
  "B'101'::text",
];
const BITS = ["''", ';', '"', '--', '/*', '*/', '$', '\\\\', 'BEGIN', 'END', 'é', '漢', '😀', '\u00a0', ' ', '\n', '\r\n', '(', ')', 'x'];
const SEPARATORS = [';', ';;', '; ', ';\n', ';\r\n', ' ;-- c;\n', ';/* ; */', ';\f', ' /* /* ; */ */ ; '];
const DAMAGE = ["'", '"', '$$', '--', '/*', '*/', ';', '(', ')', 'E', '\\', '\n', 'BEGIN ATOMIC ', 'END', '$q$', 'CASE '];

onServer('newest', 'a script', ({ sharedDatabase }) => {
  const shared = sharedDatabase();

  test(`that is split does what it does as a whole, ${INPUTS} times`, { timeout: 120_000 + INPUTS * 60 }, async () => {
    const client = await shared().connect();
    await client.query('CREATE TABLE log (id serial PRIMARY KEY, t text)');
    const random = seeded(20_261_127);
    const outcomes = new Map<string, number>();
    for (let input = 0; input < INPUTS; input += 1) {
      const text = makeScript(random);
      const pieces = await split(text);
      if (pieces === undefined) continue;
      const whole = await effectOf(client, [text]);
      expect.soft(await effectOf(client, pieces), `input ${input}: ${JSON.stringify(text)}`).toEqual(whole);
      const kind = whole.startsWith('{') ? 'done' : 'failed';
      outcomes.set(kind, (outcomes.get(kind) ?? 0) + 1);
    }
    // Scripts that are all refused, or all fail, would prove nothing.
    expect(outcomes.get('done') ?? 0).toBeGreaterThan(INPUTS / 5);
    expect(outcomes.get('failed') ?? 0).toBeGreaterThan(INPUTS / 20);
  });
});

/** The statements as they would be sent; undefined when the script is refused. */
async function split(text: string): Promise<readonly string[] | undefined> {
  try {
    const { parts } = await parseScript(sqlFile(text));
    return parts.flatMap(({ statements }) => statements.map(({ start, end }) => text.slice(start, end)));
  } catch (error) {
    if (isLockstepError(error)) return undefined;
    throw error;
  }
}

/** What the queries leave, or the error with which they end; all of it is undone. */
async function effectOf(client: pg.Client, queries: readonly string[]): Promise<string> {
  await client.query('BEGIN; ALTER SEQUENCE log_id_seq RESTART');
  try {
    for (const query of queries) await client.query(query);
    const { rows } = await client.query<{ picture: string }>(
      `SELECT json_build_object('rows', (SELECT json_agg(l ORDER BY id) FROM log l), 'comment', obj_description('log'::regclass),
         'functions', (SELECT json_agg(pg_get_functiondef(oid) ORDER BY proname) FROM pg_proc WHERE pronamespace = 'public'::regnamespace),
         'rules', (SELECT json_agg(pg_get_ruledef(oid)) FROM pg_rewrite WHERE ev_class = 'log'::regclass))::text AS picture`,
    );
    return rows[0]?.picture ?? '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await client.query('ROLLBACK');
  }
}

function makeScript(random: Random): string {
  let text = '';
  for (let count = 1 + random(6); count > 0; count -= 1) {
    const statement = pick(random, STATEMENTS).replaceAll('LITERAL', () => makeLiteral(random));
    text += statement + (count === 1 && random(2) === 0 ? '' : pick(random, SEPARATORS));
  }
  if (random(3) > 0) return text;
  const at = random(text.length + 1);
  return text.slice(0, at) + pick(random, DAMAGE) + text.slice(at + random(2));
}

function makeLiteral(random: Random): string {
  const bits = Array.from({ length: random(4) }, () => pick(random, BITS)).join('');
  return pick(random, LITERALS).replace('TEXT', () => bits);
}
