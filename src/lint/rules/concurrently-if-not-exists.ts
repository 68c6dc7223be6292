import { nameOfRelation } from '../../sql/effects/names.ts';
import { alone, fixOf, nameText, quoted } from '../rule/look.ts';
import type { Rule } from '../rule/rule.ts';

export const rule: Rule = {
  id: 'concurrently-if-not-exists',
  class: 'correctness',
  on: ['IndexStmt'],
  title: 'CREATE INDEX CONCURRENTLY IF NOT EXISTS',
  why: 'an attempt that failed leaves an INVALID index of that name, which IF NOT EXISTS takes for done: the migration counts as applied, and no query uses the index',
  given: 'CREATE TABLE users (id bigint, email text);',
  bad: 'CREATE INDEX CONCURRENTLY IF NOT EXISTS users_email ON users (email);',
  good: 'CREATE INDEX CONCURRENTLY users_email ON users (email);',
  check: (site) => {
    if (!('IndexStmt' in site.node) || !site.node.IndexStmt.concurrent || !site.node.IndexStmt.if_not_exists) return [];
    const { relation, idxname } = site.node.IndexStmt;
    const table = nameOfRelation(relation);
    const there = site.schema.find(table)?.indexes.find(({ name }) => name === idxname);
    // A valid one of that name is there: nothing is built, and nothing can be left half built.
    if (there?.isValid) return [];
    const name = quoted(idxname ?? '');
    const what = there
      ? `${name} is there and INVALID: this statement leaves it as it is and counts as done`
      : `An INVALID ${name} of an earlier attempt would be taken for done`;
    const plain = alone(site.text.replace(/\s+IF\s+NOT\s+EXISTS/i, ''));
    const steps = there
      ? [alone(`DROP INDEX CONCURRENTLY ${nameText({ name: idxname ?? '', ...(table.schema && { schema: table.schema }) })}`), plain]
      : [plain];
    return [{ what, table, ...fixOf(site, steps) }];
  },
};
