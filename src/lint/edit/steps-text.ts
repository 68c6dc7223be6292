import type { Fix } from '../../model/finding.ts';

/** The steps as a migration has them: each in a part of its own. One that runs in the migration's own transaction needs no marker. */
export function stepsText({ steps, isApart }: Fix): string {
  const [only, ...more] = steps;
  if (only && more.length === 0 && !isApart) return only.sql;
  return steps.map(({ mode, sql }) => `-- part: ${mode}\n${sql}`).join('\n');
}
