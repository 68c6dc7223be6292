import { findMigrationText } from '../files/migration-text.ts';
import { readMigrations } from '../files/read-migrations.ts';
import { filesOf } from '../files/write-migration.ts';
import { readAppliedText, readSemanticHash } from '../history/journal.ts';
import { readJobs } from '../history/read-jobs.ts';
import { readSealedEvents } from '../history/sealed-events.ts';
import type { Job } from '../model/background.ts';
import { progressOf } from '../model/background-progress.ts';
import type { Drift, Offer } from '../model/drift.ts';
import type { HistoryRow } from '../model/history.ts';
import type { Migration } from '../model/migration.ts';
import { type Compared, compareApplied } from './compare-applied.ts';
import { crossCheck } from './cross-check.ts';
import { historyOffers } from './history-repairs.ts';
import { readMark } from './migration-record.ts';
import { type Expected, replay } from './replay.ts';
import { verifyChain } from './verify-journal.ts';

export type OfferQuestion = Omit<Compared, 'migrations' | 'unread'>;

/** What can be set right, and what it rests on. */
export interface Offers {
  readonly offers: readonly Offer[];
  readonly applied: readonly HistoryRow[];
  readonly migrations: readonly Migration[];
  readonly expected: ReadonlyMap<string, Expected>;
  /** The journal's hash chain is broken, so it is not used. */
  readonly isJournalBroken: boolean;
  /** How much does not agree, whether it can be set right from here or not. */
  readonly disagreements: number;
}

/** Looks for everything that files, history and journal do not agree on. Changes nothing. */
export async function findOffers(question: OfferQuestion): Promise<Offers> {
  const { history, hasJournal, applied } = question;
  // A rollback without its forward file is a lost file.
  const migrations = (await readMigrations(question.root)).migrations.filter(({ up, module }) => up || module);
  const events = hasJournal ? await readSealedEvents(history) : [];
  const isJournalBroken = verifyChain(events).length > 0;
  const expected = replay(events);
  const ofHistory = hasJournal && !isJournalBroken ? historyOffers(applied, expected, migrations) : [];
  const taken = new Set(ofHistory.map(({ name }) => name));
  const drifts = await compareApplied({ ...question, migrations });
  const stops = drifts.filter((drift) => drift.stops);
  const offers: Offer[] = [...ofHistory];
  for (const drift of stops.filter(({ name }) => !taken.has(name)))
    offers.push(...(await fileOffer({ ...question, migrations, isJournalBroken }, drift)));
  offers.push(...(await readJobs(history)).filter(({ failure }) => failure).map(giveUpOffer));
  const disagreements = stops.length + (hasJournal ? crossCheck(applied, expected, history).length : 0);
  return { offers, applied, migrations, expected, isJournalBroken, disagreements };
}

type FileQuestion = Compared & { readonly isJournalBroken: boolean };

async function fileOffer(question: FileQuestion, { kind, name }: Drift): Promise<readonly Offer[]> {
  const row = question.applied.find((one) => one.name === name);
  if (!row) return kind === 'missing' ? [halfOffer(name)] : [];
  if (kind === 'edited') return acceptOffer(question, row);
  const renamed = await findRenamed(question, row);
  const rename = (to: string): Offer => ({
    kind: 'rename',
    name,
    to,
    what: `the files of ${name} have another name`,
    before: name,
    after: to,
  });
  return [...(renamed ? [rename(renamed.name)] : []), ...(await restoreOffers(question, name, renamed ? 'or ' : ''))];
}

const giveUpOffer = (job: Job): Offer => ({
  kind: 'give-up',
  name: job.name,
  what: `the backfill of ${job.name} in the background has failed: ${job.failure?.what ?? ''}`,
  before: `${progressOf(job).rows.toLocaleString('en')} rows done`,
  after: 'the rest is given up; what is done stays',
});

const halfOffer = (name: string): Offer => ({
  kind: 'forget',
  name,
  what: `${name} was applied in part, and what it did was undone by hand: the journal is told so`,
  before: 'applied in part',
  after: 'nothing of it is applied',
});

async function restoreOffers(question: FileQuestion, name: string, or: string): Promise<readonly Offer[]> {
  const text = question.hasJournal && !question.isJournalBroken ? await readAppliedText(question.history, name) : undefined;
  if (text === undefined) return [];
  const file = filesOf(name).up;
  return [{ kind: 'restore', name, what: `${or}${file} is gone`, before: 'no file', after: `${file} as it was applied, from the journal` }];
}

function acceptOffer({ root, migrations }: FileQuestion, { name, checksum = 'none' }: HistoryRow): readonly Offer[] {
  const migration = migrations.find((one) => one.name === name);
  const text = migration && findMigrationText(root, migration);
  if (!text) return [];
  const [before, after] = [checksum, text.checksum].map((sum) => `checksum ${sum.slice(0, 12)}`);
  return [{ kind: 'accept', name, what: `the file of ${name} was edited after it was applied`, before: before ?? '', after: after ?? '' }];
}

/** A file that is not applied and says the same. */
async function findRenamed(
  { root, history, applied, hasJournal, migrations }: FileQuestion,
  row: HistoryRow,
): Promise<Migration | undefined> {
  const names = new Set(applied.map(({ name }) => name));
  const meaning = hasJournal ? await readSemanticHash(history, row.name) : undefined;
  for (const migration of migrations.filter(({ name, up, module }) => !names.has(name) && (up || module))) {
    const text = findMigrationText(root, migration);
    if (text === undefined) continue;
    if (text.checksum === row.checksum) return migration;
    if (meaning !== undefined && (await readMark(root, migration)).semanticHash === meaning) return migration;
  }
  return undefined;
}
