import type { Links } from '../../model/links.ts';
import { listed } from '../../model/lockstep-error.ts';
import { hasPassed, type Load, type Proof, type ProofFinding, type RealData, type Rehearsal } from '../../model/rehearsal.ts';
import { columnsOf, conditions, estimateLines, worstStatements } from '../load-table.ts';
import { count, duration } from '../phrases.ts';
import { findingCounts, folderNotes, folderVerdict, skippedTogether } from '../rehearsal-counts.ts';
import { DRIFTED, NEXT_AFTER_DRIFT, realRows, verdictOf } from '../rehearsal-text.ts';
import { html, type Markup, type Piece } from './markup.ts';
import { breakable, facts, log, page, section, table, timed, wrong } from './page.ts';
import { timeline } from './timeline.ts';

const SHOWN_LINES = 40;
const SHOWN_NAMES = 20;

interface Look {
  /** As a terminal shows it. */
  readonly text: string;
  readonly links: Links;
}

/** What was proved and what does not hold, first the latter. */
export function rehearsalPage(rehearsal: Rehearsal, { text, links }: Look): string {
  const { proofs, skipped, chain = [], notes, serverVersion, place, durationMs, before, data, folder } = rehearsal;
  const failed = proofs.filter(({ findings }) => findings.length > 0);
  const title = titleOf(rehearsal);
  return page({ text: title, isBad: !hasPassed(rehearsal) }, [
    facts([
      ['Folder', folder && `${folder.path} (${folder.tool})`],
      ['Found', findingCounts(failed) || undefined],
      ['Rehearsed on', serverVersion && `PostgreSQL ${serverVersion}, ${place}`],
      ['Took', duration(durationMs)],
      ['On top of', before.length > 0 ? count(before.length, 'migration') : undefined],
      ['Data', data && realRows(data)],
    ]),
    ...(data ? aboutData(data, links) : []),
    ...failed.map(({ name, findings }) =>
      section(
        breakable(name),
        findings.map((one) => finding(one, links)),
      ),
    ),
    chain.length > 0
      ? section(
          'All the way down and up again',
          chain.map((one) => finding(one, links)),
        )
      : undefined,
    notRehearsed(skipped),
    proofs.map(({ name, load }) => (load ? section(html`Under load: ${breakable(name)}`, underLoad(name, load)) : undefined)),
    proofs.length > 0 ? section('Proofs', proofTable(proofs)) : undefined,
    paragraphsOf('Notes', [...(folder ? folderNotes(folder) : []), ...notes]),
    log(text),
  ]);
}

const paragraphsOf = (heading: string, all: readonly Piece[]): Piece =>
  all.length > 0
    ? section(
        heading,
        all.map((one) => html`<p>${one}</p>`),
      )
    : undefined;

const notRehearsed = (skipped: Rehearsal['skipped']): Piece =>
  paragraphsOf(
    'Not rehearsed',
    skippedTogether(skipped).map(({ names, why }) => html`<code>${breakable(listed(names, SHOWN_NAMES))}</code> ${why}`),
  );

function titleOf(rehearsal: Rehearsal): string {
  const { proofs, skipped, data, folder } = rehearsal;
  if (!folder && hasPassed(rehearsal)) return `${count(proofs.length, 'migration')} proved`;
  if (folder) return folderVerdict(folder, rehearsal);
  const unproved = proofs.filter(({ findings }) => findings.length > 0).length + skipped.length;
  if (data && data.drift.length > 0 && unproved === 0) return `${data.source} differs from what its migrations make`;
  return `${unproved} of ${count(proofs.length + skipped.length, 'migration')} not proved`;
}

/** How the source differs from what its migrations make, and what was not copied. */
const aboutData = ({ source, drift, missing }: RealData, links: Links): readonly Piece[] => [
  drift.length > 0 ? section('Drift', finding({ what: `${source} ${DRIFTED}`, lines: drift, next: NEXT_AFTER_DRIFT }, links)) : undefined,
  missing.length > 0
    ? section(
        'Without rows',
        missing.map(({ table, why }) => html`<p><code>${table}</code> ${why}</p>`),
      )
    : undefined,
];

/** What differs stands where a line of code would. */
const finding = ({ what, where, next, lines = [] }: Omit<ProofFinding, 'code'>, links: Links): Piece => {
  const rest = lines.length - SHOWN_LINES;
  const text = [...lines.slice(0, SHOWN_LINES), ...(rest > 0 ? [`and ${count(rest, 'more line')}`] : [])].join('\n');
  const frame = lines.length > 0 ? { frame: text } : {};
  if (where) return wrong({ what, next, where: { ...where, ...frame } }, links);
  return [wrong({ what, next }, links), lines.length > 0 ? html`<pre>${text}</pre>` : undefined];
};

function proofTable(proofs: readonly Proof[]): Markup {
  const longestMs = Math.max(...proofs.map(({ upMs = 0 }) => upMs));
  return table(
    [
      ['Migration', 'name'],
      ['Verdict', 'word'],
      ['What was shown', 'wide'],
      ['Applies in', 'number'],
    ],
    proofs.map((proof) => ({
      cells: [breakable(proof.name), proof.findings.length === 0 ? 'holds' : 'FAILED', shown(proof), timed(proof.upMs ?? 0, longestMs)],
    })),
  );
}

/** When, as a picture, and how much, as a table. */
function underLoad(name: string, load: Load): readonly Piece[] {
  const columns = columnsOf(load);
  return [
    html`<p class="quiet">${conditions(load)}</p>`,
    timeline(name, load),
    table(
      columns.map(({ heading, isNumber }) => [heading, isNumber ? 'number' : 'line'] as const),
      worstStatements(load).map((one) => ({ cells: columns.map(({ cell }) => cell(one)) })),
    ),
    estimateLines(load).map((line) => html`<p class="quiet">${line}</p>`),
  ];
}

const shown = (proof: Proof): string => [verdictOf(proof), ...proof.notes].filter(Boolean).join('; ');
