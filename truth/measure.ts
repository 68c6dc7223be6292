import { checksumOf } from '../src/files/read-source.ts';
import { readTrees, type TreeStatement } from '../src/sql/script/read-trees.ts';
import type { Cell, PartCell } from './cell.ts';
import { fill } from './fill.ts';
import type { Form } from './forms/form.ts';
import { codeOf, countReads, isStored, type Relation, readFiles, readLocks, readRelations, type Seen, tryPast } from './relations.ts';
import { runAlone } from './run-alone.ts';
import type { Sessions } from './sessions.ts';

/** Runs a form upon what it is given, and tells what each of its parts did. Leaves the database empty. */
export async function measure(form: Form, sessions: Sessions): Promise<Cell> {
  await prepare(form, sessions);
  const relations = await readRelations(sessions.subject);
  const cells: PartCell[] = [];
  for (const part of await partsOf(form.sql)) {
    const cell = await measurePart(sessions, relations, part);
    cells.push(cell);
    if (cell.error) break;
  }
  return cells;
}

/** Makes what a form is given, with rows, in a database that was emptied. */
export async function prepare({ given }: Form, sessions: Sessions): Promise<void> {
  await sessions.empty();
  await sessions.subject.query(given);
  await fill(sessions.subject);
}

interface RunPart {
  readonly inTransaction: boolean;
  readonly statements: readonly string[];
}

/** As a run would divide it: what cannot run in a transaction is a part of its own. */
async function partsOf(sql: string): Promise<readonly RunPart[]> {
  const file = { path: 'form.sql', text: sql, checksum: checksumOf(sql) };
  const { statements, problems } = await readTrees(file);
  if (statements.length === 0) throw problems[0] ?? new Error(`no statement in ${sql}`);
  const textOf = ({ start, end }: TreeStatement): string => sql.slice(start, end);
  const parts = new Map<number, RunPart>();
  for (const one of statements) {
    const known = parts.get(one.part)?.statements ?? [];
    parts.set(one.part, { inTransaction: one.inTransaction, statements: [...known, textOf(one)] });
  }
  return [...parts.values()];
}

async function measurePart(sessions: Sessions, relations: readonly Relation[], part: RunPart): Promise<PartCell> {
  const { subject, takeNotices } = sessions;
  const files = await readFiles(subject, relations);
  takeNotices();
  try {
    const seen = part.inTransaction ? await runTogether(sessions, relations, part) : await runAlone(sessions, relations, part.statements);
    const notices = takeNotices();
    const now = await readFiles(subject, relations);
    const isNew = ({ oid }: Relation): boolean => now.has(oid) && now.get(oid) !== files.get(oid);
    const named = (pattern: RegExp): readonly string[] => notices.flatMap((text) => pattern.exec(text)?.[1] ?? []);
    const pick = (kind: (one: Relation) => boolean, names: readonly string[], isIt: (one: Relation) => boolean): readonly string[] =>
      relations.filter((one) => kind(one) && (names.includes(one.name) || isIt(one))).map(({ name }) => name);
    return withoutEmpty({
      locks: seen.locks,
      readersWait: seen.readersWait,
      writersWait: seen.writersWait,
      rewrites: pick(isStored, named(/^rewriting table "(.+?)"/), isNew),
      scans: pick(isStored, named(/^verifying table "(.+?)"/), ({ oid }) => seen.reads?.has(oid) ?? false),
      // The index of an empty table costs nothing: TRUNCATE makes such.
      builds: pick(
        (one) => isStored(one) && now.has(one.oid),
        named(/^building index ".+?" on table "(.+?)"/),
        () => false,
      ),
    });
  } catch (error) {
    await subject.query('ROLLBACK');
    return { error: codeOf(error) };
  }
}

/** Everything in one transaction, looked at before its end. */
async function runTogether(sessions: Sessions, relations: readonly Relation[], { statements }: RunPart): Promise<Seen> {
  const { subject, observer, pid } = sessions;
  await subject.query('BEGIN');
  const before = await countReads(subject, relations);
  for (const sql of statements) await subject.query(sql);
  const after = await countReads(subject, relations);
  const locks = await readLocks(observer, pid, relations);
  const waiting = await tryPast(observer, relations);
  await subject.query('COMMIT');
  const reads = new Set([...after].filter(([oid, read]) => read > (before.get(oid) ?? 0)).map(([oid]) => oid));
  return { locks, ...waiting, reads };
}

const withoutEmpty = (cell: Required<Omit<PartCell, 'error'>>): PartCell =>
  Object.fromEntries(Object.entries(cell).filter(([, value]) => value && Object.keys(value).length > 0));
