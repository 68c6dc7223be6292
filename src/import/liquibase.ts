import { readMarks, sectionsOf } from '../sql/script/markers.ts';
import { findLine } from '../sql/text/positions.ts';
import type { Folder, Foreign, Found, Half, Left } from './foreign.ts';
import { readText } from './halves.ts';

const CHANGESET = /changeset\s+("[^"]+"|[^:\s]+):("[^"]+"|\S+)/i;
const bare = (word = ''): string => word.replace(/^"|"$/g, '');

/** Formatted SQL: each changeset is a migration, because each is a row of its history. */
export function readLiquibase(folder: Folder): Found {
  const left: Left[] = [];
  const migrations = inOrder(folder, left).flatMap((file): readonly Foreign[] => {
    const text = readText(folder, file);
    if (typeof text === 'string') return changesetsOf(file, text, left);
    left.push(text);
    return [];
  });
  return { migrations, left };
}

/** As the changelogs include them, and what no changelog names behind that. */
function inOrder(folder: Folder, left: Left[]): readonly string[] {
  const sql = folder.files.filter((file) => file.endsWith('.sql'));
  const named: string[] = [];
  for (const log of folder.files.filter((file) => /\.(?:xml|ya?ml|json)$/i.test(file))) {
    const text = readText(folder, log);
    if (typeof text !== 'string') continue;
    if (/<changeSet\b|["\s-]changeSet["']?\s*:/.test(text)) left.push({ where: { file: log }, what: 'has changesets that are not SQL' });
    for (const [, path = ''] of text.matchAll(/(?:\b|")(?:file|path)"?\s*[:=]\s*["']?([^"'\s,]+\.sql)/g))
      named.push(...sql.filter((file) => file === path || path.endsWith(`/${file}`) || file.endsWith(`/${path}`)));
  }
  return [...new Set([...named, ...sql])];
}

function changesetsOf(file: string, text: string, left: Left[]): readonly Foreign[] {
  const marks = readMarks(text);
  for (const { means, start, text: what } of marks)
    if (means === 'foreign') left.push({ where: { file, line: findLine(text, start).number }, what: `${what} is not obeyed here` });
  return sectionsOf(marks).flatMap(({ mark, end }): readonly Foreign[] => {
    const [, author, id] = CHANGESET.exec(mark.text) ?? [];
    const to = end?.start ?? text.length;
    const undo = marks.filter(({ means, start }) => means === 'undo' && start > mark.start && start < to);
    const half = (sql: string): Half => ({ sql, isAlone: mark.means === 'changeset-alone' });
    let forward = '';
    let from = mark.end;
    for (const one of undo) {
      forward += text.slice(from, one.start);
      from = one.end;
    }
    forward += text.slice(from, to);
    const back = undo.map(({ start, end: close }) => undoText(text.slice(start, close))).join('\n');
    return [
      {
        source: `${file}::${bare(author)}:${bare(id)}`,
        key: `${file}::${bare(id)}::${bare(author)}`,
        version: undefined,
        title: bare(id),
        up: half(forward.replace(/^\s*\n/, '')),
        ...(back && { down: half(`${back.replace(/\s*;?\s*$/, ';')}\n`) }),
      },
    ];
  });
}

/** As Liquibase reads them: the lines of a changeset's rollbacks, put together. */
const undoText = (whole: string): string =>
  whole.startsWith('/*')
    ? whole.replace(/^\/\*\s*liquibase\s+rollback\s*/i, '').replace(/\s*\*\/$/, '')
    : whole.replace(/^--\s*rollback\s+/i, '');
