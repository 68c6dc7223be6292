import path from 'node:path';
import { DOWN_FOLDER, UP_FOLDER } from '../../files/write-migration.ts';
import type { Direction, SourceFile } from '../../model/migration.ts';
import { findLine } from '../text/positions.ts';
import type { Mark, Section } from './markers.ts';

export interface Marked {
  readonly way: Direction;
  readonly marks: readonly Mark[];
  readonly sections: readonly Section[];
}

/** Lines of a file as sed takes them: `5,9`, `12,$`. */
type Lines = string;

/** The shell command that makes two files of one. A file that it writes over is kept beside it, as FILE.old. */
export function splitCommand(file: SourceFile, marked: Marked): string {
  const name = path.posix.basename(file.path);
  const [up, down] = [`${UP_FOLDER}/${name}`, `${DOWN_FOLDER}/${name}`];
  const undo = takeUndo(file, marked);
  if (marked.way === 'down') {
    const rest = undo(`${down}.old`) || `sed '${deleted(file, marked)}' ${down}.old`;
    return `cp ${down} ${down}.old && ${rest} > ${down}`;
  }
  const write = undo(up);
  return [
    ...(write ? [`mkdir -p ${DOWN_FOLDER} && { [ ! -e ${down} ] || mv ${down} ${down}.old; }`, `${write} > ${down}`] : []),
    `sed '${deleted(file, marked)}' ${up} > ${up}.new && mv ${up}.new ${up}`,
  ].join(' && ');
}

/** What prints the rollback out of a file; empty where there is none. */
function takeUndo(file: SourceFile, { way, marks, sections }: Marked): (source: string) => string {
  const inComments = commentedUndo(file, marks);
  if (inComments.length > 0)
    return (source) => {
      const takes = inComments.map((script) => `sed -n '${script}' ${source}`);
      return takes.length === 1 ? (takes[0] ?? '') : `{ ${takes.join("; echo ';'; ")}; }`;
    };
  const downs = sections.filter((section) => section.way === 'down' && section.hasCode);
  if (way === 'down' || downs.length === 0) return () => '';
  // What takes the file out of its transaction does so in both directions.
  const options = marks.filter(({ means }) => means === 'alone').map((mark) => linesOf(file, mark));
  const lines = [...options, ...downs.map((section) => linesOfSection(file, section))];
  return (source) => `sed -n '${lines.map((one) => `${one}p`).join(';')}' ${source}`;
}

/** Liquibase undoes its changesets from the last to the first. */
function commentedUndo(file: SourceFile, marks: readonly Mark[]): readonly string[] {
  const changesets: string[][] = [[]];
  for (const mark of marks) {
    if (mark.means === 'up' || mark.means === 'changeset-alone') changesets.push([]);
    if (mark.means === 'undo') changesets.at(-1)?.push(printed(file, mark));
  }
  return changesets
    .filter((scripts) => scripts.length > 0)
    .map((scripts) => scripts.join(';'))
    .reverse();
}

function printed({ text }: SourceFile, mark: Mark): string {
  const [first, last] = [findLine(text, mark.start).number, findLine(text, mark.end - 1).number];
  return mark.text.startsWith('/*') ? `${first + 1},${last - 1}p` : `${first}s/^[^A-Za-z]*[A-Za-z]* *//p`;
}

/** The sed script that takes away what the other direction is for, and what is not SQL. */
function deleted(file: SourceFile, { way, marks, sections }: Marked): string {
  const lines = [
    ...sections.filter((section) => section.way !== way && section.hasCode).map((section) => linesOfSection(file, section, true)),
    ...marks.filter(({ means, text }) => means === 'undo' || text.startsWith('#')).map((mark) => linesOf(file, mark)),
  ];
  return lines.map((one) => `${one}d`).join(';');
}

function linesOf({ text }: SourceFile, { start, end }: Mark): Lines {
  const [first, last] = [findLine(text, start).number, findLine(text, end - 1).number];
  return first === last ? `${first}` : `${first},${last}`;
}

/** A marker that is a comment stays with its section: it may say more. */
function linesOfSection({ text }: SourceFile, { mark, end }: Section, withMarker = !mark.text.startsWith('#')): Lines {
  const first = findLine(text, mark.start).number + (withMarker ? 0 : 1);
  return `${first},${end ? findLine(text, end.start).number - 1 : '$'}`;
}
