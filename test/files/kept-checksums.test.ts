import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { openChecksums } from '../../src/files/kept-checksums.ts';

const SQL = 'CREATE TABLE t (id int);\n';
const MIGRATION = { version: '001', name: '001_t', up: 'up.sql' };
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const OTHER = sha256('CREATE TABLE u (id int);\n');

let root = '';
const at = (file: string): string => path.join(root, file);
const kept = (): string => at('.lockstep/checksums.json');

function isStill(checksum: string, trust?: 'trust' | 'keep'): boolean {
  const checksums = openChecksums(root, trust);
  const still = checksums.isStill(MIGRATION, checksum);
  checksums.keep();
  return still;
}

/** Makes the memory say that the file has the other text: what takes it for that has not read it. */
function lie(): void {
  isStill(sha256(SQL), 'keep');
  fs.writeFileSync(kept(), fs.readFileSync(kept(), 'utf8').replace(sha256(SQL), OTHER));
}

const wait = (seconds: number): unknown => vi.setSystemTime(Date.now() + seconds * 1000);

beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'lockstep-checksums-'));
  onTestFinished(() => {
    vi.useRealTimers();
    fs.rmSync(root, { recursive: true, force: true });
  });
  fs.writeFileSync(at('up.sql'), SQL);
  vi.useFakeTimers({ toFake: ['Date'] });
  wait(3);
});

test('a file that looks as it did is not read again', () => {
  lie();
  expect(isStill(OTHER, 'trust')).toBe(true);
  expect(isStill(OTHER, 'keep')).toBe(true);
});

test('it is read where nothing is to be trusted, and where another checksum is asked for', () => {
  lie();
  expect(isStill(OTHER)).toBe(false);
  expect(isStill(sha256(SQL), 'trust')).toBe(true);
});

const CHANGES: Readonly<Record<string, () => void>> = {
  'another text': () => fs.writeFileSync(at('up.sql'), `${SQL} `),
  'another text of the same length, with the time set back': () => {
    const { atime, mtime } = fs.statSync(at('up.sql'));
    fs.writeFileSync(at('up.sql'), SQL.replace('t (', 'v ('));
    fs.utimesSync(at('up.sql'), atime, mtime);
  },
  'another file of its name': () => {
    fs.copyFileSync(at('up.sql'), at('new.sql'));
    fs.renameSync(at('new.sql'), at('up.sql'));
  },
  'a memory that others may write': () => fs.chmodSync(kept(), 0o666),
  'a memory that is a link': () => {
    fs.renameSync(kept(), at('elsewhere'));
    fs.symlinkSync(at('elsewhere'), kept());
  },
  'a damaged memory': () => fs.truncateSync(kept(), 30),
  'a memory of something else': () => fs.writeFileSync(kept(), '{"001_t":[1],"__proto__":["x","y"]}'),
  'a huge memory': () => fs.truncateSync(kept(), 40_000_000),
  'a folder in its place': () => {
    fs.rmSync(kept());
    fs.mkdirSync(kept());
  },
};

test.each(Object.entries(CHANGES))('%s: it is read again', (_, change) => {
  lie();
  change();
  wait(3);
  expect(isStill(OTHER, 'trust')).toBe(false);
  expect(() => isStill(sha256(SQL), 'keep')).not.toThrow();
});

test('a file that was written in the last two seconds is read again: another edit need not change its time', () => {
  wait(-2);
  isStill(sha256(SQL), 'keep');
  expect(fs.existsSync(kept())).toBe(false);
});

test('CRLF and a byte order mark are left to the text', () => {
  for (const text of ['SELECT 1;\r\n', '\ufeffSELECT 1;\n']) {
    fs.writeFileSync(at('up.sql'), text);
    wait(3);
    expect(isStill(sha256(text), 'keep')).toBe(false);
  }
});

test('only keeping writes, and a folder that cannot be written is no error', () => {
  isStill(sha256(SQL), 'trust');
  expect(fs.existsSync(kept())).toBe(false);
  fs.writeFileSync(at('.lockstep'), '');
  expect(isStill(sha256(SQL), 'keep')).toBe(true);
});
