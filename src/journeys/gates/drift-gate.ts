import type { Drift } from '../../model/drift.ts';
import { LockstepError } from '../../model/lockstep-error.ts';

/** @throws LockstepError (exit 3) for the first disagreement that stops a run; the rest is returned as notes. */
export function verifyNoDrift(drifts: readonly Drift[]): readonly Drift[] {
  const stops = drifts.filter((drift) => drift.stops);
  const [first] = stops;
  if (!first) return drifts;
  const others = stops.length > 1 ? `; ${stops.length - 1} more: npm run migrate:status` : '';
  throw new LockstepError({
    code: `drift-${first.kind}`,
    what: `${first.what}${others}`,
    ...(first.file && { where: { file: first.file } }),
    next: first.next,
    exitCode: 3,
  });
}
