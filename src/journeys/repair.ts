import { findOffers, type Offers } from '../drift/find-repairs.ts';
import { planReinsertion } from '../drift/history-repairs.ts';
import { readMark } from '../drift/migration-record.ts';
import { writeForward } from '../files/write-migration.ts';
import { rowsQuestion } from '../history/history.ts';
import { cancelJobs, renameJobs } from '../history/jobs.ts';
import { halfAppliedQuestion, readAppliedText, readSemanticHash } from '../history/journal.ts';
import { reinsertHistory, updateHistory } from '../history/repair-rows.ts';
import { type Offer, repairCommand } from '../model/drift.ts';
import type { Event } from '../model/event.ts';
import type { Journey } from '../model/journey.ts';
import { type ExitCode, LockstepError } from '../model/lockstep-error.ts';
import { ask } from '../pg/ask.ts';
import { type Mark, recordMark, recordRun } from '../run/record-run.ts';
import type { RunContext } from '../run/run-context.ts';
import { leadingHere } from '../target/rollback-command.ts';
import { THE_SAME } from '../target/verify-identity.ts';
import { withReader } from '../target/with-reader.ts';
import { type OpenRun, withRun } from '../target/with-run.ts';

export interface Repair extends Journey {
  /** Offers that a person accepts beforehand. */
  readonly consents?: readonly Pick<Offer, 'kind' | 'name' | 'to'>[];
}

/** Shows what can be set right; does only what a person consents to, by option or one by one on a terminal. */
export async function repair(journey: Repair): Promise<ExitCode> {
  const consents = journey.consents?.length ? journey.consents : await offerOneByOne(journey);
  if (consents.length === 0) return 0;
  return withRun<ExitCode>({ ...journey, commands: THE_SAME }, async (run) => {
    verifyOffered(await readOffers(run), consents);
    for (const consent of consents) {
      const found = await readOffers(run);
      await perform(run, found, chosenOffer(found, consent));
    }
    return 0;
  });
}

/** As things are now: a repair may have changed them since the run began. */
async function readOffers({ context: { root }, history }: OpenRun): Promise<Offers> {
  const [applied, halfApplied] = await ask(history.client, rowsQuestion(history), halfAppliedQuestion(history));
  return findOffers({ root, history, applied, halfApplied, hasJournal: true });
}

type Consent = Pick<Offer, 'kind' | 'name' | 'to'>;

/** All or none: what is refused changes nothing. A second wish about one migration may only be offered once the first is done. */
function verifyOffered(found: Offers, consents: readonly Consent[]): void {
  const isFirst = ({ name }: Consent, i: number): boolean => consents.findIndex((one) => versionOf(one) === versionOf({ name })) === i;
  for (const consent of consents.filter(isFirst)) chosenOffer(found, consent);
}

const versionOf = ({ name }: Pick<Consent, 'name'>): string => name.split('_')[0] ?? name;

/** @throws LockstepError (exit 3) where nothing of the kind is offered */
function chosenOffer({ offers, isJournalBroken }: Offers, consent: Consent): Offer {
  const offer = offers.find((one) => isSame(one, consent));
  if (!offer) throw notOffered(consent, isJournalBroken);
  return offer;
}

const isSame = (offer: Offer, { kind, name, to }: Consent): boolean =>
  offer.kind === kind && (offer.name === name || offer.name.split('_')[0] === name) && (to === undefined || offer.to === to);

async function offerOneByOne(journey: Repair): Promise<readonly Offer[]> {
  const { emit, ask, project } = journey;
  const { offers, isJournalBroken, disagreements, environment } = await withReader(journey, async (target) => {
    const applied = [...target.applied, ...target.repeatables];
    const found = await findOffers({ ...target, applied, root: project.root, hasJournal: target.tables.hasJournal });
    return { ...found, environment: target.environment };
  });
  if (isJournalBroken)
    emit({ type: 'note', text: "the journal's hash chain is broken, so it is not used", next: 'npm run migrate:status -- --audit' });
  else if (offers.length === 0) emit(nothingOffered(disagreements));
  if (offers.length === 0) return [];
  const accepted: Offer[] = [];
  const numbered = offers.map((offer, i) => [`${i + 1}. ${describe(offer)}`, offer] as const);
  if (!ask)
    emit({
      type: 'recorded',
      text: 'This can be set right; nothing was changed:',
      names: numbered.map(([text, offer]) => `${text}\n     ${leadingHere(repairCommand(offer), journey, environment)}`),
    });
  for (const [text, offer] of ask ? numbered : []) {
    if (accepted.some(({ name }) => name === offer.name || name === offer.to)) continue;
    if (/^y(es)?$/i.test((await ask?.(`${text}\nSet it right? [y/N] `))?.trim() ?? '')) accepted.push(offer);
  }
  return accepted;
}

const nothingOffered = (disagreements: number): Event =>
  disagreements === 0
    ? { type: 'note', text: 'nothing to repair' }
    : {
        type: 'note',
        text: `nothing can be set right from here, although files, history and journal disagree in ${disagreements === 1 ? 'one place' : `${disagreements} places`}`,
        next: 'npm run migrate:status -- --audit   tells each, with what settles it',
      };

const describe = ({ what, before, after }: Offer): string => `${what}\n     ${before} -> ${after}`;

const DONE = {
  accept: 'accepted',
  rename: 'renamed',
  restore: 'restored',
  reinsert: 'reinserted',
  forget: 'forgotten',
  'give-up': 'given up',
} as const;

async function perform({ context, target, environment }: OpenRun, found: Offers, offer: Offer): Promise<void> {
  const { mark, history } = await CHANGES[offer.kind](context, offer, found);
  const { before, after, kind, name } = offer;
  const sql = recordMark(context, mark, { event: 'repaired', history, details: { what: DONE[kind], before, after } });
  const { journal } = await recordRun(context, [], sql);
  const text = `${name} ${DONE[kind]} in ${target.database} (${environment}): ${before} -> ${after}`;
  context.emit({ type: 'recorded', text, names: [], ...(journal && { journal }) });
}

interface Change {
  readonly mark: Mark;
  readonly history: string;
}

const CHANGES: Readonly<Record<Offer['kind'], (context: RunContext, offer: Offer, found: Offers) => Promise<Change>>> = {
  accept: (context, { name }, found) => markAs(context, found, { before: name, name }),
  rename: async (context, { name, to = name }, found) => {
    const { mark, history } = await markAs(context, found, { before: name, name: to });
    return { mark, history: `${history}\n${renameJobs(context.history, name, to)}` };
  },
  restore: async (context, { name }) => {
    const { history, root } = context;
    const up = await writeForward(root, name, (await readAppliedText(history, name)) ?? '');
    return { mark: await readMark(root, { name, version: name.split('_')[0] ?? '', up }), history: '' };
  },
  reinsert: async (context, { name }, found) => {
    const mark = await journaledMark(context, name, found);
    return { mark, history: reinsertHistory(context.history, planReinsertion(found.applied, found.expected, name)) };
  },
  forget: async (context, { name }, found) => ({
    mark: await journaledMark(context, name, found),
    history: cancelJobs(context.history, name),
  }),
  'give-up': async (context, { name }, found) => ({
    mark: await journaledMark(context, name, found),
    history: cancelJobs(context.history, name),
  }),
};

/** The row gets the name and the checksum of the file as it is now. */
async function markAs(
  { root, history }: RunContext,
  { migrations }: Offers,
  { before, name }: { readonly before: string; readonly name: string },
): Promise<Change> {
  const migration = migrations.find((one) => one.name === name);
  if (!migration) throw new Error(`an offer without its migration: ${name}`);
  const mark = await readMark(root, migration);
  return { mark, history: updateHistory(history, before, mark) };
}

/** What the journal knows of a migration, although its file may say something else by now. */
async function journaledMark({ history }: RunContext, name: string, { expected }: Offers): Promise<Mark> {
  const semanticHash = await readSemanticHash(history, name);
  const checksum = expected.get(name)?.checksum ?? '';
  return { name, checksum, kind: semanticHash ? 'sql' : 'code', ...(semanticHash && { semanticHash }) };
}

const notOffered = ({ kind, name, to }: Consent, isJournalBroken: boolean): LockstepError =>
  new LockstepError({
    code: 'not-offered',
    what: `${to === undefined ? name : `${name}=${to}`} has nothing to ${kind}${isJournalBroken ? ": the journal's hash chain is broken" : ''}`,
    next: isJournalBroken
      ? 'npm run migrate:status -- --audit   tells what was found'
      : 'npm run migrate:repair   lists what can be set right',
    exitCode: 3,
  });
