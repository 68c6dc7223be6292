import type { Event } from '../model/event.ts';

/** Takes the events of one run or several, and turns them into text somewhere. */
export interface Reporter {
  readonly report: (event: Event) => void;
  /** Called once, after the last event: what is written at the end is written now. */
  readonly close: () => void;
}

export const NOTHING_TO_CLOSE = (): void => undefined;

export type Write = (text: string) => void;
