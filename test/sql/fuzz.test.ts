import { loadModule, parseSync } from 'libpg-query';
import { beforeAll, expect, test } from 'vitest';
import { isLockstepError } from '../../src/model/lockstep-error.ts';
import { parseScript } from '../../src/sql/parse-script.ts';
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
    expect.soft(outcome, text).toBe(outcome === 'refused' ? 'refused' : verdict(text));
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

function verdict(text: string): string {
  try {
    parseSync(text);
    return 'valid';
  } catch {
    return 'invalid';
  }
}

type Random = (below: number) => number;

function mutilate(random: Random): string {
  let text = pick(random, VALID);
  for (let times = random(4); times >= 0; times -= 1) {
    const at = random(text.length + 1);
    text = text.slice(0, at) + pick(random, random(4) === 0 ? BLANKS : BITS) + text.slice(at + random(3));
  }
  return random(3) === 0 ? `${text};${mutilate(random)}` : text;
}

const pick = (random: Random, from: readonly string[]): string => from[random(from.length)] ?? '';

/** A linear congruential generator: the same inputs in every run. */
function seeded(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return (state >>> 8) % below;
  };
}
