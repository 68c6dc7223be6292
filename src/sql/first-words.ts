import { PLAIN, type Trait, UNKNOWN } from './script/traits.ts';

const ALONE = new RegExp(
  '^(?:CREATE (?:UNIQUE )?INDEX CONCURRENTLY|DROP INDEX CONCURRENTLY|VACUUM|ALTER SYSTEM|(?:CREATE|DROP) (?:DATABASE|TABLESPACE)' +
    '|REINDEX (?:SCHEMA|DATABASE|SYSTEM)|REINDEX (?:INDEX|TABLE) CONCURRENTLY)(?: |$)',
);

/** What a statement is by its first words alone: for those that the parser has no room for. */
export const classifyByWords = (words: readonly string[]): Trait =>
  ALONE.test(words.join(' ')) ? { kind: 'alone', effect: UNKNOWN } : PLAIN;

/** The parser always judges these, whatever their size. */
export const controlsTransaction = (words: readonly string[]): boolean =>
  /^(?:BEGIN|START|COMMIT|END|ROLLBACK|ABORT|PREPARE)$/.test(words[0] ?? '');
