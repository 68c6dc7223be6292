import { RULES } from '../../src/lint/rules.ts';
import type { Form } from './form.ts';

/** What the rules' cards call bad and good, as it stands there. */
export const OF_RULES: readonly Form[] = RULES.flatMap(({ id, given = '', bad, good, since, until }) => {
  const majors = { ...(since !== undefined && { since }), ...(until !== undefined && { until }) };
  return [
    { id: `rule:${id}:bad`, given, sql: bad, ...majors },
    { id: `rule:${id}:good`, given, sql: good, ...majors },
  ];
});
