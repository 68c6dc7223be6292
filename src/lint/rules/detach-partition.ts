import { nameOfRelation } from '../../sql/effects/names.ts';
import { alterations, nameText } from '../rule/look.ts';
import type { Hit, Rule } from '../rule/rule.ts';
import { defaultsOf } from './attach-partition.ts';

export const rule: Rule = {
  id: 'detach-partition',
  class: 'lock-brief',
  on: ['AlterTableStmt'],
  title: 'DETACH PARTITION without CONCURRENTLY',
  why: 'ACCESS EXCLUSIVE on the partitioned table: every query queues behind it for as long as it waits for those that run',
  given:
    "CREATE TABLE events (at date) PARTITION BY RANGE (at);\nCREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');",
  bad: 'ALTER TABLE events DETACH PARTITION events_2025;',
  good: 'ALTER TABLE events DETACH PARTITION events_2025 CONCURRENTLY;',
  same: { squawk: 'require-concurrent-partition-detach' },
  check: (site) =>
    alterations(site, 'AT_DetachPartition').flatMap(({ table, on, command, relation }): readonly Hit[] => {
      const cmd = command.def && 'PartitionCmd' in command.def ? command.def.PartitionCmd : undefined;
      const partition = nameText(nameOfRelation(cmd?.name));
      const [standing] = defaultsOf(site, relation);
      if (cmd?.concurrent)
        return standing
          ? [
              {
                what: `${on} has a DEFAULT partition: CONCURRENTLY fails with 55000`,
                severity: 'error' as const,
                table,
                next: `DETACH PARTITION ${partition};   without CONCURRENTLY`,
              },
            ]
          : [];
      const what = `${on} is locked for everybody while this waits for its turn`;
      if (standing)
        return [
          { what, table, next: `${on} has a DEFAULT partition, with which CONCURRENTLY is not to be had: do it when little goes on` },
        ];
      // It leaves a CHECK of the bounds behind, which plain DETACH does not: no more the same schema.
      const next = `ALTER TABLE ${on} DETACH PARTITION ${partition} CONCURRENTLY;   it leaves a CHECK of its bounds on ${partition}, which may be dropped`;
      return [{ what, table, next }];
    }),
};
