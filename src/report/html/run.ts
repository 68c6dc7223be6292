import { shortHead } from '../../model/audit.ts';
import { type Links, NO_LINKS } from '../../model/links.ts';
import { listed } from '../../model/lockstep-error.ts';
import { describeLoss, describeTaken } from '../../model/loss.ts';
import { count, duration, shape, size } from '../phrases.ts';
import { html, link, type Markup, type Piece } from './markup.ts';
import { breakable, type Column, type Fact, facts, originFacts, type Row, section, table, targetFacts, timed, wrong } from './page.ts';
import type { PartStory, StepStory, Story } from './story.ts';

const VERB = { up: ['Applied', 'applied', 'would be applied'], down: ['Rolled back', 'rolled back', 'would be rolled back'] } as const;

/** One line that says how it went. */
export function headline({ state, outcome, planned, done, refusal, backedUp }: Story): string {
  if (outcome) {
    const verb = VERB[outcome.direction][0];
    if (!outcome.failed) return `${verb} ${count(outcome.done.length, 'migration')}`;
    return `${outcome.failed.name} ${outcome.failed.interrupted ? 'was interrupted' : 'failed'}`;
  }
  if (refusal) return 'Refused: nothing was run';
  if (state === 'begun') return 'The run ended without reporting a result';
  if (done) return done;
  if (planned)
    return planned.steps.length > 0 ? `${count(planned.steps.length, 'migration')} ${VERB[planned.direction][2]}` : 'Nothing to do';
  return backedUp ? 'Backed up' : 'Nothing was run';
}

/** Of one target: the summary, what went wrong, and each step with what it took. */
export function runSection(story: Story, links: Links = NO_LINKS): Markup {
  const { refusal, outcome, steps, notes, losses } = story;
  const failure = refusal ?? outcome?.failed?.failure;
  return html`${facts(summaryOf(story, links))}
${failure && wrong(failure, links)}
${steps.length > 0 ? section(['Steps ', html`<small>${totals(story)}</small>`], stepTable(story, links)) : undefined}
${losses.length > 0 ? section('Data that would be lost', html`${losses.map((loss) => html`<p>${describeLoss(loss)} <span class="quiet">${link(loss.summary, links.file(loss.where))}</span></p>`)}`) : undefined}
${notes.length > 0 ? section('Notes', html`${notes.map(({ text, next }) => html`<p>${text}</p>${next ? html`<pre>${next}</pre>` : undefined}`)}`) : undefined}`;
}

function summaryOf({ at, connected, started, outcome, backedUp, journal }: Story, links: Links): readonly Fact[] {
  const { job } = started ?? {};
  return [
    ...targetFacts(connected?.environment, connected?.server),
    ...originFacts({ at, ...started }, links),
    ['Took', outcome && duration(outcome.durationMs)],
    ['CI job', job && link(job.replace(/^https?:\/\//, ''), /^https?:\/\//.test(job) ? job : undefined)],
    ['Backup', backedUp && [`${size(backedUp.bytes)}, proved: `, html`<code>${backedUp.file}</code>`]],
    ['Journal', journal && html`<code>${shortHead(journal)}</code>`],
  ];
}

/** `2 applied, 1 failed, 3 not reached` */
function totals({ steps, planned }: Story): string {
  const applied = VERB[planned?.direction ?? 'up'][1];
  const kinds = [
    ['done', applied],
    ['failed', 'failed'],
    ['running', 'without a result'],
    ['not reached', planned?.dryRun ? 'would run' : 'not reached'],
  ] as const;
  const counted = kinds.map(([state, word]) => [steps.filter((step) => step.state === state).length, word] as const);
  return counted.flatMap(([n, word]) => (n > 0 ? [`${n.toLocaleString('en')} ${word}`] : [])).join(', ');
}

const COLUMNS: readonly Column[] = [
  ['#', 'number'],
  ['Migration', 'name'],
  ['Outcome', 'word'],
  ['Duration', 'number'],
];

function stepTable({ steps, planned }: Story, links: Links): Markup {
  const longestMs = Math.max(...steps.map(({ durationMs = 0 }) => durationMs));
  const word = {
    done: VERB[planned?.direction ?? 'up'][1],
    failed: 'failed',
    running: 'no result',
    'not reached': planned?.dryRun ? '' : 'not reached',
  };
  const rows = steps.flatMap((step, i): readonly Row[] => [
    { cells: [i + 1, nameCell(step, links), html`<span class="${COLOUR[step.state]}">${word[step.state]}</span>`, time(step, longestMs)] },
    ...step.parts.map((part) => ({ cells: ['', partCell(part, links), '', time(part, longestMs)], isPart: true })),
  ]);
  return table(COLUMNS, rows);
}

const COLOUR = { done: 'ok', failed: 'bad', running: 'bad', 'not reached': 'quiet' } as const;

const time = ({ durationMs }: Pick<StepStory, 'durationMs'>, longestMs: number): Piece =>
  durationMs === undefined ? '' : timed(durationMs, longestMs);

function nameCell({ step, taken = [] }: StepStory, links: Links): Markup {
  const remarks = [step.description, shape(step), taken.length > 0 && listed(taken.map(describeTaken))].filter(
    Boolean,
  ) as readonly string[];
  const name = html`<code>${link(breakable(step.name), step.file === undefined ? undefined : links.file({ file: step.file }))}</code>`;
  return html`${name}${remarks.map((remark) => html`<p>${remark}</p>`)}`;
}

const partCell = ({ number, total, summary, where }: PartStory, links: Links): Markup =>
  html`${number} of ${total} ${link(summary, where && links.file(where))}`;
