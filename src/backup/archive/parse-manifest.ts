import path from 'node:path';
import { attempt } from '../../model/attempt.ts';
import type { BackupManifest } from '../../model/backup.ts';

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isCount: Check = (value) => typeof value === 'number' && value >= 0;
const isTime: Check = (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value));
/** Beside the manifest, and nowhere else. */
const isFileName: Check = (value) => typeof value === 'string' && value !== '' && path.basename(value) === value;
const oneOf =
  (...values: readonly unknown[]): Check =>
  (value) =>
    values.includes(value);
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const shape =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(fields).every(([name, check]) => check((value as Record<string, unknown>)[name]));

/** What is relied on; the rest is for people. */
const isManifest = shape({
  format: oneOf(1),
  method: oneOf('pg_dump', 'copy'),
  scope: oneOf('database', 'all tables', 'some tables'),
  environment: isText,
  at: isTime,
  server: shape({ host: isText, port: isCount, version: isText }),
  database: shape({ name: isText, oid: isCount, systemIdentifier: optional(isText), encoding: isText, collate: isText, ctype: isText }),
  pgDumpVersion: optional(isText),
  tables: listOf(shape({ schema: isText, name: isText, rows: isCount })),
  file: shape({ name: isFileName, bytes: isCount, sha256: isText, storedBy: oneOf('folder', 'command') }),
  proof: shape({ kind: oneOf('read', 'restore') }),
});

/** The text of a manifest; undefined where it is none, or was damaged. */
export function parseManifest(text: string): BackupManifest | undefined {
  const found: unknown = attempt(() => JSON.parse(text));
  return isManifest(found) ? (found as BackupManifest) : undefined;
}
