import { split } from '../sql/text/split.ts';
import { TokenHash } from '../sql/text/token-hash.ts';
import type { Unseen } from './forward-data.ts';
import type { Walk, Walked } from './walk-back.ts';

/** All that is known about the way back of a migration. */
export interface Draft extends Walk {
  readonly unseen: readonly Unseen[];
  /** How the schema differs after the draft has run: `- constraint …`. */
  readonly differences: readonly string[];
  /** How the rows differ that were made for the trial. */
  readonly rows: readonly string[];
}

export interface Header {
  readonly name: string;
  readonly version: string;
  /** What it was written from. */
  readonly from: string;
}

/** The file, with what nobody could write for its author as comments. */
export function draftText(draft: Draft, { name, version, from }: Header): string {
  const lossy = [...new Set(lossesOf(draft))];
  const lines = [
    `-- Rollback for: ${name}`,
    `-- A draft, written from ${from}.`,
    `-- Read it, then prove it: npm run migrate:rehearse -- ${version}`,
    ...(lossy.length > 0 ? [`-- lossy: ${lossy.join('; ')}`] : []),
    '',
    'BEGIN;',
    '',
    ...block(isEmpty(draft) ? ['-- empty: it changed nothing that a schema shows'] : []),
    ...block(draft.unseen.map(({ tag, what, why }) => `-- ${tag}: ${what}: ${why}`)),
    ...block(statements(draft.walked)),
    ...draft.left.flatMap(({ about, sql, why }) => block([`-- MANUAL: ${about}: ${flat(why)}`, ...sql.flatMap(commented)])),
    ...block(draft.differences.length > 0 ? [UNEQUAL, ...draft.differences.map((line) => `--   ${flat(line)}`)] : []),
    'COMMIT;',
  ];
  return `${lines.join('\n')}\n`;
}

const isEmpty = ({ walked, unseen, left, differences }: Draft): boolean =>
  walked.length + unseen.length + left.length + differences.length === 0;

const UNEQUAL = '-- MANUAL: after it the schema is not what it was: - has to come back, + is too much';

const block = (lines: readonly string[]): readonly string[] => (lines.length > 0 ? [...lines, ''] : []);
const flat = (text: string): string => text.replaceAll(/\s+/g, ' ');
const commented = (sql: string): readonly string[] => sql.split('\n').map((line) => `--   ${line}`);

const statements = (walked: readonly Walked[]): readonly string[] =>
  walked.flatMap(({ sql, tag, why }) => piecesOf(sql).map((text, i) => `${text} -- ${i === 0 && why ? `${tag}: ${flat(why)}` : tag}`));

/** A table is made by several. */
const piecesOf = (sql: string): readonly string[] =>
  [...split(sql, new TokenHash())].map(({ start, end }) => `${sql.slice(start, end).replace(/;\s*$/, '')};`);

/** What `-- lossy` has to declare, so that a rehearsal expects it. */
function lossesOf({ walked, unseen, rows, left, differences }: Draft): readonly string[] {
  const isOpen = left.length + differences.length + unseen.filter(({ tag }) => tag === 'MANUAL').length > 0;
  return [
    ...walked.flatMap(({ tag, why }) => (tag !== 'exact' && why ? [flat(why)] : [])),
    ...unseen.flatMap(({ tag, what, why }) => (tag === 'LOSSY' ? [`${what}: ${why}`] : [])),
    ...rows.map(flat),
    ...(isOpen ? ['what is MANUAL below is not written yet'] : []),
  ];
}

/** Whether it was proved that everything comes back. */
export const isExact = (draft: Draft): boolean => lossesOf(draft).length === 0;

/** Whether its schema came back, whatever became of rows. */
export const isExactSchema = ({ differences }: Draft): boolean => differences.length === 0;
