import type { Event } from '../model/event.ts';
import type { LintResult } from '../model/finding.ts';
import { jsonLine } from '../model/printable.ts';
import { hasPassed, type Rehearsal } from '../model/rehearsal.ts';
import { isInOrder, type Status } from '../model/status.ts';
import type { Target } from '../model/target.ts';
import { NOTHING_TO_CLOSE, type Reporter, type Write } from './reporter.ts';

/** Changes when a field changes its meaning or goes away; new fields do not change it. */
export const JSON_VERSION = 1;

export function jsonReporter(write: Write): Reporter {
  return {
    report: (event: Event) => write(jsonLine({ v: JSON_VERSION, at: new Date().toISOString(), ...event })),
    close: NOTHING_TO_CLOSE,
  };
}

export const statusJson = (status: Status): string => jsonLine({ v: JSON_VERSION, type: 'status', inOrder: isInOrder(status), ...status });

export const rehearsalJson = (rehearsal: Rehearsal): string =>
  jsonLine({ v: JSON_VERSION, type: 'rehearsal', passed: hasPassed(rehearsal), ...rehearsal });

/** How a database differs from what its migrations make. */
export interface JsonDeep {
  readonly environment: string;
  readonly server: Target;
  readonly replayed: number;
  readonly differences: readonly string[];
}

export const deepJson = (deep: JsonDeep): string =>
  jsonLine({ v: JSON_VERSION, type: 'deep-status', inOrder: deep.differences.length === 0, ...deep });

export const lintJson = (found: LintResult): string =>
  jsonLine({ v: JSON_VERSION, type: 'lint', passed: found.findings.every(({ severity }) => severity !== 'error'), ...found });
