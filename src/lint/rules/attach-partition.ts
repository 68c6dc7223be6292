import { nameOfRelation } from '../../sql/effects/names.ts';
import { alterations, isUsed, nameText } from '../rule/look.ts';
import type { Hit, Rule, Site } from '../rule/rule.ts';
import { keyOf, type Relation } from '../schema/schema.ts';
import { isProved } from './set-not-null.ts';

export const rule: Rule = {
  id: 'attach-partition',
  class: 'lock-long',
  on: ['AlterTableStmt'],
  title: 'ATTACH PARTITION of a table with rows',
  why: 'all rows of the new partition are read under ACCESS EXCLUSIVE on it, unless a valid CHECK says that they are within its bounds; so are those of the DEFAULT partition',
  given: 'CREATE TABLE events (at date NOT NULL) PARTITION BY RANGE (at);\nCREATE TABLE events_2026 (at date NOT NULL);',
  bad: "ALTER TABLE events ATTACH PARTITION events_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');",
  good: "ALTER TABLE events_2026 ADD CONSTRAINT bounds CHECK (at >= '2026-01-01' AND at < '2027-01-01') NOT VALID;",
  check: (site) =>
    alterations(site, 'AT_AttachPartition').flatMap(({ table, relation, command }) => {
      const partition = command.def && 'PartitionCmd' in command.def ? nameOfRelation(command.def.PartitionCmd.name) : undefined;
      if (!partition) return [];
      const child = site.schema.find(partition);
      const key = relation?.partitionKey ?? [];
      return [
        ...(isUsed(site.schema, partition) && !(isBounded(child, key) && isFilled(child, key))
          ? [hitOf(nameText(partition), partition)]
          : []),
        ...defaultsOf(site, relation)
          .filter((one) => !isBounded(one, key))
          .map((one) => hitOf(`the DEFAULT partition ${nameText(one)}`, table)),
      ];
    }),
};

const hitOf = (name: string, table: Hit['table']): Hit => ({
  what: `All rows of ${name} are read while nobody can use it`,
  ...(table && { table }),
  next: 'first a CHECK that says what its bounds say, and IS NOT NULL where the key may be NULL, NOT VALID; in a part of its own VALIDATE it; then ATTACH; then drop the CHECK',
});

/** A valid CHECK on the partition key is taken for one that implies the bounds: whether it does, only the server can tell. */
const isBounded = (relation: Relation | undefined, key: readonly string[]): boolean =>
  relation?.constraints.some(
    ({ kind, isValid, columns }) => kind === 'check' && isValid && columns.some((column) => key.length === 0 || key.includes(column)),
  ) ?? false;

/** Only DEFAULT and a list that names NULL take it: a CHECK that may be NULL says too little. */
const isFilled = (relation: Relation | undefined, key: readonly string[]): boolean =>
  key.every((column) => relation?.columns.get(column)?.notNull || isProved(relation, column));

export const defaultsOf = ({ schema }: Site, parent: Relation | undefined): readonly Relation[] =>
  parent
    ? [...schema.relations.values()].filter(
        (one) => one.parent === keyOf(parent.schema, parent.name) && one.isDefaultPartition && !one.isNew,
      )
    : [];
