import type { Where } from '../model/lockstep-error.ts';
import type { SourceFile } from '../model/migration.ts';
import { findLine } from './lines.ts';
import { codeFrame } from './text/code-frame.ts';
import { countCodePoints } from './text/positions.ts';

/** The place of a UTF-16 offset for a message: line and column as an editor counts them, and the line of code with a caret. */
export function placeOf(file: SourceFile, offset: number): Where {
  const line = findLine(file.text, offset);
  const column = countCodePoints(file.text, line.start, line.offset) + 1;
  return { file: file.path, line: line.number, column, frame: codeFrame(file.text, offset) };
}
