import { findMigrationText } from '../files/migration-text.ts';
import { readMigrations } from '../files/read-migrations.ts';
import { ROLLBACK_COMMAND, withOptions } from '../model/command.ts';
import { listed } from '../model/lockstep-error.ts';
import type { Failure } from '../model/outcome.ts';
import type { Note } from '../plan/plan-request.ts';

/** SQLSTATE dependent_objects_still_exist. */
const DEPENDED_ON = '2BP01';

interface Names {
  /** In the order in which they were applied. */
  readonly applied: readonly string[];
  /** Of these, what is to be rolled back. */
  readonly going: readonly string[];
}

/** Which of the migrations that stay made what depends on what should go: those whose text names it. */
export async function explainDependents(root: string, failure: Failure, { applied, going }: Names): Promise<readonly Note[]> {
  if (failure.sqlstate !== DEPENDED_ON) return [];
  const dependents = [...(failure.detail ?? '').matchAll(/([^\n]*?) depends on /g)].flatMap(([, words = '']) => words.match(NAME) ?? []);
  const { migrations } = await readMigrations(root);
  const isMaker = (name: string): boolean => {
    const migration = migrations.find((one) => one.name === name);
    return !going.includes(name) && migration !== undefined && mentions(findMigrationText(root, migration)?.text ?? '', dependents);
  };
  const makers = applied.filter(isMaker);
  const [first] = makers;
  if (!first) return [];
  const below = applied[applied.indexOf(first) - 1] ?? '0';
  return [
    {
      text: `${listed(makers)} ${makers.length === 1 ? 'stays, and names' : 'stay, and name'} what depends on it`,
      next: `${withOptions(ROLLBACK_COMMAND, `--to ${below}`)}   rolls back from ${first} on; then the same command again`,
    },
  ];
}

/** A name, or the last part of one; words in lower case that PostgreSQL calls kinds of objects by are names as well, of nothing. */
const NAME = /(?<=")[^"]+(?=")|[\w$]+/g;
const KINDS = new Set([
  'table',
  'view',
  'materialized',
  'column',
  'constraint',
  'index',
  'function',
  'type',
  'trigger',
  'policy',
  'default',
  'value',
  'for',
  'of',
  'on',
  'and',
  'rule',
]);

const mentions = (text: string, names: readonly string[]): boolean => {
  const words = new Set(text.match(NAME));
  return names.some((name) => !KINDS.has(name) && words.has(name));
};
