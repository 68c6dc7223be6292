import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Event } from '../../src/model/event.ts';
import { JSON_VERSION } from '../../src/report/json.ts';
import { expectDocumented, reportSchema } from '../support/report-schema.ts';

// The compiler asks for a line here when src/model/event.ts gets an event, and the test for its definition in docs/report.schema.json.
const EVENTS: { readonly [type in Event['type']]: true } = {
  'server-started': true,
  connected: true,
  created: true,
  waiting: true,
  waited: true,
  settled: true,
  note: true,
  planned: true,
  'run-started': true,
  'step-started': true,
  progress: true,
  blocked: true,
  backfill: true,
  'backfill-ended': true,
  phase: true,
  rehearsing: true,
  copying: true,
  'data-loss': true,
  'backup-progress': true,
  'backed-up': true,
  restored: true,
  notice: true,
  'step-done': true,
  'step-failed': true,
  recorded: true,
  refused: true,
  'run-ended': true,
};

const TYPES = [...Object.keys(EVENTS), 'status', 'audit', 'rehearsal', 'lint', 'deep-status'];

test('the schema lists every event, the status and the audit, and nothing else', () => {
  expect(reportSchema.oneOf.map(({ $ref }) => $ref.replace('#/$defs/', '')).sort()).toEqual([...TYPES].sort());
  for (const type of TYPES) expect(reportSchema.$defs[type]).toMatchObject({ properties: { type: { const: type } } });
});

test('no definition takes a field that it does not name', () => {
  const closed = (schema: unknown): readonly string[] => {
    if (typeof schema !== 'object' || schema === null) return [];
    const open = 'properties' in schema && !('additionalProperties' in schema) ? [JSON.stringify(schema).slice(0, 100)] : [];
    return [...open, ...Object.values(schema).flatMap(closed)];
  };
  expect(closed(reportSchema)).toEqual([]);
});

test('the schema has the version that lines have', () => {
  expect(reportSchema.$defs['v']).toMatchObject({ const: JSON_VERSION });
});

test('the page on monitoring names every type of line', () => {
  const page = readFileSync(path.resolve(import.meta.dirname, '../../docs/monitoring.md'), 'utf8');
  expect(TYPES.filter((type) => !page.includes(`\`${type}\``))).toEqual([]);
});

test('an undocumented field, and an undocumented type, are noticed', () => {
  const line = { v: JSON_VERSION, at: new Date().toISOString(), target: 'test', type: 'waited', durationMs: 1 };
  expect(expectDocumented(JSON.stringify(line))).toEqual(['waited']);
  expect(() => expectDocumented(JSON.stringify({ ...line, more: 1 }))).toThrow();
  expect(() => expectDocumented(JSON.stringify({ ...line, type: 'new' }))).toThrow();
});
