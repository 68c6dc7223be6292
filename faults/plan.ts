import { LockstepError } from '../src/model/lockstep-error.ts';
import { KINDS, type Kind } from './kinds.ts';
import type { Point, Prepared } from './oracle.ts';
import { type FaultProject, PROJECTS } from './projects.ts';
import type { Order } from './runner.ts';

/** A row of the matrix's plan: which kinds of fault a project is put to, by which program, on which server. */
export interface Entry {
  readonly project: FaultProject;
  readonly program: Order['program'];
  readonly major: number;
  readonly kinds: readonly Kind[];
  /** Only every so many points. */
  readonly stride?: number;
}

const BLOWS: readonly Kind[] = ['kill', 'reset', 'terminate'];
// Two commands that each roll back the last migration roll back two: that is no fault.
const alone = (kinds: readonly Kind[]): readonly Kind[] => kinds.filter((kind) => kind !== 'rival' && kind !== 'freeze');

/** A project by its name, put to some kinds of fault. */
export function entry(name: string, kinds: readonly Kind[], rest: Partial<Entry> = {}): Entry {
  const project = PROJECTS.find((one) => one.name === name);
  if (!project) throw new Error(`there is no project "${name}" under fault: ${PROJECTS.map((one) => one.name).join(', ')}`);
  return { project, program: 'ours', major: 18, kinds: project.command === 'down' ? alone(kinds) : kinds, ...rest };
}

// Every kind of fault meets a plain project at each message; the other projects meet those that can end differently there.
const OURS: readonly Entry[] = [
  entry('transactional', ['kill', 'reset', 'drop', 'terminate', 'crash', 'freeze', 'rival', 'SIGTERM']),
  entry('non-transactional', ['kill', 'drop', 'crash', 'SIGTERM']),
  entry('backfill', ['kill', 'terminate', 'crash']),
  entry('background', ['kill', 'crash', 'rival']),
  entry('rollback of a backfill', ['kill']),
  entry('code', ['kill', 'drop']),
  entry('fresh database', ['kill', 'crash']),
  entry('rollback to 001', ['kill', 'terminate']),
  entry('rollback of the last', ['kill', 'SIGINT', 'SIGHUP']),
];

const STOCK: readonly Entry[] = [
  entry('non-transactional', ['terminate'], { program: 'stock' }),
  entry('rollback of the last', ['kill'], { program: 'stock' }),
];

// Through npm itself, where every start costs a second.
const NPM: readonly Entry[] = [entry('transactional', ['kill', 'reset'], { program: 'npm' })];

const OLDEST: readonly Entry[] = [entry('non-transactional', ['kill'], { major: 14 })];

// All of it, for a night: each project, by each program and server, put to each kind.
const EVERY: readonly Entry[] = PROJECTS.flatMap(({ name }) => [
  entry(name, KINDS),
  // The stock CLI rolls back no further than the last.
  ...(name === 'rollback to 001' ? [] : [entry(name, BLOWS, { program: 'stock' })]),
  entry(name, BLOWS, { major: 14 }),
]);

const PLAIN: readonly Entry[] = PROJECTS.flatMap(({ name }) => [
  entry(name, BLOWS, { program: 'plain' }),
  // Most of these end after half a minute of waiting for a table.
  entry(name, ['drop'], { program: 'plain', stride: 4 }),
]);

/** `quick`: three kinds on PostgreSQL 18; `usual`: what ends within half an hour; `every`: each kind with each project. */
export type Scope = 'quick' | 'usual' | 'every';

export interface Choice {
  /** Stock Knex alone, with the same SQL. */
  readonly isPlain: boolean;
  readonly scope: Scope;
  readonly project?: string;
  readonly kind?: string;
}

/** What is to be tried. */
export function planEntries({ isPlain, scope, project, kind }: Choice): readonly Entry[] {
  const all = isPlain ? PLAIN : [...(scope === 'every' ? EVERY : [...OURS, ...STOCK, ...OLDEST]), ...NPM];
  const inScope = scope === 'quick' ? all.flatMap(quickly) : all;
  const chosen = inScope
    .filter((one) => project === undefined || one.project.name === project)
    .map((one) => ({ ...one, kinds: one.kinds.filter((it) => kind === undefined || it === kind) }))
    .filter(({ kinds }) => kinds.length > 0);
  // A matrix without a point proves nothing.
  if (chosen.length === 0) throw nothingChosen(all);
  return chosen;
}

function quickly(one: Entry): readonly Entry[] {
  const isQuick = one.major === 18 && one.program !== 'npm';
  return isQuick ? [{ ...one, kinds: one.kinds.filter((it) => BLOWS.includes(it)) }] : [];
}

function nothingChosen(all: readonly Entry[]): LockstepError {
  const kinds = new Set(all.flatMap((one) => one.kinds));
  return new LockstepError({
    code: 'usage',
    what: 'No project is put to such a fault',
    next: `choose a project of ${[...new Set(all.map(({ project }) => project.name))].join(', ')}\nand a kind of ${[...kinds].join(', ')}`,
    exitCode: 2,
  });
}

const CONCURRENT = /^Q\s+(CREATE|DROP|REINDEX|ALTER)\b[^;]*\bCONCURRENTLY\b/;

/** Every message, before and after; and while it runs, where it is a CONCURRENTLY that can be kept waiting. */
export function pointsOf({ sent }: Pick<Prepared, 'sent'>, kind: Kind): readonly Point[] {
  return sent.flatMap((message, i): readonly Point[] => {
    const k = i + 1;
    const points: Point[] = [
      { kind, k, side: 'before' },
      { kind, k, side: 'after' },
    ];
    return CONCURRENT.test(message) && kind !== 'freeze' ? [...points, { kind, k, side: 'during' }] : points;
  });
}
