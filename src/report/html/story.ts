import type { JournalHead } from '../../model/audit.ts';
import type { Event, PlannedStep } from '../../model/event.ts';
import type { Refusal, Where } from '../../model/lockstep-error.ts';
import type { Outcome, StepDone } from '../../model/outcome.ts';

type Of<T extends Event['type']> = Extract<Event, { readonly type: T }>;

export interface PartStory {
  readonly number: number;
  readonly total: number;
  readonly summary: string;
  readonly where?: Where;
  readonly startedAt: number;
  durationMs?: number;
}

export interface StepStory {
  readonly step: PlannedStep;
  readonly parts: PartStory[];
  state: 'not reached' | 'running' | 'failed' | 'done';
  startedAt?: number;
  durationMs?: number;
  taken?: StepDone['taken'];
}

/** What the events of one target have come to. */
export interface Story {
  readonly at: Date;
  state: 'nothing' | 'begun' | 'done' | 'failed' | undefined;
  connected?: Of<'connected'>;
  started?: Of<'run-started'>;
  planned?: Of<'planned'>;
  steps: readonly StepStory[];
  losses: Of<'data-loss'>['losses'];
  readonly notes: Of<'note'>[];
  backedUp?: Of<'backed-up'>;
  /** What else was done: recorded, restored. */
  done?: string;
  refusal?: Omit<Refusal, 'cause'>;
  outcome?: Outcome;
  journal?: JournalHead | undefined;
}

export const newStory = (): Story => ({ at: new Date(), state: undefined, steps: [], losses: [], notes: [] });

type Readers = { readonly [type in Event['type']]?: (story: Story, event: Of<type>) => void };

const stepNow = ({ steps }: Story): StepStory | undefined => steps.find(({ state }) => state === 'running');

function endPart(step: StepStory | undefined): void {
  const part = step?.parts.at(-1);
  if (part) part.durationMs ??= performance.now() - part.startedAt;
}

function endStep(story: Story, state: 'done' | 'failed', durationMs?: number): void {
  const step = stepNow(story);
  if (!step) return;
  endPart(step);
  Object.assign(step, { state, durationMs: durationMs ?? performance.now() - (step.startedAt ?? 0) });
}

/** What began and did not report its end has failed. */
const READERS: Readers = {
  connected: (story, event) => {
    story.connected = event;
  },
  note: (story, event) => {
    story.notes.push(event);
    story.state ??= 'nothing';
  },
  planned: (story, event) => {
    story.planned = event;
    story.steps = event.steps.map((step) => ({ step, parts: [], state: 'not reached' }));
    story.state = event.steps.length === 0 || event.dryRun ? 'done' : 'begun';
  },
  'data-loss': (story, { losses }) => {
    story.losses = losses;
  },
  'backed-up': (story, event) => {
    story.backedUp = event;
    story.state = story.state === 'begun' ? 'begun' : 'done';
  },
  'run-started': (story, event) => {
    story.started = event;
  },
  'step-started': (story, { number }) => {
    const step = story.steps[number - 1];
    if (step) Object.assign(step, { state: 'running', startedAt: performance.now() });
  },
  progress: (story, { unit, ...part }) => {
    const step = stepNow(story);
    if (unit !== 'part') return;
    endPart(step);
    step?.parts.push({ ...part, startedAt: performance.now() });
  },
  'step-done': (story, { durationMs, taken }) => {
    const step = stepNow(story);
    if (step && taken) step.taken = taken;
    endStep(story, 'done', durationMs);
  },
  'step-failed': (story) => endStep(story, 'failed'),
  'run-ended': (story, { outcome, journal }) => {
    Object.assign(story, { outcome, journal, state: outcome.failed ? 'failed' : 'done' });
  },
  recorded: (story, { text, journal }) => Object.assign(story, { done: text, journal, state: 'done' }),
  restored: (story, { database }) => Object.assign(story, { done: `Restored into ${database}`, state: 'done' }),
  refused: (story, { refusal }) => Object.assign(story, { refusal, state: 'failed' }),
};

export function tell(story: Story, event: Event): void {
  const read = READERS[event.type] as ((story: Story, event: Event) => void) | undefined;
  read?.(story, event);
}
