import { commandsOf } from '../../sql/effects/names.ts';
import { alterations } from '../rule/look.ts';
import type { Rule } from '../rule/rule.ts';

export const rule: Rule = {
  id: 'disable-trigger',
  class: 'correctness',
  on: ['AlterTableStmt'],
  severity: 'warning',
  title: 'DISABLE TRIGGER that nothing enables again',
  why: 'from COMMIT on the rows of everybody escape it; ALL and a foreign key’s trigger let through what the constraint forbids',
  given: 'CREATE TABLE users (id bigint);',
  bad: 'ALTER TABLE users DISABLE TRIGGER ALL;',
  good: 'ALTER TABLE users DISABLE TRIGGER ALL;\nALTER TABLE users ENABLE TRIGGER ALL;',
  check: (site) =>
    alterations(site, 'AT_DisableTrig', 'AT_DisableTrigAll', 'AT_DisableTrigUser').flatMap(({ table, on, command }) => {
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
};
