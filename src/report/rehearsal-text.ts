import { shellWord } from '../model/command.ts';
import { formatPlace, listed } from '../model/lockstep-error.ts';
import { hasPassed, type Proof, type ProofFinding, type RealData, type Rehearsal } from '../model/rehearsal.ts';
import { loadTable } from './load-table.ts';
import { count, duration, paragraphs } from './phrases.ts';
import { findingCounts, folderNotes, folderVerdict, inShort, skippedTogether } from './rehearsal-counts.ts';

const SHOWN_LINES = 12;
/** Of each of many. */
const FEW_LINES = 4;
/** Told with all that was found; others with a line. */
const SHOWN_FAILED = 10;
const SHOWN_REASONS = 5;
const SHOWN_PROOFS = 40;
/** Of a folder that nobody here has seen before. */
const SHOWN_OF_FOLDER = 12;
/** So many that each is worth more than a line. */
const FEW = 5;

/** What a person understands in ten seconds: which ones hold, what does not, and what to type next. */
export function rehearsalText(rehearsal: Rehearsal): string {
  const { proofs, before, serverVersion, skipped, chain, notes, durationMs, place, data, folder } = rehearsal;
  if (proofs.length + skipped.length === 0) return `Nothing to rehearse: ${notes[0] ?? provedBefore(before)}\n`;
  const failed = proofs.filter(({ findings }) => findings.length > 0);
  // Of many, those that hold need no line each.
  const shown = proofs.length > (folder ? SHOWN_OF_FOLDER : SHOWN_PROOFS) ? failed : proofs;
  const hidden = proofs.length - shown.length;
  const width = Math.max(0, ...shown.map(({ name }) => name.length));
  const brief = failed.slice(SHOWN_FAILED);
  return paragraphs([
    [
      ...(folder ? [folderVerdict(folder, rehearsal)] : []),
      `Rehearsed on PostgreSQL ${serverVersion}, ${place}, in ${duration(durationMs)}${before.length > 0 ? `, on top of ${count(before.length, 'migration')}` : ''}${folder ? '; nothing was written in the folder' : ''}`,
      ...(data ? [realRows(data)] : []),
    ],
    ...(data ? [driftLines(data), missingLines(data)] : []),
    [
      ...shown.flatMap((proof) =>
        brief.includes(proof)
          ? [`  ${proof.name.padEnd(width)}   FAILED: ${inShort(proof)}`]
          : proofLines(proof, { width, isBrief: shown.length > FEW }),
      ),
      ...(hidden > 0 ? [`  and ${count(hidden, 'migration')} that hold`] : []),
      ...skippedLines(skipped),
    ],
    chain === undefined ? [] : chainLines(chain),
    [...(folder ? folderNotes(folder) : []), ...notes].map((note) => `Note: ${note}`),
    [...summaryLines(rehearsal)],
  ]);
}

/** `Real rows: 1,234 of 12 tables of staging (5 % sampled, seed 0; masked: public.users.email), copied in 2.1 s` */
export function realRows({ source, rows, tables, sample, masked, copyMs }: RealData): string {
  const how = [sample && `${sample.percent} % sampled, seed ${sample.seed}`, masked.length > 0 && `masked: ${masked.join(', ')}`].filter(
    Boolean,
  );
  return `Real rows: ${count(rows, 'row')} of ${count(tables, 'table')} of ${source}${how.length > 0 ? ` (${how.join('; ')})` : ''}, copied in ${duration(copyMs)}`;
}

export const DRIFTED = 'is not as its applied migrations make it: - is missing there, + is in none of them';

export const NEXT_AFTER_DRIFT =
  'npm run migrate:make -- settle_differences   and write into it what makes the schema so, with IF NOT EXISTS; or undo by hand what was done by hand';

function driftLines({ source, drift }: RealData): readonly string[] {
  if (drift.length === 0) return [];
  const rest = drift.length - SHOWN_LINES;
  return [
    `DRIFT: ${source} ${DRIFTED}`,
    ...drift.slice(0, SHOWN_LINES).map((line) => `  ${line}`),
    ...(rest > 0 ? [`  and ${count(rest, 'more line')}`] : []),
    `  Next: ${NEXT_AFTER_DRIFT}`,
  ];
}

const missingLines = ({ missing }: RealData): readonly string[] =>
  missing.length === 0
    ? []
    : [
        'Without rows:',
        ...missing.slice(0, SHOWN_LINES).map(notCopied),
        ...(missing.length > SHOWN_LINES ? [`  and ${count(missing.length - SHOWN_LINES, 'more table')}`] : []),
      ];

const notCopied = ({ table, why }: RealData['missing'][number]): string => `  ${table}: ${why}`;

const provedBefore = (before: readonly string[]): string =>
  before.length === 0
    ? 'there is no migration'
    : `${count(before.length, 'migration')} ${before.length === 1 ? 'is' : 'are'} proved as they are (db/rehearsals); --all does it anew`;

function proofLines(proof: Proof, { width, isBrief }: { readonly width: number; readonly isBrief: boolean }): readonly string[] {
  const { name, findings, notes, load } = proof;
  return [
    `  ${name.padEnd(width)}   ${findings.length === 0 ? `holds: ${whatHolds(proof)}` : 'FAILED'}`,
    ...(load ? loadTable(load).map((line) => `    ${line}`) : []),
    ...findings.flatMap((one) => findingLines(one, isBrief ? FEW_LINES : SHOWN_LINES)),
    ...notes.map((note) => `    Note: ${note}`),
    ...(isBrief ? [] : repetitionLines(proof)),
  ];
}

/** What was shown of a migration, in short. */
export function verdictOf(proof: Proof): string {
  return proof.findings.length > 0 ? proof.findings.map(({ what }) => what).join('; ') : whatHolds(proof);
}

function whatHolds({ upMs = 0, downMs, irreversible, lossy, repetition }: Proof): string {
  const back =
    irreversible !== undefined
      ? `irreversible, as it says (${irreversible})`
      : downMs === undefined
        ? 'no rollback'
        : `its rollback restores ${lossy === undefined ? 'schema and rows' : 'the schema'}, applied again it is the same`;
  return [`applies in ${duration(upMs)}`, back, repetition?.isHarmless && 'may run twice'].filter(Boolean).join('; ');
}

/** That it may not run twice is no failure: it never does. Whoever wants it so is told how. */
function repetitionLines({ repetition }: Proof): readonly string[] {
  if (!repetition || repetition.isHarmless) return [];
  return [`    Note: not idempotent: ${repetition.what}${repetition.guard ? `   (${repetition.guard})` : ''}`];
}

function findingLines({ what, where, lines = [], next }: ProofFinding, shown: number): readonly string[] {
  const rest = lines.length - shown;
  return [
    `    ${what.replaceAll('\n', '\n    ')}`,
    ...(where && (where.line !== undefined || !what.includes(where.file)) ? [`      ${formatPlace(where)}`] : []),
    ...lines.slice(0, shown).map((line) => `      ${line}`),
    ...(rest > 0 ? [`      and ${count(rest, 'more line')}`] : []),
    `    Next: ${next.replaceAll('\n', '\n          ')}`,
  ];
}

const chainLines = (chain: readonly ProofFinding[]): readonly string[] =>
  chain.length === 0
    ? ['All the way down to empty and up again: the same schema']
    : ['All the way down to empty and up again: FAILED', ...chain.flatMap((one) => findingLines(one, SHOWN_LINES))];

/** What measures again what others waited too long for. */
function loadWords(proofs: readonly Proof[]): string {
  const stalled = proofs.filter(({ findings }) => findings.some(({ code }) => code === 'stall'));
  const file = stalled[0]?.load?.workload;
  return stalled.length === 0 ? '' : file === undefined ? ' -- --load' : ` -- --workload ${shellWord(file)}`;
}

/** Each reason once, with the first of those that it holds for. */
function skippedLines(skipped: Rehearsal['skipped']): readonly string[] {
  const reasons = skippedTogether(skipped);
  const rest = reasons.slice(SHOWN_REASONS).reduce((sum, { names }) => sum + names.length, 0);
  return [
    ...reasons.slice(0, SHOWN_REASONS).map(({ why, names }) => `  ${listed(names, 3)}   not rehearsed: ${why}`),
    ...(rest > 0 ? [`  and ${count(rest, 'migration')} that could not be rehearsed`] : []),
  ];
}

function summaryLines(rehearsal: Rehearsal): readonly string[] {
  const { proofs, skipped, folder } = rehearsal;
  const holding = proofs.filter(({ findings }) => findings.length === 0).length;
  if (hasPassed(rehearsal))
    return folder
      ? [`${count(holding, 'migration')} proved`, AFTER_FOLDER]
      : [`${count(holding, 'migration')} proved; kept in db/rehearsals, which belongs into the commit`];
  const failed = proofs.filter(({ findings }) => findings.length > 0);
  const again = folder
    ? `${folder.command} --report html=rehearsal.html   for all of it on a page, and again when it is corrected`
    : nextCommand(rehearsal);
  return [
    `${whatFailed(rehearsal, failed)}; ${holding} of ${count(proofs.length + skipped.length, 'migration')} proved`,
    ...(failed.length > FEW ? [`Of these: ${findingCounts(failed)}`] : []),
    ...(folder || (rehearsal.chain ?? []).length > 0 || failed.length > 0 ? [`Next: ${again}`] : []),
  ];
}

const AFTER_FOLDER = 'Next: npx lockstep init   and import the folder, to have this before each run (docs/adopting.md)';

const nextCommand = ({ data, proofs }: Rehearsal): string =>
  `${data?.command ?? `npm run migrate:rehearse${loadWords(proofs)}`}   when it is corrected`;

function whatFailed({ skipped, chain = [], data }: Rehearsal, failed: readonly Proof[]): string {
  if (failed.length > 0)
    return `${listed(
      failed.map(({ name }) => name),
      FEW,
    )} ${failed.length === 1 ? 'does' : 'do'} not hold`;
  if (skipped.length > 0) return 'not all could be rehearsed';
  return chain.length > 0 ? 'the whole way does not hold' : `${data?.source} differs from what its migrations make`;
}
