import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What takes more than a few seconds, longest first: begun last, one of them would keep a single worker busy at the end. */
const LONG = [
  'knex/stock',
  'backup/odd-names',
  'dev-server/places',
  'bad-input/secrets',
  'cli/built',
  'backup/restore',
  'backup/copy',
  'sql/limits',
  'bad-input/command-line',
  'dev-server/start',
  'journeys/kill',
  'faults/matrix',
  'backup/gate',
  'backup/damage',
  'journeys/production',
  'backup/prove',
  'bad-input/drift',
  'run/code',
  'journeys/signals',
  'data-loss/measured',
  'audit/tampering',
  'run/parts.',
  'bad-input/follow-next',
  'audit/audit',
];

const rank = ({ moduleId }: TestSpecification): number => {
  const at = LONG.findIndex((name) => moduleId.includes(`/test/${name}`));
  return at < 0 ? LONG.length : at;
};

/** Puts the long files first. */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}
