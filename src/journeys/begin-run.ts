import type { Emit, Event } from '../model/event.ts';
import type { Outcome } from '../model/outcome.ts';

/** A run that has begun: await it for its outcome, or iterate over its events as they come. */
export interface Run extends Promise<Outcome> {
  /** From the first one on, whenever it is asked for. Ends with the run; throws where the run was refused. */
  readonly events: AsyncIterable<Event>;
}

export function beginRun(begin: (emit: Emit) => Promise<Outcome>): Run {
  const seen: Event[] = [];
  let isOver = false;
  let waiting: (() => void)[] = [];
  const wake = (): void => {
    for (const resolve of waiting) resolve();
    waiting = [];
  };
  const outcome = begin((event) => {
    seen.push(event);
    wake();
  }).finally(() => {
    isOver = true;
    wake();
  });
  async function* events(): AsyncGenerator<Event> {
    // A refusal is thrown here: whoever iterates has not awaited the run yet.
    outcome.catch(() => {});
    for (let next = 0; next < seen.length || !isOver; next += 1) {
      if (next === seen.length) await new Promise<void>((resolve) => waiting.push(resolve));
      const event = seen[next];
      if (event) yield event;
    }
    await outcome;
  }
  return Object.assign(outcome, { events: { [Symbol.asyncIterator]: events } });
}
