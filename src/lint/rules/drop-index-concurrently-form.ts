import { droppedRelations } from '../../sql/effects/changed-relations.ts';
import { alone, fixOf, nameText } from '../rule/look.ts';
import type { Rule } from '../rule/rule.ts';

export const rule: Rule = {
  id: 'drop-index-concurrently-form',
  class: 'runtime-error',
  on: ['DropStmt'],
  title: 'DROP INDEX CONCURRENTLY with several names, or with CASCADE',
  why: 'it takes one name, and no CASCADE: the statement fails with 0A000',
  given: 'CREATE TABLE users (id bigint, email text);\nCREATE INDEX users_id ON users (id);\nCREATE INDEX users_email ON users (email);',
  bad: 'DROP INDEX CONCURRENTLY users_id, users_email;',
  good: 'DROP INDEX CONCURRENTLY users_id;\nDROP INDEX CONCURRENTLY users_email;',
  check: (site) => {
    if (!('DropStmt' in site.node) || !site.node.DropStmt.concurrent) return [];
    const { behavior, missing_ok } = site.node.DropStmt;
    const names = droppedRelations(site.node.DropStmt);
    const steps = names.map((name) => alone(`DROP INDEX CONCURRENTLY ${missing_ok ? 'IF EXISTS ' : ''}${nameText(name)}`));
    const isCascade = behavior === 'DROP_CASCADE';
    if (names.length < 2 && !isCascade) return [];
    return [{ what: `DROP INDEX CONCURRENTLY takes ${isCascade ? 'no CASCADE' : 'one name'}: the statement fails`, ...fixOf(site, steps) }];
  },
};
