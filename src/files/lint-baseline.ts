import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { attempt } from '../model/attempt.ts';
import { LockstepError } from '../model/lockstep-error.ts';

/** What lint found before a project began to use it; it belongs into the repository. */
const BASELINE_FILE = 'db/lint-baseline.json';

/** Fingerprints of findings that are not told; none where there is no such file. @throws LockstepError for one that cannot be read */
export function readBaseline(root: string): ReadonlySet<string> {
  const text = attempt(() => readFileSync(path.join(root, BASELINE_FILE), 'utf8'));
  if (text === undefined) return new Set();
  const found = attempt(() => (JSON.parse(text) as { readonly accepted: readonly string[] }).accepted);
  if (Array.isArray(found)) return new Set(found);
  throw new LockstepError({
    code: 'baseline-unreadable',
    what: `${BASELINE_FILE} is not what lint wrote`,
    where: { file: BASELINE_FILE },
    next: 'npm run migrate:lint -- --all --baseline   writes it anew',
  });
}

/** Writes them one a line, so that a review shows which come and go. */
export function writeBaseline(root: string, fingerprints: readonly string[]): void {
  mkdirSync(path.join(root, path.dirname(BASELINE_FILE)), { recursive: true });
  writeFileSync(path.join(root, BASELINE_FILE), `${JSON.stringify({ accepted: [...new Set(fingerprints)].sort() }, null, 2)}\n`);
}
