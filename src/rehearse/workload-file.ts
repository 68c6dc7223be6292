/** What the application does, as the user wrote it down: SQL statements, and above each in comments its name and where its parameters come from. */
import { readSource } from '../files/read-source.ts';
import type { Where } from '../model/lockstep-error.ts';
import type { SourceFile } from '../model/migration.ts';
import type { Span } from '../model/script.ts';
import { loadParser, type Parse, SyntaxFailure } from '../sql/parser.ts';
import { refusal } from '../sql/script/refusals.ts';
import { backslashRefusal, syntaxRefusal, unterminatedRefusal } from '../sql/script/syntax-refusals.ts';
import { placeOf } from '../sql/text/code-frame.ts';
import { type Piece, split } from '../sql/text/split.ts';
import { TokenHash } from '../sql/text/token-hash.ts';
import { tokenEnd } from '../sql/text/tokens.ts';
import { Unterminated } from '../sql/text/unterminated.ts';
import { skipBlank } from '../sql/text/whitespace.ts';

/** `-- $1, $2: SELECT id, user_id FROM orders` */
export interface Values extends Span {
  readonly numbers: readonly number[];
}

export interface WorkloadStatement extends Span {
  readonly name: string;
  readonly values: readonly Values[];
}

export interface WorkloadFile {
  readonly source: SourceFile;
  readonly statements: readonly WorkloadStatement[];
}

/** @throws LockstepError, with the place in the file, for what no workload can run */
export async function readWorkload(file: string): Promise<WorkloadFile> {
  const source = readSource('', file);
  const reader = { source, parse: await loadParser() };
  const statements: WorkloadStatement[] = [];
  let heading: Heading = {};
  try {
    for (const piece of split(source.text, new TokenHash())) {
      if (piece.kind === 'comment') heading = headed(reader, heading, piece);
      else {
        statements.push(readStatement(reader, heading, piece));
        heading = {};
      }
    }
  } catch (error) {
    throw error instanceof Unterminated ? unterminatedRefusal(source, error) : error;
  }
  if (heading.start !== undefined)
    throw refusal(source, heading.start, { ...BAD, what: 'No statement follows these comments', next: EXAMPLE });
  if (statements.length === 0) throw refusal(source, 0, { ...BAD, what: `${file} holds no statement`, next: EXAMPLE });
  return { source, statements };
}

const BAD = { code: 'bad-workload' } as const;
const EXAMPLE = 'write each statement as\n-- name: read a user\n-- $1: SELECT id FROM users\nSELECT * FROM users WHERE id = $1;';

interface Reader {
  readonly source: SourceFile;
  readonly parse: Parse;
}

interface Heading {
  readonly start?: number;
  readonly name?: string;
  readonly values?: readonly Values[];
}

const NAME = /^--\s*name\s*:\s*(\S.*?)\s*$/i;
const VALUES = /^(--\s*(\$\d+(?:\s*,\s*\$\d+)*)\s*:\s*)(.*?)[\s;]*$/;

function headed({ source, parse }: Reader, heading: Heading, { start, end }: Span): Heading {
  const comment = source.text.slice(start, end);
  const name = NAME.exec(comment)?.[1];
  if (name !== undefined) return { start, ...heading, name };
  const [, opening = '', listed = '', sql = ''] = VALUES.exec(comment) ?? [];
  if (listed === '') return heading;
  const span = { start: start + opening.length, end: start + opening.length + sql.length };
  verifyKind({ source, parse }, span, ['SelectStmt']);
  const numbers = listed.split(',').map((one) => Number(one.trim().slice(1)));
  return { start, ...heading, values: [...(heading.values ?? []), { numbers, ...span }] };
}

function readStatement(reader: Reader, { name, values = [] }: Heading, piece: Piece): WorkloadStatement {
  const { source } = reader;
  const { start, end } = piece;
  if (piece.kind === 'backslash') throw backslashRefusal(source, piece);
  if (piece.kind === 'directive')
    throw refusal(source, start, { ...BAD, what: '-- part: is for migrations, a workload has none', next: 'delete the line' });
  if (piece.kind !== 'constant-insert') verifyKind(reader, piece, ['SelectStmt', 'InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt']);
  const statement = { name: name ?? `the statement of line ${placeOf(source, start).line}`, start, end, values };
  verifyParameters(source, statement);
  return statement;
}

function verifyKind({ source, parse }: Reader, { start, end }: Span, kinds: readonly string[]): void {
  const node = parseAt({ source, parse }, { start, end });
  const isKind = node !== undefined && kinds.some((kind) => kind in node);
  if (isKind && !('SelectStmt' in node && node.SelectStmt.intoClause)) return;
  const what =
    kinds.length > 1 ? 'A workload reads and writes rows, and this does something else' : 'The values of parameters come from a SELECT';
  throw refusal(source, start, { ...BAD, what, next: kinds.length > 1 ? 'write a SELECT, INSERT, UPDATE, DELETE or MERGE' : EXAMPLE });
}

function parseAt({ source, parse }: Reader, { start, end }: Span) {
  try {
    return parse(source.text.slice(start, end))?.node;
  } catch (error) {
    if (error instanceof SyntaxFailure) throw syntaxRefusal(source, start + error.offset, error.message);
    throw refusal(source, start, { ...BAD, what: 'This is not one statement', next: EXAMPLE });
  }
}

// Where a token begins: in a string or a name none does.
const PARAMETER = /\$(\d+)/y;

/** Each `$n` has values, once, and each of those is used. */
function verifyParameters(source: SourceFile, { name, start, end, values }: WorkloadStatement): void {
  const used = new Map<number, number>();
  for (let at = start; at < end; at = skipBlank(source.text, tokenEnd(source.text, at))) {
    PARAMETER.lastIndex = at;
    const number = Number(PARAMETER.exec(source.text)?.[1] ?? 0);
    if (number > 0 && !used.has(number)) used.set(number, at);
  }
  const given = values.flatMap(({ numbers, start: at }) => numbers.map((number) => ({ number, at })));
  for (const [number, at] of used)
    if (!given.some((one) => one.number === number))
      throw refusal(source, at, {
        ...BAD,
        what: `Nothing gives $${number} of "${name}" a value`,
        next: `write above it: -- $${number}: SELECT …`,
      });
  for (const [i, { number, at }] of given.entries()) {
    if (!used.has(number))
      throw refusal(source, at, { ...BAD, what: `"${name}" has no $${number}`, next: 'delete it, or use it in the statement' });
    if (given.findIndex((one) => one.number === number) < i)
      throw refusal(source, at, { ...BAD, what: `$${number} of "${name}" has values twice`, next: 'delete one of the two' });
  }
}

export const whereOf = ({ source }: WorkloadFile, { start }: Span): Where => placeOf(source, start);
