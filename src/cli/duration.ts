import { LockstepError } from '../model/lockstep-error.ts';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, min: 60_000, h: 3_600_000 };

/** `60s`, `2min`, `500ms`; a bare number is seconds. @returns milliseconds */
export function parseDuration(text: string): number {
  const [, number, unit = 's'] = /^(\d+(?:\.\d+)?)\s*([a-z]+)?$/.exec(text.trim()) ?? [];
  const factor = UNITS[unit];
  if (number !== undefined && factor !== undefined) return Number(number) * factor;
  throw new LockstepError({ code: 'usage', what: `"${text}" is no duration`, next: 'write it as 60s, 2min or 500ms', exitCode: 2 });
}
