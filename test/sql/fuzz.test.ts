import { loadModule, parseSync } from 'libpg-query';
import { beforeAll, expect, test } from 'vitest';
import { isLockstepError } from '../../src/model/lockstep-error.ts';
import { parseScript } from '../../src/sql/script/parse-script.ts';
import { pick, type Random, seeded } from '../support/seeded.ts';
import { sqlFile } from './sql-file.ts';

// npm run fuzz: 20,000
const INPUTS = Number(process.env['INPUTS'] ?? 1_500);

const VALID = [
  "SELECT 'a'; SELECT E'a\\'b'; SELECT $a$ x; $a$",
  "INSERT INTO t VALUES (1, 'x'); INSERT INTO s.t (a, \"B\") VALUES (-1, E'x', NULL), (+2.5e3, 'y', DEFAULT) ON CONFLICT DO NOTHING",
  'CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN a THEN 1 END FROM t; SELECT 2; END',
  'CREATE RULE r AS ON INSERT TO t DO (DELETE FROM t; SELECT 1)',
  "/* a /* b */ c */ SELECT 'a'\n 'b;c' -- d;",
  'BEGIN; CREATE TABLE t (a int); COMMIT',
  "ALTER TYPE m ADD VALUE 'x'; SELECT '{x}'; CREATE INDEX CONCURRENTLY i ON t (a)",
];
const BITS =
  "' '' E' \\' \\ U&' \" $$ $a$ $é$ $1 a$b /* */ -- ; ( ) , BEGIN ATOMIC END CASE AS CREATE SELECT COMMIT 1 1.5 - + 1e5 NULL é 漢 😀 x N' :: . { } \\set COPY".split(
    ' ',
  );
const BLANKS = ['\n', '\r\n', '\r', '\t', ' ', '\u00a0', '\f', '\n-- part: transaction\n'];

beforeAll(loadModule);

test('every mutilated input is a script or is refused at a place, and libpg-query agrees', async () => {
  const random = seeded(20_260_101);
  for (let round = 0; round < INPUTS; round += 1) {
    const text = mutilate(random);
    const outcome = await outcomeOf(text);
    expect.soft(outcome, text).toBe(verdict(text, outcome));
  }
});

async function outcomeOf(text: string): Promise<string> {
  try {
    await parseScript(sqlFile(text));
    return 'valid';
  } catch (error) {
    if (!isLockstepError(error)) return String(error);
    const isSyntax = error.code === 'syntax-error' || error.code.startsWith('unterminated');
    if (error.where?.line === undefined && error.code !== 'empty-script') return `no place: ${error.message}`;
    return isSyntax ? 'invalid' : 'refused';
  }
}

// PostgreSQL takes a comment between the pieces of one string, libpg-query's changed lexer does not; that the server does is seen in split-effect.
const COMMENT_IN_STRING = /'(?:\s*--[^\n\r]*[\n\r])+\s*'/g;

function verdict(text: string, outcome: string): string {
  if (outcome === 'refused') return outcome;
  return isTaken(text) || (outcome === 'valid' && isTaken(text.replace(COMMENT_IN_STRING, "'\n'"))) ? 'valid' : 'invalid';
}

function isTaken(text: string): boolean {
  try {
    parseSync(text);
    return true;
  } catch {
    return false;
  }
}

function mutilate(random: Random): string {
  let text = pick(random, VALID);
  for (let times = random(4); times >= 0; times -= 1) {
    const at = random(text.length + 1);
    text = text.slice(0, at) + pick(random, random(4) === 0 ? BLANKS : BITS) + text.slice(at + random(3));
  }
  return random(3) === 0 ? `${text};${mutilate(random)}` : text;
}
