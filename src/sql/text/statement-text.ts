import { createHash } from 'node:crypto';
import type { Span, Statement } from '../../model/script.ts';
import { foldName } from './constant-insert.ts';
import type { TokenHash } from './token-hash.ts';
import { tokenEnd } from './tokens.ts';
import { CR, LF, skipBlank } from './whitespace.ts';

const FLUSH_CHARACTERS = 65_536;

export const withLf = (text: string): string => text.replaceAll('\r\n', '\n');

/** The offset in a text, of an offset in the same text with LF line ends. */
export function offsetWithCrlf(text: string, offsetWithLf: number): number {
  let at = 0;
  for (let left = offsetWithLf; left > 0 && at < text.length; at += 1)
    if (text.charCodeAt(at) !== CR || text.charCodeAt(at + 1) !== LF) left -= 1;
  return text.charCodeAt(at) === CR && text.charCodeAt(at + 1) === LF ? at + 1 : at;
}

/** SHA-256 of the statements' texts with LF line ends; comments and white space between statements do not count. */
export function checksumOf(text: string, all: readonly Statement[]): string {
  const statements = all.filter((statement) => !isSessionOnly(statement));
  const hash = createHash('sha256');
  let pending = '';
  for (const { start, end } of statements) {
    pending += `${withLf(text.slice(start, end))};\n`;
    if (pending.length < FLUSH_CHARACTERS) continue;
    hash.update(pending);
    pending = '';
  }
  return hash.update(pending).digest('hex');
}

/** Feeds a statement by its tokens: letter case, comments and white space between them do not count. */
export function hashTokens(text: string, { start, end }: Span, hash: TokenHash): void {
  for (let at = start; at < end; at = skipBlank(text, at)) {
    const next = tokenEnd(text, at);
    if (next - at > 64) hash.add(text, at, next);
    else hash.add(foldToken(text.slice(at, next)));
    hash.add(' ');
    at = next;
  }
}

const foldToken = (token: string): string => (/['"$]/.test(token) ? token : foldName(token));

const MODIFIERS = 'OR REPLACE|GLOBAL|LOCAL|TEMPORARY|TEMP|UNLOGGED|UNIQUE|RECURSIVE|TRUSTED|PROCEDURAL|CONSTRAINT(?= TRIGGER)';
const OBJECTS =
  'ACCESS METHOD|AGGREGATE|CAST|COLLATION|CONVERSION|DATABASE|DEFAULT CONVERSION|DEFAULT PRIVILEGES|DOMAIN|EVENT TRIGGER|EXTENSION|FOREIGN DATA WRAPPER|' +
  'FOREIGN SCHEMA|FOREIGN TABLE|FUNCTION|GROUP|INDEX|LANGUAGE|LARGE OBJECT|MATERIALIZED VIEW|OPERATOR CLASS|OPERATOR FAMILY|OPERATOR|OWNED|POLICY|' +
  'PROCEDURE|PUBLICATION|ROLE|ROUTINE|RULE|SCHEMA|SEQUENCE|SERVER|STATISTICS|SUBSCRIPTION|SYSTEM|TABLESPACE|TABLE|' +
  'TEXT SEARCH (?:CONFIGURATION|DICTIONARY|PARSER|TEMPLATE)|TRANSFORM|TRIGGER|TYPE|USER MAPPING|USER|VIEW';
const VERBS = 'CREATE|ALTER|DROP|REINDEX|REFRESH|TRUNCATE|LOCK|IMPORT|REASSIGN';
const PHRASES =
  'INSERT INTO|DELETE FROM|MERGE INTO|COMMENT ON|SECURITY LABEL|START TRANSACTION|PREPARE TRANSACTION|COMMIT PREPARED|COMMIT AND CHAIN|' +
  'ROLLBACK PREPARED|ROLLBACK TO|SET CONSTRAINTS|SET ROLE|DISCARD \\w+';

const SUMMARY = new RegExp(`^(?:(?:${VERBS})(?: (?:${MODIFIERS}))*(?: (?:${OBJECTS}))?(?: CONCURRENTLY)?|${PHRASES})(?= |$)`);

/** `CREATE UNIQUE INDEX CONCURRENTLY`, out of a statement's first words. */
export const summarize = (words: readonly string[]): string => SUMMARY.exec(words.join(' '))?.[0] ?? words[0] ?? 'SQL';

/** SET and RESET: nothing of it is left when the session ends. */
export const isSessionOnly = ({ summary }: Pick<Statement, 'summary'>): boolean => summary === 'SET' || summary === 'RESET';
