import type { Node } from 'libpg-query';
import { commandsOf, wordOf } from '../../sql/effects/names.ts';
import { alterations } from '../rule/look.ts';
import type { Hit, Rule } from '../rule/rule.ts';

export const rule: Rule = {
  id: 'disable-trigger',
  class: 'correctness',
  on: ['AlterTableStmt', 'VariableSetStmt'],
  severity: 'warning',
  title: 'DISABLE TRIGGER that nothing enables again',
  why: 'from COMMIT on the rows of everybody escape it; ALL and a foreign key’s trigger let through what the constraint forbids',
  given: 'CREATE TABLE users (id bigint);',
  bad: 'ALTER TABLE users DISABLE TRIGGER ALL;',
  good: 'ALTER TABLE users DISABLE TRIGGER ALL;\nALTER TABLE users ENABLE TRIGGER ALL;',
  check: (site) => [
    ...unchecked(site.node),
    ...alterations(site, 'AT_DisableTrig', 'AT_DisableTrigAll', 'AT_DisableTrigUser').flatMap(({ table, on, command }) => {
      const isBack = site.after.some(
        (node) => 'AlterTableStmt' in node && commandsOf(node.AlterTableStmt).some(({ subtype }) => subtype?.startsWith('AT_EnableTrig')),
      );
      return isBack
        ? []
        : [
            {
              what: `${command.name ?? 'The triggers'} of ${on} stay${command.name ? 's' : ''} disabled for everybody`,
              table,
              next: `ALTER TABLE ${on} ENABLE TRIGGER ${command.name ?? 'ALL'};   in the same transaction`,
            },
          ];
    }),
  ],
};

/** No trigger fires and no foreign key is looked at, whatever the rows that follow. */
const unchecked = (node: Node): readonly Hit[] =>
  'VariableSetStmt' in node &&
  node.VariableSetStmt.name === 'session_replication_role' &&
  wordOf(node.VariableSetStmt.args?.[0]) === 'replica'
    ? [
        {
          what: 'Rows that follow escape every trigger and every foreign key',
          next: 'leave it out: rows that break a foreign key stay, and nothing looks at them again',
        },
      ]
    : [];
