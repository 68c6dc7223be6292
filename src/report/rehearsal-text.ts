import { shellWord } from '../model/command.ts';
import { formatPlace, listed } from '../model/lockstep-error.ts';
import { hasPassed, type Proof, type ProofFinding, type RealData, type Rehearsal } from '../model/rehearsal.ts';
import { loadTable } from './load-table.ts';
import { count, duration, paragraphs } from './phrases.ts';

const SHOWN_LINES = 12;
const SHOWN_PROOFS = 40;
/** So many that each is worth more than a line. */
const FEW = 5;

/** What a person understands in ten seconds: which ones hold, what does not, and what to type next. */
export function rehearsalText(rehearsal: Rehearsal): string {
  const { proofs, before, serverVersion, skipped, chain, notes, durationMs, place, data } = rehearsal;
  if (proofs.length + skipped.length === 0) return `Nothing to rehearse: ${notes[0] ?? provedBefore(before)}\n`;
  const width = Math.max(...[...proofs, ...skipped].map(({ name }) => name.length));
  const failed = proofs.filter(({ findings }) => findings.length > 0);
  // Of many, those that hold need no line each.
  const shown = proofs.length > SHOWN_PROOFS ? failed : proofs;
  const hidden = proofs.length - shown.length;
  return paragraphs([
    [
      `Rehearsed on PostgreSQL ${serverVersion}, ${place}, in ${duration(durationMs)}${before.length > 0 ? `, on top of ${count(before.length, 'migration')}` : ''}`,
      ...(data ? [realRows(data)] : []),
    ],
    ...(data ? [driftLines(data), missingLines(data)] : []),
    [
      ...shown.flatMap((proof) => proofLines(proof, { width, isBrief: shown.length > FEW })),
      ...(hidden > 0 ? [`  and ${count(hidden, 'migration')} that hold`] : []),
      ...skipped.map(({ name, why }) => `  ${name.padEnd(width)}   not rehearsed: ${why}`),
    ],
    chain === undefined ? [] : chainLines(chain),
    notes.map((note) => `Note: ${note}`),
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
    ...findings.flatMap(findingLines),
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

function findingLines({ what, where, lines = [], next }: ProofFinding): readonly string[] {
  const rest = lines.length - SHOWN_LINES;
  return [
    `    ${what.replaceAll('\n', '\n    ')}`,
    ...(where?.line === undefined ? [] : [`      ${formatPlace(where)}`]),
    ...lines.slice(0, SHOWN_LINES).map((line) => `      ${line}`),
    ...(rest > 0 ? [`      and ${count(rest, 'more line')}`] : []),
    `    Next: ${next.replaceAll('\n', '\n          ')}`,
  ];
}

const chainLines = (chain: readonly ProofFinding[]): readonly string[] =>
  chain.length === 0
    ? ['All the way down to empty and up again: the same schema']
    : ['All the way down to empty and up again: FAILED', ...chain.flatMap(findingLines)];

/** What measures again what others waited too long for. */
function loadWords(proofs: readonly Proof[]): string {
  const stalled = proofs.filter(({ findings }) => findings.some(({ code }) => code === 'stall'));
  const file = stalled[0]?.load?.workload;
  return stalled.length === 0 ? '' : file === undefined ? ' -- --load' : ` -- --workload ${shellWord(file)}`;
}

function summaryLines(rehearsal: Rehearsal): readonly string[] {
  const { proofs, skipped, chain = [], data } = rehearsal;
  const failed = proofs.filter(({ findings }) => findings.length > 0).map(({ name }) => name);
  const holding = proofs.length - failed.length;
  if (hasPassed(rehearsal)) return [`${count(holding, 'migration')} proved; kept in db/rehearsals, which belongs into the commit`];
  const what =
    failed.length > 0
      ? `${listed(failed)} ${failed.length === 1 ? 'does' : 'do'} not hold`
      : skipped.length > 0
        ? 'not all could be rehearsed'
        : chain.length > 0
          ? 'the whole way does not hold'
          : `${data?.source} differs from what its migrations make`;
  return [
    `${what}; ${holding} of ${count(proofs.length + skipped.length, 'migration')} proved`,
    ...(chain.length > 0 || failed.length > 0
      ? [`Next: ${data?.command ?? `npm run migrate:rehearse${loadWords(proofs)}`}   when it is corrected`]
      : []),
  ];
}
