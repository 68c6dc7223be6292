import { addedColumns, quoted } from '../rule/look.ts';
import type { Rule } from '../rule/rule.ts';

export const rule: Rule = {
  id: 'add-column-generated-stored',
  class: 'rewrite',
  on: ['AlterTableStmt'],
  title: 'A new stored generated column',
  why: 'the value is computed and stored for each row, so PostgreSQL writes the whole table anew under ACCESS EXCLUSIVE',
  given: 'CREATE TABLE users (id bigint PRIMARY KEY, email text);',
  bad: 'ALTER TABLE users ADD COLUMN email_lower text GENERATED ALWAYS AS (lower(email)) STORED;',
  good: 'ALTER TABLE users ADD COLUMN email_lower text;',
  same: { squawk: 'adding-field-with-default', strongMigrations: 'add_column_generated_stored' },
  check: (site) =>
    addedColumns(site)
      .filter(({ constraints }) =>
        constraints.some(({ contype, generated_kind }) => contype === 'CONSTR_GENERATED' && generated_kind !== 'v'),
      )
      .map(({ table, on, name }) => ({
        what: `${on}.${quoted(name)} is computed for each row, so the whole table is written anew`,
        table,
        next: `${(site.major ?? 0) >= 18 ? 'write VIRTUAL instead of STORED, which costs nothing (an index on it is then not possible); or\n' : ''}add ${quoted(name)} as a plain column; let a BEFORE INSERT OR UPDATE trigger set it; fill the old rows in batches`,
      })),
};
