import type { SourceFile } from '../../model/migration.ts';
import type { Part } from '../../model/script.ts';
import type { Piece } from '../text/split.ts';
import { refusal } from './refusals.ts';

/** A comment line `-- part: no-transaction` or `-- part: transaction`. */
export interface Directive {
  readonly mode: Part['mode'];
  /** The index of the statement that follows. */
  readonly before: number;
  readonly offset: number;
}

export function readDirective(file: SourceFile, piece: Extract<Piece, { kind: 'directive' }>, before: number): Directive {
  const mode = piece.argument.toLowerCase();
  if (mode === 'transaction' || mode === 'no-transaction') return { mode, before, offset: piece.start };
  throw refusal(file, piece.start, {
    code: 'unknown-directive',
    what: piece.argument === '' ? '-- part: names no kind of part' : `-- part: does not know "${piece.argument}"`,
    next: 'write -- part: transaction or -- part: no-transaction; for a plain comment, begin with another word',
  });
}
