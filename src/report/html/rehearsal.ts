import type { Links } from '../../model/links.ts';
import { hasPassed, type Proof, type ProofFinding, type Rehearsal } from '../../model/rehearsal.ts';
import { count, duration } from '../phrases.ts';
import { verdictOf } from '../rehearsal-text.ts';
import { html, type Markup, type Piece } from './markup.ts';
import { breakable, facts, log, page, section, table, timed, wrong } from './page.ts';

interface Look {
  /** As a terminal shows it. */
  readonly text: string;
  readonly links: Links;
}

/** What was proved and what does not hold, first the latter. */
export function rehearsalPage(rehearsal: Rehearsal, { text, links }: Look): string {
  const { proofs, skipped, chain = [], notes, serverVersion, place, durationMs, before } = rehearsal;
  const failed = proofs.filter(({ findings }) => findings.length > 0);
  const title = hasPassed(rehearsal)
    ? `${count(proofs.length, 'migration')} proved`
    : `${failed.length + skipped.length} of ${count(proofs.length + skipped.length, 'migration')} not proved`;
  return page({ text: title, isBad: !hasPassed(rehearsal) }, [
    facts([
      ['Rehearsed on', serverVersion && `PostgreSQL ${serverVersion}, ${place}`],
      ['Took', duration(durationMs)],
      ['On top of', before.length > 0 ? count(before.length, 'migration') : undefined],
    ]),
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
    skipped.length > 0
      ? section(
          'Not rehearsed',
          skipped.map(({ name, why }) => html`<p><code>${name}</code> ${why}</p>`),
        )
      : undefined,
    proofs.length > 0 ? section('Proofs', proofTable(proofs)) : undefined,
    notes.length > 0
      ? section(
          'Notes',
          notes.map((note) => html`<p>${note}</p>`),
        )
      : undefined,
    log(text),
  ]);
}

/** What differs stands where a line of code would. */
const finding = ({ what, where, next, lines = [] }: ProofFinding, links: Links): Piece => {
  const frame = lines.length > 0 ? { frame: lines.join('\n') } : {};
  if (where) return wrong({ what, next, where: { ...where, ...frame } }, links);
  return [wrong({ what, next }, links), lines.length > 0 ? html`<pre>${lines.join('\n')}</pre>` : undefined];
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

const shown = (proof: Proof): string => [verdictOf(proof), ...proof.notes].filter(Boolean).join('; ');
