import { addedColumns, quoted } from '../rule/look.ts';
import type { Rule } from '../rule/rule.ts';
import { typeOf, typeText } from '../schema/column-types.ts';

export const rule: Rule = {
  id: 'add-column-constrained-domain',
  class: 'rewrite',
  on: ['AlterTableStmt'],
  title: 'A new column of a domain with constraints',
  why: 'the domain is checked for each row even where the column has no default, so PostgreSQL writes the whole table anew under ACCESS EXCLUSIVE',
  given: 'CREATE TABLE users (id bigint PRIMARY KEY);\nCREATE DOMAIN positive AS integer CHECK (VALUE > 0);',
  bad: 'ALTER TABLE users ADD COLUMN age positive;',
  good: 'ALTER TABLE users ADD COLUMN age integer;\nALTER TABLE users ADD CONSTRAINT age_positive CHECK (age > 0) NOT VALID;',
  check: (site) =>
    addedColumns(site).flatMap(({ table, on, name, definition }) => {
      const type = typeOf(definition.typeName);
      const domain = type && !type.isArray ? site.schema.findIn(site.schema.domains, type) : undefined;
      if (!type || !domain?.isConstrained) return [];
      const base = typeText(domain.base ?? { name: 'text', mods: [], isArray: false });
      return [
        {
          what: `The domain ${quoted(type.name)} is checked for each row of ${on}, so the whole table is written anew`,
          table,
          next: `ALTER TABLE ${on} ADD COLUMN ${quoted(name)} ${base};\nALTER TABLE ${on} ADD CONSTRAINT … CHECK (…) NOT VALID;   what the domain asks for; then VALIDATE it in a part of its own`,
        },
      ];
    }),
};
