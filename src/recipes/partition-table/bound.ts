import { dayOf } from './periods.ts';

const KEYS = ['date', 'timestamp without time zone', 'timestamp with time zone'];

/** Types whose ranges are days. */
export const isDated = (type: string): boolean => KEYS.includes(type.replace(/\(\d\)/, ''));

/** A day as a value of the type, whatever the time zone of the session. */
export function boundOf(date: Date, type: string): string {
  const time = type === 'date' ? '' : ' 00:00:00';
  return `'${dayOf(date)}${time}${type.endsWith('with time zone') ? '+00' : ''}'`;
}
