import { DOWN_FOLDER } from '../../files/write-migration.ts';
import type { LockstepError } from '../../model/lockstep-error.ts';
import type { Direction, SourceFile } from '../../model/migration.ts';
import { findLine } from '../text/positions.ts';
import { type Mark, readMarks, type Section, saysAlone, sectionsOf, wayOf } from './markers.ts';
import { refusal } from './refusals.ts';
import { type Marked, splitCommand } from './split-command.ts';

/**
 * What the markers of other tools mean for this file. A stretch for the other direction, with something in it, is refused; an option
 * that takes the file out of its transaction is obeyed. @returns the offset of that option
 */
export function heedMarkers(file: SourceFile): number | undefined {
  const way: Direction = file.path.startsWith(`${DOWN_FOLDER}/`) ? 'down' : 'up';
  const marks = readMarks(file.text);
  const sections = sectionsOf(marks);
  const offence = marks.find((mark) => isOffence(mark, way, sections));
  if (offence) throw undoRefusal(file, { way, marks, sections }, offence);
  const foreign = marks.find(({ means }) => means === 'foreign') ?? strayOption(marks, way);
  if (foreign) throw foreignRefusal(file, foreign);
  return marks.find((mark) => isOption(mark, way))?.start;
}

/** Of the other direction and not empty; or in Play's form with `#`, which PostgreSQL does not read. */
function isOffence(mark: Mark, way: Direction, sections: readonly Section[]): boolean {
  if (mark.means === 'undo') return way === 'up';
  if (mark.text.startsWith('#')) return true;
  return sections.some((section) => section.mark === mark && section.way !== way && section.hasCode);
}

const isOption = (mark: Mark, way: Direction): boolean =>
  mark.means === 'alone' || mark.means === 'changeset-alone' || (mark.means === way && saysAlone(mark));

/** Below the first statement, or for one changeset of several, it is not for the whole file. */
function strayOption(marks: readonly Mark[], way: Direction): Mark | undefined {
  const firstCode = marks.findIndex(({ means }) => means === 'code');
  const options = marks.filter((mark) => isOption(mark, way));
  const isWhole =
    !options.some(({ means }) => means === 'changeset-alone') ||
    !marks.some(({ means, text }) => means === 'up' && /changeset/i.test(text));
  if (!isWhole) return options[0];
  return options.find((mark) => mark.means !== 'changeset-alone' && firstCode >= 0 && marks.indexOf(mark) > firstCode);
}

function undoRefusal(file: SourceFile, marked: Marked, offence: Mark): LockstepError {
  const { way } = marked;
  const line = findLine(file.text, offence.start).number;
  const holds = way === 'up' ? 'its rollback' : 'its forward SQL';
  const isForeignForm = offence.text.startsWith('#') && wayOf(offence) === way;
  return refusal(file, offence.start, {
    code: 'two-directions',
    what: isForeignForm
      ? `${file.path} has a marker of another tool that is not SQL (${offence.text}, line ${line})`
      : `${file.path} has ${holds} in it (${offence.text}, line ${line})`,
    next: splitCommand(file, marked),
  });
}

function foreignRefusal(file: SourceFile, mark: Mark): LockstepError {
  return refusal(file, mark.start, {
    code: 'foreign-marker',
    what: `"${mark.text}" changes how another tool runs this file, and is not obeyed here`,
    next: 'write the SQL as it is to run, with -- part: no-transaction above what needs no transaction, and delete the line',
  });
}
