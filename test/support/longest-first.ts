import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What takes more than a few seconds, longest first: begun last, one of them would keep a single worker busy at the end. */
const LONG = [
  'journeys/kill',
  'faults/matrix',
  'backup/prove',
  'bad-input/secrets',
  'cli/built',
  'journeys/secrets',
  'emergency/emergency',
  'backup/gate',
  'image/',
  'adopters/',
  'package/deploy',
  'package/snippets',
  'package/nodes',
  'package/adopters',
  'journeys/production',
  'run/code',
  'knex/',
  'backup/damage',
  'data-loss/read-ahead',
  'data-loss/measured',
  'bad-input/places',
  'bad-input/drift',
  'journeys/signals',
  'backup/command',
  'dev-server/',
  'bad-input/command-line',
  'bad-input/privileges',
  'sql/limits',
  'backup/copy',
  'backup/restore',
  'backup/odd-names',
  'run/parts.',
  'journeys/apply',
  'run/lock-patience',
  'bad-input/sql',
  'bad-input/other-tools',
  'journeys/make',
  'journeys/race',
  'report/schema',
  'bad-input/settings',
  'model/history',
  'cli/',
  'journeys/repair',
  'audit/tampering',
  'journeys/own-environments',
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
