import type { Audit } from '../../model/audit.ts';
import { shortHead } from '../../model/audit.ts';
import type { Drift } from '../../model/drift.ts';
import type { Links } from '../../model/links.ts';
import { type Attempt, isInOrder, type Status } from '../../model/status.ts';
import { describeBlocker, time } from '../../model/table-lock.ts';
import { auditRows } from '../audit-text.ts';
import { count, holder, working } from '../phrases.ts';
import { html, link, type Markup, type Piece } from './markup.ts';
import { breakable, commitLink, facts, log, type Origin, originFacts, page, section, table, targetFacts, timed, wrong } from './page.ts';

/** What a command looked at, as its text has it, and who looked from where. */
export interface Look {
  readonly text: string;
  readonly origin: Origin;
  readonly links: Links;
  /** The forward file of a migration. */
  readonly fileOf: (name: string) => string;
}

export function statusPage(status: Status, look: Look): string {
  const { text, origin, links } = look;
  const { environment, server, applied, pending, drifts, problems, attempts } = status;
  const title = { text: isInOrder(status) ? 'In order' : statusHeadline(status), isBad: !isInOrder(status) };
  return page(title, [
    facts([
      ...targetFacts(environment, server),
      ...originFacts(origin, links),
      ['Migrations', `${applied.length} applied, ${pending.length} pending`],
    ]),
    runningBox(status),
    attempts.map((attempt) => attemptBox(attempt)),
    problems.map((problem) => wrong(problem, links)),
    drifts.length > 0
      ? section(
          ['Drift ', html`<small>files, history and journal compared</small>`],
          drifts.map((drift) => driftBox(drift, links)),
        )
      : undefined,
    pending.length > 0 ? section('Pending', pendingTable(pending, look)) : undefined,
    applied.length > 0 ? section('Applied', appliedTable(applied, look)) : undefined,
    log(text),
  ]);
}

function statusHeadline({ pending, attempts, problems, drifts }: Status): string {
  const wrongs = attempts.length + problems.length + drifts.filter(({ stops }) => stops).length;
  return wrongs > 0 ? `${count(wrongs, 'thing')} to set right` : `${count(pending.length, 'migration')} pending`;
}

function runningBox({ running }: Status): Markup | undefined {
  if (!running) return undefined;
  const { name, direction, part, phase, waitsFor } = running;
  const what = name
    ? `Running now: ${direction === 'down' ? 'rolling back' : 'applying'} ${name}${part ? `, part ${part}` : ''}`
    : 'Running now';
  const lines = [
    `by ${holder(running.holder)}`,
    ...(phase ? [working(phase)] : []),
    ...waitsFor.map((one) => `waits for ${describeBlocker(one)}`),
  ];
  return html`<section class="wrong mild"><p>${what}</p>${lines.map((line) => html`<p class="quiet">${line}</p>`)}</section>`;
}

const attemptBox = ({ name, state, at, error, where, direction }: Attempt): Markup =>
  html`<section class="wrong"><p>${name}${direction === 'down' ? ' (rollback)' : ''} ${state === 'failed' ? 'failed' : 'was interrupted'} at ${time(at)}</p>${error ? html`<p>${error}</p>` : undefined}${where ? html`<p class="quiet"><code>${where}</code></p>` : undefined}</section>`;

/** A file that is not what it was has no line to lead to. */
const driftBox = ({ what, next, file, stops }: Drift, links: Links): Markup =>
  wrong({ what, next, ...(file !== undefined && { where: { file } }) }, links, stops ? 'wrong' : 'wrong mild');

const nameCell = (name: string, { links, fileOf }: Look): Markup =>
  html`<code>${link(breakable(name), links.file({ file: fileOf(name) }))}</code>`;

const pendingTable = (pending: Status['pending'], look: Look): Markup =>
  table(
    [['Migration', 'name'], ['Description']],
    pending.map(({ name, description, isLate, phase }) => ({
      cells: [
        nameCell(name, look),
        [
          description,
          isLate ? html` <span class="note">out of order: higher versions are applied</span>` : undefined,
          phase === 'after-deploy' ? html` <span class="note">after the deploy</span>` : undefined,
        ],
      ],
    })),
  );

function appliedTable(applied: Status['applied'], look: Look): Markup {
  const longestMs = Math.max(...applied.map(({ durationMs = 0 }) => durationMs));
  return table(
    [
      ['Migration', 'name'],
      ['When', 'line'],
      ['Who', 'wide'],
      ['Duration', 'number'],
    ],
    applied.map(({ name, description, appliedAt, appliedBy, durationMs }) => ({
      cells: [
        html`${nameCell(name, look)}${description ? html`<p>${description}</p>` : undefined}`,
        time(appliedAt),
        appliedBy,
        durationMs === undefined ? '' : timed(durationMs, longestMs),
      ] satisfies readonly Piece[],
    })),
  );
}

export function auditPage(audit: Audit, { text, origin, links }: Look): string {
  const { environment, server, findings, notes, head, entries } = audit;
  const isBad = findings.length > 0;
  return page({ text: isBad ? `Not verified: ${count(findings.length, 'finding')}` : 'Verified', isBad }, [
    facts([...targetFacts(environment, server), ...originFacts(origin, links), ['Journal', head && html`<code>${shortHead(head)}</code>`]]),
    isBad
      ? section(
          'Drift',
          findings.map((finding) => wrong(finding, links)),
        )
      : undefined,
    notes.length > 0
      ? section(
          'Notes',
          notes.map((note) => html`<p>${note}</p>`),
        )
      : undefined,
    entries.length > 0 ? section('Who did what', entryTable(audit, links)) : undefined,
    log(text),
  ]);
}

const entryTable = ({ entries }: Audit, links: Links): Markup =>
  table(
    [
      ['When', 'line'],
      ['Who', 'line'],
      ['What', 'name'],
      ['Environment', 'wide'],
      ['Commit', 'word'],
    ],
    auditRows(entries).map(([at, by, what = '', environment, commit = '']) => ({
      cells: [at, by, breakable(what), environment, commit && commitLink(commit, links)],
    })),
  );

export const textPage = (title: string, text: string): string => page({ text: title, isBad: false }, [html`<pre>${text}</pre>`]);
