import path from 'node:path';
import { readProvenance } from '../../files/read-provenance.ts';
import { shellWord } from '../../model/command.ts';
import { listed } from '../../model/lockstep-error.ts';
import type { Gate } from './gate.ts';

const SHOWN = 5;

/** Keeps with the run which commit and which job it came from; what is in no commit cannot be found again, and is said so. */
export const provenanceGate: Gate = async ({ journey, target }) => {
  const provenance = journey.provenance ?? (await readProvenance(journey.project.root, journey.variables));
  const { dirty = [] } = provenance;
  if (dirty.length > 0 && target.isProduction)
    journey.emit({
      type: 'note',
      text: `${listed(dirty, SHOWN)}: not as in commit ${provenance.commit?.slice(0, 12)}, or in no commit; the journal keeps that`,
      next: `git add ${toAdd(dirty).map(shellWord).join(' ')} && git commit`,
    });
  return { ...provenance };
};

/** Of many files their folders: a command that leaves some out would have to be typed again. */
const toAdd = (dirty: readonly string[]): readonly string[] =>
  dirty.length > SHOWN ? [...new Set(dirty.map((file) => path.posix.dirname(file)))] : dirty;
