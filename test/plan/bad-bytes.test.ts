import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { isLockstepError } from '../../src/model/lockstep-error.ts';
import { loadStep } from '../../src/plan/load-step.ts';
import { type Random, seeded } from '../support/seeded.ts';

// npm run fuzz: 20,000
const INPUTS = Number(process.env['INPUTS'] ?? 400);
// A hang, on any machine.
const LIMIT_MS = 30_000;

const FILE = 'db/migrations/001_x.sql';
const SEEDS = [
  readFileSync(path.resolve(import.meta.dirname, '../../db/migrations/001_init.sql')),
  Buffer.from("BEGIN;\nINSERT INTO t VALUES (1, 'é😀', E'\\\\x'), (2, NULL, '');\nCOMMIT;\n"),
  Buffer.from('CREATE INDEX CONCURRENTLY i ON t (a);\n-- part: transaction\nSELECT $tag$ it is $tag$ /* a /* b */ */;\n'),
  Buffer.from("DO $$ BEGIN RAISE NOTICE 'x'; END $$;\r\nALTER TYPE m ADD VALUE 'y';\r\nSELECT 'y'::m;"),
];
const ODD = [
  [0],
  [0xff],
  [0xfe, 0xff],
  [0xef, 0xbb, 0xbf],
  [0xc3],
  [0xed, 0xa0, 0x80],
  [0x27],
  [0x22],
  [0x24, 0x24],
  [0x2f, 0x2a],
  [0x2d, 0x2d],
  [0x5c],
  [0x3b],
  [0x0d],
  [0xe2, 0x80, 0xae],
  [0xf0, 0x9f, 0x98, 0x80],
];

const MUTATIONS: readonly ((bytes: Buffer, random: Random) => Buffer)[] = [
  (bytes, random) => bytes.subarray(0, random(bytes.length + 1)),
  (bytes, random) => {
    const copy = Buffer.from(bytes);
    if (copy.length > 0) copy[random(copy.length)] = random(256);
    return copy;
  },
  (bytes, random) => {
    const at = random(bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, at), Buffer.from(ODD[random(ODD.length)] ?? []), bytes.subarray(at)]);
  },
  (bytes, random) => {
    const [from, to] = [random(bytes.length + 1), random(bytes.length + 1)].sort((a, b) => a - b);
    return Buffer.concat([bytes, bytes.subarray(from, to)]);
  },
  (bytes, random) => Buffer.concat([Buffer.from('('.repeat(random(3_000))), bytes]),
  (bytes) => Buffer.from(bytes.toString('latin1').replace(/\n/g, ' '), 'latin1'),
];

test(`${INPUTS} damaged files each give a plan, or a refusal that names the file`, { timeout: 120_000 + INPUTS * 20 }, async () => {
  const root = mkdtempSync(path.join(os.tmpdir(), 'lockstep-fuzz-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(path.join(root, 'db/migrations'), { recursive: true });
  const random = seeded(20_261_122);
  for (let input = 0; input < INPUTS; input += 1) {
    let bytes: Buffer = SEEDS[random(SEEDS.length)] ?? Buffer.alloc(0);
    for (let times = random(4); times >= 0; times -= 1) bytes = MUTATIONS[random(MUTATIONS.length)]?.(bytes, random) ?? bytes;
    writeFileSync(path.join(root, FILE), bytes);
    const startedAt = performance.now();
    const outcome = await loadStep({ root, emptyScripts: 'refuse' }, { version: '001', name: '001_x', up: FILE }, 'up').then(
      () => 'a plan',
      (error: unknown) => (isLockstepError(error) && error.where?.file === FILE ? 'a refusal' : error),
    );
    expect(['a plan', 'a refusal'], `input ${input}: ${bytes.toString('base64')}`).toContain(outcome);
    expect(performance.now() - startedAt).toBeLessThan(LIMIT_MS);
  }
});
