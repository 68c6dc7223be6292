import { count } from '../src/report/phrases.ts';
import { type CorpusEntry, type CorpusReport, isOursAlone, type PlainAnswer } from './model.ts';

/** What every file of a corpus came to: each refusal beside plain `pg`'s own answer, then the counts. */
export function corpusText(report: CorpusReport): string {
  const { corpus, server, entries, diverged, leftOnServer } = report;
  const refused = entries.filter(({ result }) => result.kind === 'refused');
  const sections = [
    [`${count(corpus.pairs.length, 'pair')} in ${corpus.folder}, ${server}`],
    section('Refused by us only', refused.filter(isOursAlone).map(refusalLines)),
    section('Refused by PostgreSQL too', refused.filter((entry) => !isOursAlone(entry)).map(refusalLines)),
    section('Done by us, and refused by plain pg as one text', entries.filter(isMore).map(moreLine)),
    section('No rollback', files(entries, 'no-file')),
    section('Rollback not run, as its up was refused', files(entries, 'not-run')),
    section('In the folder, and no part of a pair', corpus.leftOut),
    section('Plain pg could not follow', diverged),
    section('Made by the files outside their database, and left on the server', leftOnServer),
    countLines(report),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

const section = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length > 0 ? [`${title}: ${lines.length}`, ...lines.map((line) => `  ${line}`)] : [];

const fileOf = ({ pair, direction }: CorpusEntry): string => pair[direction] ?? `${pair.name} (${direction})`;

const files = (entries: readonly CorpusEntry[], kind: CorpusEntry['result']['kind']): readonly string[] =>
  entries.filter(({ result }) => result.kind === kind).map(({ pair }) => pair.name);

function refusalLines(entry: CorpusEntry): string {
  const { direction, result, plain } = entry;
  if (result.kind !== 'refused') return '';
  const place = [fileOf(entry), result.line, result.column].filter((part) => part !== undefined).join(':');
  return `${direction.padEnd(4)} ${place}\n         ${result.code}   ${result.what}\n         ${plain ? answerText(plain, result.code) : ''}`;
}

function answerText(plain: PlainAnswer, code: string): string {
  if (plain.accepts) return plain.leavesOpen ? 'plain pg accepts it, and leaves its transaction open' : 'plain pg accepts it';
  const words = `plain pg: ${plain.sqlstate} ${plain.message}`;
  return plain.sqlstate === code ? `same error from ${words}` : words;
}

const isMore = ({ result, plain }: CorpusEntry): boolean => result.kind === 'done' && plain?.accepts === false;

const moreLine = (entry: CorpusEntry): string =>
  `${entry.direction.padEnd(4)} ${fileOf(entry)}   ${entry.plain ? answerText(entry.plain, '') : ''}`;

function countLines({ corpus, entries, times }: CorpusReport): readonly string[] {
  const how = (test: (entry: CorpusEntry) => boolean): number => entries.filter(test).length;
  const is = (direction: CorpusEntry['direction'], kind: CorpusEntry['result']['kind']) =>
    how((entry) => entry.direction === direction && entry.result.kind === kind);
  const refused = how(({ result }) => result.kind === 'refused');
  const rows: readonly (readonly [string, number, string?])[] = [
    ['pairs found', corpus.pairs.length],
    ['applied', is('up', 'done'), `in ${ms(times.up)} ms`],
    ['rolled back', is('down', 'done'), `in ${ms(times.down)} ms`],
    ['no rollback', is('down', 'no-file')],
    ['rollback not run', is('down', 'not-run')],
    ['refused by us only', how(isOursAlone)],
    ['refused by PostgreSQL too', refused - how(isOursAlone)],
    ['refused by plain pg only', how(isMore), `(asked in ${ms(times.plain)} ms)`],
  ];
  return rows.map(([what, number, more = '']) => `${what.padEnd(27)}${String(number).padStart(6)}   ${more}`.trimEnd());
}

const ms = (milliseconds: number): string => Math.round(milliseconds).toLocaleString('en');
