import type { Links } from '../../model/links.ts';
import { formatPlace, type Refusal } from '../../model/lockstep-error.ts';
import { time } from '../../model/table-lock.ts';
import type { Target } from '../../model/target.ts';
import { duration, place } from '../phrases.ts';
import { html, link, type Markup, type Piece } from './markup.ts';
import { STYLE } from './style.ts';

/** What a page says first. */
export interface Title {
  readonly text: string;
  readonly isBad: boolean;
}

/** A page that needs nothing besides itself: no script, no font, no image, and it may load none. */
export function page({ text, isBad }: Title, body: readonly Piece[]): string {
  const head = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"><meta name="referrer" content="no-referrer">
<title>${text}</title><style>${{ markup: STYLE }}</style></head>
<body><h1 class="${isBad ? 'bad' : 'ok'}">${breakable(text)}</h1>`;
  return `${html`${head}\n${body.map((one) => html`${one}\n`)}`.markup}</body></html>\n`;
}

export type Fact = readonly [label: string, value: Piece];

/** Long names break behind an underscore or a slash. */
export const breakable = (text: string): Piece => text.split(/(?<=[_/])/).map((piece, i) => (i > 0 ? html`<wbr>${piece}` : piece));

/** What is known, each under its name; a fact without a value is left out. */
export const facts = (all: readonly Fact[]): Markup =>
  html`<dl>${all.map(([label, value]) => (value === undefined || value === '' ? undefined : html`<div><dt>${label}</dt><dd>${value}</dd></div>`))}</dl>`;

/** Who looked, or ran it; when; and from which commit. */
export interface Origin {
  readonly at: Date;
  readonly by?: string | undefined;
  readonly commit?: string | undefined;
  readonly dirty?: readonly string[] | undefined;
}

export const targetFacts = (environment: string | undefined, server: Target | undefined): readonly Fact[] => [
  ['Environment', environment],
  ['Target', server && place(server)],
];

export const originFacts = ({ at, by, commit, dirty = [] }: Origin, links: Links): readonly Fact[] => [
  [
    'Commit',
    commit && [commitLink(commit, links), dirty.length > 0 ? html`<br><span class="note">${notCommitted(dirty)}</span>` : undefined],
  ],
  ['Who', by],
  ['When', time(at)],
];

const notCommitted = (dirty: readonly string[]): string =>
  dirty.length === 1 ? `${dirty[0]} differs from it` : `${dirty.length.toLocaleString('en')} files differ from it`;

export const commitLink = (commit: string, links: Links): Markup => html`<code>${link(commit.slice(0, 12), links.commit(commit))}</code>`;

type Wrong = Pick<Refusal, 'what' | 'next'> & Partial<Pick<Refusal, 'where' | 'detail' | 'all'>>;

/** What went wrong, where, and what to type; of several things each. */
export function wrong({ all, ...one }: Wrong, links: Links, kind: 'wrong' | 'wrong mild' = 'wrong'): Markup {
  if (all) return html`${all.map((each) => wrong(each, links, kind))}`;
  const { what, where, detail, next } = one;
  const shown = where && html`<code>${link(formatPlace(where), links.file(where))}</code>`;
  return html`<section class="${kind}">${what.split('\n').map((line) => html`<p>${line}</p>`)}${
    shown && html`<p class="quiet">${shown}</p>`
  }${detail && html`<p class="quiet">${detail}</p>`}${where?.frame && html`<pre>${where.frame}</pre>`}<p class="next">Next</p><pre>${next}</pre></section>`;
}

export const section = (heading: Piece, body: Piece): Markup => html`<h2>${heading}</h2>\n${body}`;

export type Column = readonly [heading: string, style?: 'number' | 'word' | 'name' | 'line' | 'wide'];

export interface Row {
  readonly cells: readonly Piece[];
  readonly isPart?: boolean;
}

export function table(columns: readonly Column[], rows: readonly Row[]): Markup {
  const headings = columns.map(([heading, style = '']) => html`<th class="${style}">${heading}</th>`);
  const body = rows.map(
    ({ cells, isPart }) =>
      html`<tr class="${isPart ? 'part' : 'step'}">${cells.map((cell, i) => html`<td class="${columns[i]?.[1] ?? ''}">${cell}</td>`)}</tr>\n`,
  );
  return html`<div class="scroll"><table><thead><tr>${headings}</tr></thead><tbody>\n${body}</tbody></table></div>`;
}

/** A duration over its share of the longest one, where there is something to be seen of it. */
export function timed(ms: number, longestMs: number): Markup {
  const share = Math.round((100 * ms) / Math.max(1, longestMs));
  return html`${duration(ms)}${share > 1 ? html`<span class="bar" style="--share:${share}%"></span>` : undefined}`;
}

export const log = (text: string): Markup => html`<details><summary>As a terminal shows it</summary><pre>${text}</pre></details>`;
