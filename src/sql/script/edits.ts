/** What the user has to change in a file: as text to paste where it is short, else as line numbers. */
import type { Span } from '../../model/script.ts';
import { findLine } from '../text/positions.ts';
import { holdsSecret } from '../text/secrets.ts';
import { withLf } from '../text/statement-text.ts';
import { CR, isSpace, LF, lineEnd, SEMICOLON, skipBlank } from '../text/whitespace.ts';
import type { Reading } from './read-script.ts';

interface Edit extends Span {
  readonly line: number;
  readonly replacement: string;
}

const LONGEST_PASTE_LINES = 40;
const MARKER = '-- part: transaction';

/** Removes each BEGIN and COMMIT; a COMMIT that statements follow becomes a marker, unless the file has markers already. */
export function editsOf(reading: Reading): readonly Edit[] {
  return [...reading.traits].flatMap(([index, trait]) => {
    const statement = reading.statements[index];
    if (!statement || (trait.kind !== 'begin' && trait.kind !== 'commit')) return [];
    const goesOn = trait.kind === 'commit' && reading.directives.length === 0 && index < reading.statements.length - 1;
    return [editOf(reading.file.text, statement, goesOn ? MARKER : '')];
  });
}

function editOf(text: string, statement: Span, replacement: string): Edit {
  const line = findLine(text, statement.start);
  const semicolon = skipBlank(text, statement.end);
  const end = text.charCodeAt(semicolon) === SEMICOLON ? semicolon + 1 : statement.end;
  const before = text.slice(line.start, statement.start).trim();
  const restOfLine = text.slice(end, lineEnd(text, end)).trim();
  if (before !== '' || restOfLine !== '')
    return { start: statement.start, end: blankEnd(text, end), line: line.number, replacement: replacement && `\n${replacement}\n` };
  return {
    start: line.start,
    end: lineBreakEnd(text, lineEnd(text, end)),
    line: line.number,
    replacement: replacement && `${replacement}\n`,
  };
}

function blankEnd(text: string, from: number): number {
  let at = from;
  while (isSpace(text.charCodeAt(at)) && text.charCodeAt(at) !== LF && text.charCodeAt(at) !== CR) at += 1;
  return at;
}

function lineBreakEnd(text: string, at: number): number {
  if (at >= text.length) return at;
  return text.charCodeAt(at) === CR && text.charCodeAt(at + 1) === LF ? at + 2 : at + 1;
}

/** The file as it should be; or, where it is long or holds a password, the lines to change. */
export function proposal({ file, directives }: Reading, edits: readonly Edit[]): string {
  const edited = withLf(applyEdits(file.text, edits)).trim();
  const isLong = edited.split('\n', LONGEST_PASTE_LINES + 1).length > LONGEST_PASTE_LINES;
  if (isLong || holdsSecret(edited)) return listEdits(edits);
  const isMarked = directives.length > 0 || edits.some(({ replacement }) => replacement !== '');
  const why = isMarked ? 'let markers begin each transaction; the whole file' : 'leave it to Lockstep to begin and commit; the whole file';
  return `${why}:\n${edited}`;
}

function listEdits(edits: readonly Edit[]): string {
  const deleted = edits.filter(({ replacement }) => replacement === '').map(({ line }) => line);
  const marked = edits.filter(({ replacement }) => replacement !== '').map(({ line }) => `line ${line} with ${MARKER}`);
  const parts = [
    deleted.length > 0 ? `delete line ${deleted.join(' and line ')}` : '',
    marked.length > 0 ? `replace ${marked.join(', ')}` : '',
  ];
  return parts.filter(Boolean).join(', ');
}

function applyEdits(text: string, edits: readonly Edit[]): string {
  let edited = '';
  let from = 0;
  for (const { start, end, replacement } of edits) {
    edited += text.slice(from, start) + replacement;
    from = end;
  }
  return edited + text.slice(from);
}

/** The file as it should be; undefined where there is nothing to change, or something that nobody could put in its place. */
export function rewritten(reading: Reading): string | undefined {
  const edits = editsOf(reading);
  const isHopeless = [...reading.traits.values()].some(({ kind }) => kind === 'rollback');
  return edits.length === 0 || isHopeless ? undefined : applyEdits(reading.file.text, edits);
}
