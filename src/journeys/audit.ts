import { compareApplied } from '../drift/compare-applied.ts';
import { crossCheck } from '../drift/cross-check.ts';
import { replay } from '../drift/replay.ts';
import { noteTimes, toEntries, verifyChain, verifyGuards, verifyHeads, verifyNoBypass } from '../drift/verify-journal.ts';
import { readMigrations } from '../files/read-migrations.ts';
import { readBypasses } from '../history/guard-bypasses.ts';
import { HEADS_FILE, readHeads } from '../history/head-file.ts';
import type { HistoryTables } from '../history/history.ts';
import { readKeptHead } from '../history/journal-head.ts';
import { countNameless, readGuards, readSealedEvents } from '../history/sealed-events.ts';
import { type Audit, type AuditFinding, parseHead, type RememberedHead } from '../model/audit.ts';
import { applyCommand } from '../model/command.ts';
import type { Journey } from '../model/journey.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import { targetName } from '../model/target.ts';
import { headPlace, type OpenTarget } from '../target/open-target.ts';
import { withReader } from '../target/with-reader.ts';

export interface AuditOptions extends Journey {
  /** A head that somebody kept: `42:3f9a2c1b5d6e`, from a log. */
  readonly head?: string;
}

/** Tells who did what, and verifies journal, history and files. Takes no lock and writes nothing. */
export async function audit(journey: AuditOptions): Promise<Audit> {
  const { project, head } = journey;
  const given = head === undefined ? [] : [readGivenHead(head)];
  // Before the snapshot: a run that ends meanwhile would be remembered, and not yet seen.
  const lines = readHeads(project.root);
  return withReader(journey, async (target) => {
    const place = headPlace(target);
    const onDisk = lines
      .filter(({ id, schema }) => id === place.id && schema === place.schema)
      .map(({ count, head: hash, at }) => ({ count, head: hash, place: `${HEADS_FILE} (${at.slice(0, 10)})` }));
    return auditTarget(target, project.root, [...onDisk, ...given]);
  });
}

function readGivenHead(text: string): RememberedHead {
  const head = parseHead(text);
  if (head) return { ...head, place: '--head' };
  throw new LockstepError({
    code: 'usage',
    what: `"${text}" is no head of a journal: the number of events, a colon, and at least 12 digits of the hash`,
    next: 'npm run migrate:status -- --audit --head 42:3f9a2c1b5d6e7f80   as the last line of a run has them',
  });
}

async function auditTarget(opened: OpenTarget, root: string, remembered: readonly RememberedHead[]): Promise<Audit> {
  const { history, target, applied, environment } = opened;
  const { hasJournal, keepsHead, hasHistory, isStock } = opened.tables;
  const events = hasJournal ? await readSealedEvents(history) : [];
  const kept = keepsHead ? await readKeptHead(history) : undefined;
  const heads = [...keptHeads(kept, history), ...remembered];
  const again = applyCommand(environment);
  const findings = [
    ...(hasJournal ? verifyGuards(await readGuards(history), history.schema, again) : hasHistory && !isStock ? [noJournal(again)] : []),
    ...verifyNoBypass(await readBypasses(history)),
    ...verifyChain(events),
    ...verifyHeads(events, heads),
    ...(hasJournal ? crossCheck([...applied, ...opened.repeatables], replay(events), history) : []),
    ...(hasHistory ? nameless(await countNameless(history), history) : []),
  ];
  // A rollback without its forward file is a lost file.
  const migrations = (await readMigrations(root)).migrations.filter(({ up, module }) => up || module);
  const drifts = await compareApplied({ ...opened, root, migrations, hasJournal });
  const last = events.at(-1);
  return {
    environment,
    target: targetName(opened),
    server: { ...target, isReadOnly: false },
    entries: toEntries(events),
    applied,
    ...(last && { head: { count: last.id, head: last.hash } }),
    remembered: heads,
    findings: [
      ...findings,
      ...drifts.filter(({ stops }) => stops).map(({ kind, what, next }) => ({ code: `file-${kind}`, what: `File: ${what}`, next })),
    ],
    notes: [
      ...(isStock ? ['the history was made by stock Knex; the next run begins a journal with its rows'] : []),
      ...noteTimes(events),
      ...drifts.filter(({ stops }) => !stops).map(({ what }) => what),
    ],
  };
}

/** What the database keeps about itself; text that is no head is a changed one. */
const keptHeads = (kept: string | undefined, { names }: HistoryTables): readonly RememberedHead[] =>
  kept === undefined ? [] : [{ ...(parseHead(kept) ?? { count: 0, head: kept }), place: names.lock }];

const noJournal = (again: string): AuditFinding => ({
  code: 'journal-missing',
  what: 'Journal: there is a history, and no journal beside it',
  next: `${again}   makes one, and takes the rows that are there as they are`,
});

function nameless(count: number, { rows }: HistoryTables): readonly AuditFinding[] {
  const [have, were] = count === 1 ? ['row has', 'was'] : ['rows have', 'were'];
  const what = `History: ${count} ${have} no name, and ${were} written by hand`;
  return count === 0 ? [] : [{ code: 'history-row-nameless', what, next: `DELETE FROM ${rows} WHERE name IS NULL;` }];
}
