import type { Event } from '../model/event.ts';
import { isInOrder, type Status } from '../model/status.ts';
import type { Reporter, Write } from './reporter.ts';

/** Changes when a field changes its meaning or goes away; new fields do not change it. */
export const JSON_VERSION = 1;

/** One event a line. */
export function jsonReporter(write: Write): Reporter {
  return (event: Event) => write(`${JSON.stringify({ v: JSON_VERSION, at: new Date().toISOString(), ...event })}\n`);
}

/** A status as one line of JSON. */
export function statusJson(status: Status): string {
  return `${JSON.stringify({ v: JSON_VERSION, type: 'status', inOrder: isInOrder(status), ...status })}\n`;
}
