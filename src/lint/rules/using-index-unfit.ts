import { addedConstraints, nameText, quoted } from '../rule/look.ts';
import type { Rule } from '../rule/rule.ts';
import type { TableIndex } from '../schema/schema.ts';

export const rule: Rule = {
  id: 'using-index-unfit',
  class: 'runtime-error',
  on: ['AlterTableStmt'],
  title: 'UNIQUE or PRIMARY KEY USING INDEX of an index that cannot be one',
  why: 'the index has to be unique, valid, and of plain columns without a WHERE, else the statement fails with 42809 or 55000 (manual: sql-altertable, ADD table_constraint_using_index)',
  given: 'CREATE TABLE users (id bigint, email text);\nCREATE INDEX users_email ON users (email);',
  bad: 'ALTER TABLE users ADD CONSTRAINT users_email_key UNIQUE USING INDEX users_email;',
  good: 'CREATE UNIQUE INDEX CONCURRENTLY users_email_once ON users (email);\nALTER TABLE users ADD CONSTRAINT users_email_key UNIQUE USING INDEX users_email_once;',
  check: (site) =>
    ['CONSTR_UNIQUE', 'CONSTR_PRIMARY'].flatMap((kind) =>
      addedConstraints(site, kind).flatMap(({ table, on, relation, constraint: { indexname } }) => {
        const index = relation?.indexes.find(({ name }) => name === indexname);
        const why = index && unfit(index);
        if (!why) return [];
        return [
          {
            what: `${quoted(index.name)} ${why}, so it cannot be the index of a constraint: the statement fails`,
            table,
            next: `CREATE UNIQUE INDEX CONCURRENTLY ${quoted(`${index.name}_once`)} ON ${on} (…);   of plain columns, and name that one`,
          },
        ];
      }),
    ),
};

const unfit = ({ isUnique, isValid, isPlain, constraint }: TableIndex): string | undefined =>
  !isUnique
    ? 'is not unique'
    : !isValid
      ? 'is not valid'
      : !isPlain
        ? 'has a WHERE or an expression'
        : constraint
          ? `is that of ${nameText({ name: constraint })}`
          : undefined;
