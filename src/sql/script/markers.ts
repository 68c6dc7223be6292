/** Comments by which other tools say what a stretch of a file is for, and how the file is run. */
import type { Direction } from '../../model/migration.ts';
import type { Span } from '../../model/script.ts';
import { startsItsLine } from '../text/split.ts';
import { tokenEnd } from '../text/tokens.ts';
import { Unterminated } from '../text/unterminated.ts';
import { commentEnd, isBlockComment, isLineComment, isSpace, lineEnd, SEMICOLON } from '../text/whitespace.ts';

/**
 * `undo` holds a rollback in the comment itself; `alone` means no transaction for the whole file, `changeset-alone` for a stretch of it;
 * `foreign` asks for what is not done here.
 */
type Meaning = Direction | 'undo' | 'alone' | 'changeset-alone' | 'foreign';

export interface Mark extends Span {
  readonly means: Meaning | 'code';
  readonly text: string;
}

type Rule = readonly [Meaning, RegExp];

// As each tool's own reader has it, and a little more generous.
const RULES: readonly Rule[] = [
  // dbmate; goose, micrate and sql-migrate; rambler; node-pg-migrate; Play evolutions; shmig and node-sqlite.
  ...(['up', 'down'] as const).map(
    (way): Rule => [
      way,
      new RegExp(
        `^--\\s*(?:migrate:|\\+(?:goose|micrate|migrate)\\s+|rambler\\s+)${way}\\b|^--[\\s-]*${way}\\s+migration\\b|^(?:#|--).*!${way}s\\b|^--[\\s=]*${way}[\\s=:]*$`,
        'i',
      ),
    ],
  ),
  // tern; MyBatis Migrations.
  ['down', /^--+\s*create above\s*\/\s*drop below\b|^--\s*\/\/\s*@undo\b/i],
  // goose; postgres-migrations; sqlx and graphile-migrate; Atlas; Rails' word; Evolve; yoyo; Flyway.
  [
    'alone',
    /^--+!?\s*(?:\+goose\s+no\s+transaction|postgres-migrations\s+disable-transaction|no-transaction|atlas:txmode\s+none|disable_ddl_transaction!?|evolve-tx-off|transactional\s*:\s*false|(?:flyway:)?executeInTransaction\s*=\s*false)\s*$/i,
  ],
  ['foreign', /^--\s*\+goose\s+envsub\s+on\b|^--!\s*include\b/i],
];

const LIQUIBASE = /^--\s*liquibase\s+formatted\b/i;
// These are words of plain comments too, and mean something below Liquibase's header only.
const LIQUIBASE_RULES: readonly Rule[] = [
  [
    'foreign',
    /^--\s*(?:preconditions?\b|ignore)|^--\s*rollback\s+changesetid:|^--\s*changeset\b.*\b(?:dbms:(?!\S*postgres)|context(?:filter)?:|labels:|runalways:true|runonchange:true)/i,
  ],
  ['changeset-alone', /^--\s*changeset\b.*\brunintransaction:false\b/i],
  ['up', /^--\s*changeset\b/i],
  ['undo', /^--\s*rollback\s+(?!(?:not\s+required|empty|none)\s*;?\s*$)\S|^\/\*\s*liquibase\s+rollback\b/i],
];

/** The option of a marker: dbmate's, sql-migrate's. */
const ALONE_OPTION = /\b(?:transaction:false|notransaction)\b/i;
export const saysAlone = ({ text }: Mark): boolean => ALONE_OPTION.test(text);

const ANY = new RegExp(
  `^[ \\t]*(?:${[LIQUIBASE, ...RULES.map(([, pattern]) => pattern)].map(({ source }) => source.replaceAll('^', '')).join('|')})`,
  'im',
);

/** Whether it is worth looking for markers here: in a comment, or in a statement whose semicolon may be missing. */
export const mayBeMarked = (text: string, { start, end }: Span): boolean => ANY.test(text.slice(start, end));

/** Every marker of a file, and between them the first piece of code behind each. Comments inside of quotes are none. */
export function readMarks(text: string): readonly Mark[] {
  const marks: Mark[] = [];
  let rules = RULES;
  for (const { start, end, isComment } of piecesOf(text)) {
    const comment = isComment ? text.slice(start, Math.min(end, lineEnd(text, start))).trimEnd() : '';
    if (LIQUIBASE.test(comment)) rules = [...RULES, ...LIQUIBASE_RULES];
    const [means] = rules.find(([, pattern]) => pattern.test(comment)) ?? [];
    if (means && startsItsLine(text, start)) marks.push({ means, start, end, text: comment });
    if (!isComment && marks.at(-1)?.means !== 'code') marks.push({ means: 'code', start, end, text: '' });
  }
  return marks;
}

/** Comments and tokens. Where a quote or comment never ends, the splitter refuses the file. */
function* piecesOf(text: string): Generator<Span & { readonly isComment: boolean }, void, void> {
  for (let at = 0, end = 0; at < text.length; at = end) {
    const c = text.charCodeAt(at);
    const isComment = isLineComment(text, at) || isBlockComment(text, at) || isPlay(text, at);
    try {
      end = isBlockComment(text, at) ? commentEnd(text, at) : isComment ? lineEnd(text, at) : tokenEnd(text, at);
    } catch (error) {
      if (error instanceof Unterminated) return;
      throw error;
    }
    if (!isSpace(c) && c !== SEMICOLON) yield { start: at, end, isComment };
  }
}

/** Play's older form, which is no comment to PostgreSQL. */
const isPlay = (text: string, at: number): boolean =>
  text[at] === '#' && startsItsLine(text, at) && /!(?:up|down)s\b/i.test(text.slice(at, lineEnd(text, at)));

/** From one marker to the next that names a direction. */
export interface Section {
  readonly way: Direction;
  readonly mark: Mark;
  /** Of the marker that ends it; none where the file does. */
  readonly end?: Mark;
  readonly hasCode: boolean;
}

const isDirection = ({ means }: Mark): boolean => means === 'up' || means === 'down' || means === 'changeset-alone';
export const wayOf = ({ means }: Mark): Direction => (means === 'down' ? 'down' : 'up');

export function sectionsOf(marks: readonly Mark[]): readonly Section[] {
  return marks.filter(isDirection).map((mark, i, all): Section => {
    const end = all[i + 1];
    const hasCode = marks.some(({ means, start }) => means === 'code' && start > mark.start && (!end || start < end.start));
    return { way: wayOf(mark), mark, hasCode, ...(end && { end }) };
  });
}
