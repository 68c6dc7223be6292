import { type Audit, type AuditEntry, type AuditFinding, shortHead } from '../model/audit.ts';
import type { JournalEventKind } from '../model/history.ts';
import { jsonLine } from '../model/printable.ts';
import { time } from '../model/table-lock.ts';
import { JSON_VERSION } from './json.ts';
import { count, paragraphs, place } from './phrases.ts';

const VERBS: { readonly [kind in JournalEventKind]?: string } = {
  'step-done': 'applied',
  'step-rolled-back': 'rolled back',
  'step-failed': 'failed',
  'backfill-done': 'backfilled',
  baselined: 'baselined',
  repaired: 'repaired',
  settled: 'found an interrupted run',
};

/** Who did what, when and from which commit; then what was verified, or what was found. */
export function auditText(audit: Audit): string {
  const heading = `${audit.environment}: ${place(audit.server)}`;
  return paragraphs([[heading], tableLines(audit.entries), audit.findings.map(findingLine), verdict(audit)]);
}

/** When, who, what, environment, commit: of what changed something. */
export const auditRows = (entries: readonly AuditEntry[]): readonly (readonly string[])[] =>
  entries.flatMap((entry) => {
    const verb = VERBS[entry.event];
    return verb ? [[time(entry.at), entry.by ?? '', describe(verb, entry), entry.environment ?? '', entry.commit ?? '']] : [];
  });

function tableLines(entries: readonly AuditEntry[]): readonly string[] {
  const rows = auditRows(entries);
  if (rows.length === 0) return ['Nothing has happened here yet'];
  const table = [['when', 'who', 'what', 'environment', 'commit'], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('   ')}`.trimEnd());
}

function describe(verb: string, { name = '', details, direction, event }: AuditEntry): string {
  const { what, before, after, from } = details;
  if (event === 'repaired')
    return `repaired ${name}: ${[what, before !== undefined && before !== null && `${before} -> ${after}`].filter(Boolean).join(' ')}`;
  const remark = event === 'step-failed' && direction === 'down' ? ' (rollback)' : event === 'baselined' && from ? ` (was ${from})` : '';
  return `${verb} ${name}${remark}`.trim();
}

const findingLine = ({ what, next }: AuditFinding): string => `${what}\n  Next: ${next}`;

function verdict({ findings, notes, head, applied, remembered, entries }: Audit): readonly string[] {
  const places = [...new Set(remembered.map((one) => one.place.replace(/ \(.*/, '')))].join(', ');
  const checked = [
    `${count(entries.length, 'event')} in one chain`,
    `${count(applied.length, 'row')} of history with their events and files`,
    `${count(remembered.length, 'remembered head')}${places && ` (${places})`}`,
  ];
  return [
    ...notes.map((note) => `Note: ${note}`),
    ...(head ? [`journal: ${shortHead(head)}`, `  whole: ${head.count}:${head.head}`] : []),
    findings.length > 0 ? `Not verified: ${count(findings.length, 'finding')}` : `Verified: ${checked.join('; ')}`,
  ];
}

export const auditJson = (audit: Audit): string =>
  jsonLine({ v: JSON_VERSION, type: 'audit', verified: audit.findings.length === 0, ...audit });
