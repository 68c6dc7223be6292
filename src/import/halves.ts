import { readSource } from '../files/read-source.ts';
import { isLockstepError } from '../model/lockstep-error.ts';
import type { Direction } from '../model/migration.ts';
import { type Mark, readMarks, saysAlone, sectionsOf } from '../sql/script/markers.ts';
import { findLine } from '../sql/text/positions.ts';
import type { Folder, Half, Left } from './foreign.ts';

export interface Halves {
  readonly up?: Half;
  readonly down?: Half;
  readonly left: readonly Left[];
}

/** Cuts a file at the markers of its tool. What is between them is kept byte for byte; a file without any is one half as a whole. */
export function halvesOf(file: string, text: string, slot: Direction = 'up'): Halves {
  const marks = readMarks(text);
  const sections = sectionsOf(marks);
  const lineOf = ({ start }: Mark): Left['where'] => ({ file, line: findLine(text, start).number });
  const left = marks
    .filter(({ means }) => means === 'foreign')
    .map((mark): Left => ({ where: lineOf(mark), what: `${mark.text} is not obeyed here` }));
  if (sections.length === 0) return { [slot]: { sql: text, isAlone: false }, left };
  const bodies = sections.map(({ way, mark, end, hasCode }) => ({ way, mark, hasCode, from: mark.end, to: end?.start ?? text.length }));
  const isOutside = ({ start }: Mark): boolean => !bodies.some(({ from, to }) => start >= from && start < to);
  const isFileAlone = marks.some((mark) => mark.means === 'alone' && isOutside(mark));
  const half = (way: Direction): Half | undefined => {
    const own = bodies.filter((body) => body.way === way && body.hasCode);
    const sql = own.map(({ from, to }) => text.slice(from, to).replace(/^[ \t]*\r?\n/, '')).join('');
    return own.length === 0 ? undefined : { sql, isAlone: isFileAlone || own.some(({ mark }) => saysAlone(mark)) };
  };
  const before = marks.find((mark) => mark.means === 'code' && mark.start < (sections[0]?.mark.start ?? 0));
  const [up, down] = [half('up'), half('down')];
  return {
    ...(up && { up }),
    ...(down && { down }),
    left: before ? [...left, { where: lineOf(before), what: 'stands above the first marker, and belongs to neither direction' }] : left,
  };
}

/** Reads a file of the folder; one that is no text of UTF-8 is left, with its place. */
export function readText({ root }: Folder, file: string): string | Left {
  try {
    return readSource(root, file).text;
  } catch (error) {
    if (!isLockstepError(error)) throw error;
    return { where: error.where ?? { file }, what: error.what };
  }
}
