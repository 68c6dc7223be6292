import type { Client } from 'pg';
import { compareApplied } from '../drift/compare-applied.ts';
import { crossCheck } from '../drift/cross-check.ts';
import { replay } from '../drift/replay.ts';
import { noteTimes, toEntries, verifyChain, verifyHeads } from '../drift/verify-chain.ts';
import { verifyGuards, verifyNoBypass } from '../drift/verify-guards.ts';
import { readMigrations } from '../files/read-migrations.ts';
import { readBypasses } from '../history/guard-bypasses.ts';
import { HEADS_FILE, readHeads } from '../history/head-file.ts';
import { readHistory } from '../history/history.ts';
import { readRemembered } from '../history/identity.ts';
import { readDatabaseId, readKeptHead } from '../history/journal-head.ts';
import { countNameless, readGuards, readSealedEvents } from '../history/sealed-events.ts';
import { HISTORY, LOCK } from '../history/table-functions.ts';
import { inspectTables, type Tables } from '../history/tables.ts';
import { type Audit, type AuditFinding, parseHead, type RememberedHead } from '../model/audit.ts';
import { applyCommand } from '../model/command.ts';
import { findEnvironmentName } from '../model/environment.ts';
import type { Journey } from '../model/journey.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import type { Target } from '../model/target.ts';
import { inReadOnlyTransaction } from '../pg/read-only.ts';
import { qualified } from '../pg/sql-text.ts';
import { readTarget, verifyServerVersion } from '../pg/target.ts';
import { connectTarget } from '../target/connect-target.ts';
import { openEnvironment } from '../target/open-environment.ts';

export interface AuditWish extends Journey {
  /** A head that somebody kept: `42:3f9a2c1b5d6e`, from a log. */
  readonly head?: string;
}

/** Tells who did what, and verifies journal, history and files. Takes no lock and writes nothing. */
export async function audit(journey: AuditWish): Promise<Audit> {
  const { project, head } = journey;
  const given = head === undefined ? [] : [readGivenHead(head)];
  const { chosen, settings } = await openEnvironment(journey);
  const { schema } = settings;
  const client = await connectTarget({ settings, application: 'lockstep audit', createMissing: false, ...journey });
  try {
    // Before the snapshot: a run that ends meanwhile would be remembered, and not yet seen.
    const id = await readDatabaseId(client);
    const onDisk = readHeads(project.root, { id, schema }).map(({ count, head: hash, at }) => ({
      count,
      head: hash,
      place: `${HEADS_FILE} (${at.slice(0, 10)})`,
    }));
    return await inReadOnlyTransaction(client, async () => {
      // One picture of journal and history, although a run may be under way.
      await client.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
      const { target } = await readTarget(client, settings);
      verifyServerVersion(target);
      const tables = await inspectTables(client, schema);
      const remembersItself = tables.hasJournal && !chosen;
      const environment = chosen ?? (remembersItself ? (await readRemembered(client, schema))?.environment : undefined) ?? 'development';
      return auditTarget(client, { root: project.root, target, tables, environment, remembered: [...onDisk, ...given] });
    });
  } finally {
    await client.end().catch(() => {});
  }
}

function readGivenHead(text: string): RememberedHead {
  const head = parseHead(text);
  if (head) return { ...head, place: '--head' };
  throw new LockstepError({
    code: 'usage',
    what: `"${text}" is no head of a journal: the number of events, a colon, and at least 12 digits of the hash`,
    next: 'npm run migrate:status -- --audit --head 42:3f9a2c1b5d6e7f80   as the last line of a run has them',
    exitCode: 2,
  });
}

interface Question {
  readonly root: string;
  readonly target: Target;
  readonly tables: Tables;
  readonly environment: string;
  readonly remembered: readonly RememberedHead[];
}

async function auditTarget(client: Client, { root, target, tables, environment, remembered }: Question): Promise<Audit> {
  const { schema } = target;
  const { hasJournal, keepsHead } = tables;
  const hasHistory = tables.history.length > 0;
  // Stock Knex makes its table without our columns, and no journal beside it.
  const hasOurs = tables.history.includes('checksum');
  const events = hasJournal ? await readSealedEvents(client, schema) : [];
  const applied = hasHistory ? await readHistory(client, schema) : [];
  const kept = keepsHead ? await readKeptHead(client, schema) : undefined;
  const heads = [...keptHeads(kept), ...remembered];
  const again = applyCommand(findEnvironmentName(environment) ?? 'development');
  const findings = [
    ...(hasJournal ? verifyGuards(await readGuards(client, schema), schema, again) : hasOurs ? [noJournal(again)] : []),
    ...verifyNoBypass(await readBypasses(client, schema)),
    ...verifyChain(events),
    ...verifyHeads(events, heads),
    ...(hasJournal ? crossCheck(applied, replay(events), schema) : []),
    ...(hasHistory ? nameless(await countNameless(client, schema), schema) : []),
  ];
  // A rollback without its forward file is a lost file.
  const migrations = (await readMigrations(root)).migrations.filter(({ up, module }) => up || module);
  const drifts = hasHistory ? await compareApplied({ root, client, schema, migrations, history: applied }) : [];
  const last = events.at(-1);
  return {
    environment,
    target: { ...target, isReadOnly: false },
    entries: toEntries(events),
    applied,
    ...(last && { head: { count: last.id, head: last.hash } }),
    remembered: heads,
    findings: [
      ...findings,
      ...drifts.filter(({ stops }) => stops).map(({ kind, what, next }) => ({ code: `file-${kind}`, what: `File: ${what}`, next })),
    ],
    notes: [
      ...(hasHistory && !hasOurs ? ['the history was made by stock Knex; the next run begins a journal with its rows'] : []),
      ...noteTimes(events),
      ...drifts.filter(({ stops }) => !stops).map(({ what }) => what),
    ],
  };
}

/** What the database keeps about itself; text that is no head is a changed one. */
function keptHeads(kept: string | undefined): readonly RememberedHead[] {
  return kept === undefined ? [] : [{ ...(parseHead(kept) ?? { count: 0, head: kept }), place: LOCK }];
}

const noJournal = (again: string): AuditFinding => ({
  code: 'journal-missing',
  what: 'Journal: there is a history, and no journal beside it',
  next: `${again}   makes one, and takes the rows that are there as they are`,
});

const nameless = (count: number, schema: string): readonly AuditFinding[] =>
  count === 0
    ? []
    : [
        {
          code: 'history-row-nameless',
          what: `History: ${count} ${count === 1 ? 'row has' : 'rows have'} no name, and ${count === 1 ? 'was' : 'were'} written by hand`,
          next: `DELETE FROM ${qualified(schema, HISTORY)} WHERE name IS NULL;`,
        },
      ];
