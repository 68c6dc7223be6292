import { alterations, apart, nameText, quoted } from '../rule/look.ts';
import type { Rule } from '../rule/rule.ts';

export const rule: Rule = {
  id: 'validate-in-same-transaction',
  class: 'lock-long',
  on: ['AlterTableStmt'],
  title: 'VALIDATE CONSTRAINT in the transaction that added it',
  why: 'VALIDATE lets everybody work, but the lock of ADD CONSTRAINT is held until COMMIT',
  given: 'CREATE TABLE users (id bigint PRIMARY KEY, age integer);',
  bad: 'ALTER TABLE users ADD CONSTRAINT age_positive CHECK (age > 0) NOT VALID;\nALTER TABLE users VALIDATE CONSTRAINT age_positive;',
  good: 'ALTER TABLE users ADD CONSTRAINT age_positive CHECK (age > 0) NOT VALID;\n-- part: transaction\nALTER TABLE users VALIDATE CONSTRAINT age_positive;',
  same: { squawk: 'constraint-missing-not-valid', strongMigrations: 'validate_foreign_key' },
  check: (site) =>
    alterations(site, 'AT_ValidateConstraint').flatMap(({ table, on, command, index }) => {
      const inSame = 'AlterTableStmt' in site.node && index > 0;
      const held = site.held.get(site.schema.keyed(table));
      if (!inSame && !held) return [];
      const by = held ? held.by : 'ALTER TABLE';
      return [
        {
          what: `VALIDATE reads all of ${on} while the lock of ${by} is held`,
          table,
          ...apart(site, `ALTER TABLE ${nameText(table)} VALIDATE CONSTRAINT ${quoted(command.name ?? '')}`, index),
        },
      ];
    }),
};
