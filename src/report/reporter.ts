import type { Event } from '../model/event.ts';

/** Takes the events of a run and turns them into text somewhere. */
export type Reporter = (event: Event) => void;

/** Where a reporter's text goes. */
export type Write = (text: string) => void;
