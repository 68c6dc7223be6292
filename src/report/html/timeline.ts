/** A migration under load as a picture: its statements, the locks on each table and who waited, over one axis of time. */
import type { Load, LockSpan } from '../../model/rehearsal.ts';
import { bare, inMs, worstStatements } from '../load-table.ts';
import { html, type Markup } from './markup.ts';

/** Something that lasts: a bar, and what it says to whoever points at it or cannot see it. */
interface Mark {
  readonly fromMs: number;
  readonly toMs: number;
  readonly look: string;
  readonly says: string;
}

interface Lane {
  readonly label: string;
  readonly marks: readonly Mark[];
}

// In pixels: the picture gets as wide as the page, its texts stay as large as they are.
const LANE = 40;
const LABEL = 14;
const BAR = 12;
const MOST_TABLES = 12;
/** What fits on a phone. */
const LABEL_LENGTH = 44;

export function timeline(name: string, load: Load): Markup {
  const lanes = [...statementLanes(load), ...lockLanes(load), waitLane(load, 'read'), waitLane(load, 'write')];
  const ends = lanes.flatMap(({ marks }) => marks.map(({ toMs }) => toMs));
  const axis = axisOf(Math.min(0, ...load.waits.map(({ fromMs }) => fromMs)), Math.max(load.ms, ...ends));
  const bottom = lanes.length * LANE;
  const says = `${name} over ${inMs(load.ms)}: statements, locks on tables, reads and writes that waited`;
  return html`<figure class="time"><svg role="group" aria-label="${says}" width="100%" height="${bottom + 22}">
${axis.ticks.map((ms) => tick(axis.at(ms), inMs(ms), bottom))}${lanes.map((lane, i) => drawn(lane, i * LANE, axis))}</svg></figure>`;
}

const statementLanes = (load: Load): readonly Lane[] =>
  worstStatements(load).map(({ what, line, fromMs, ms }) => {
    const label = `${line === undefined ? what : `${line}: ${what}`}   ${inMs(ms)}`;
    return { label, marks: [{ fromMs, toMs: fromMs + ms, look: 'statement', says: `${label}, from ${inMs(fromMs)} on` }] };
  });

/** What each mode keeps waiting (manual: explicit-locking, Conflicting Lock Modes). */
const BLOCKS: Readonly<Record<string, string>> = {
  Share: 'writers',
  ShareRowExclusive: 'writers',
  Exclusive: 'writers',
  AccessExclusive: 'readers and writers',
};

function lockLanes({ locks }: Load): readonly Lane[] {
  const tables = [...new Set(locks.map(({ table }) => table))].slice(0, MOST_TABLES);
  return tables.map((table) => {
    const spans = locks.filter((one) => one.table === table);
    const modes = [...new Set(spans.map(({ mode }) => mode))];
    return { label: `${modes.join(', then ')} on ${bare(table)}`, marks: spans.map(lockMark) };
  });
}

function lockMark({ table, mode, fromMs, toMs }: LockSpan): Mark {
  const blocked = BLOCKS[mode];
  const look = blocked === undefined ? 'lock' : `lock ${blocked === 'writers' ? 'note' : 'bad'}`;
  const says = `${mode} lock on ${table} from ${inMs(fromMs)} to ${inMs(toMs)}: ${blocked ? `${blocked} wait` : 'readers and writers carry on'}`;
  return { fromMs, toMs, look, says };
}

function waitLane(load: Load, kind: 'read' | 'write'): Lane {
  const longest = kind === 'read' ? load.readStallMs : load.writeStallMs;
  const marks = load.waits
    .filter((one) => one.kind === kind)
    .map(({ what, fromMs, ms }) => ({
      fromMs,
      toMs: fromMs + ms,
      look: 'wait',
      says: `${what} waited ${inMs(ms)}, from ${inMs(fromMs)} on`,
    }));
  return { label: `${kind}s waited ${inMs(longest)} at most`, marks };
}

interface Axis {
  /** `12.5%` */
  readonly at: (ms: number) => string;
  readonly ticks: readonly number[];
}

const MOST_TICKS = 5;

function axisOf(fromMs: number, toMs: number): Axis {
  const length = Math.max(toMs - fromMs, 1);
  const steps = [1, 2, 5].map((one) => one * 10 ** Math.floor(Math.log10(length / MOST_TICKS)));
  const step = Math.max(1, [...steps, (steps[0] ?? 1) * 10].find((one) => length / one <= MOST_TICKS) ?? length);
  const first = Math.ceil(fromMs / step) * step;
  const ticks = Array.from({ length: Math.floor((toMs - first) / step) + 1 }, (_, i) => first + i * step);
  return { at: (ms) => `${(((ms - fromMs) / length) * 100).toFixed(2)}%`, ticks };
}

// A text in the middle of a mark at the edge would be cut.
const anchorAt = (x: string): string => (Number.parseFloat(x) < 8 ? 'start' : Number.parseFloat(x) > 92 ? 'end' : 'middle');

const tick = (x: string, label: string, bottom: number): Markup =>
  html`<line class="tick" x1="${x}" x2="${x}" y1="0" y2="${bottom}"/><text class="quiet" x="${x}" y="${bottom + 16}" text-anchor="${anchorAt(x)}">${label}</text>
`;

function drawn({ label, marks }: Lane, top: number, axis: Axis): Markup {
  const shown = label.length > LABEL_LENGTH ? `${label.slice(0, LABEL_LENGTH - 1)}…` : label;
  return html`<text x="0" y="${top + LABEL}">${shown}</text>
${marks.map((one) => bar(one, top + LABEL + 6, axis))}`;
}

/** However short, it is seen: its border has a width of its own. */
function bar({ fromMs, toMs, look, says }: Mark, y: number, { at }: Axis): Markup {
  const width = `${Math.max(Number.parseFloat(at(toMs)) - Number.parseFloat(at(fromMs)), 0.05).toFixed(2)}%`;
  return html`<rect role="img" class="${look}" x="${at(fromMs)}" y="${y}" width="${width}" height="${BAR}"><title>${says}</title></rect>
`;
}
