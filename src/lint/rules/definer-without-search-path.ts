import type { Node } from 'libpg-query';
import { nameOfList } from '../../sql/effects/names.ts';
import { nameText } from '../rule/look.ts';
import type { Rule } from '../rule/rule.ts';

export const rule: Rule = {
  id: 'definer-without-search-path',
  class: 'policy',
  on: ['CreateFunctionStmt'],
  title: 'SECURITY DEFINER without SET search_path',
  why: 'whoever calls it chooses which tables and functions its names mean, and it runs with the rights of its owner (manual: sql-createfunction)',
  bad: "CREATE FUNCTION one() RETURNS integer LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';",
  good: "CREATE FUNCTION one() RETURNS integer LANGUAGE sql SECURITY DEFINER SET search_path = '' AS 'SELECT 1';",
  check: ({ node }) => {
    if (!('CreateFunctionStmt' in node)) return [];
    const options = node.CreateFunctionStmt.options ?? [];
    if (!optionIs(options, 'security') || JSON.stringify(options).includes('"search_path"')) return [];
    const name = nameText(nameOfList(node.CreateFunctionStmt.funcname));
    return [
      {
        what: `${name} runs with the rights of its owner under the caller's search path`,
        next: "SET search_path = ''   and names with their schema",
      },
    ];
  },
};

const optionIs = (options: readonly Node[], name: string): boolean =>
  options.some(
    (one) =>
      'DefElem' in one &&
      one.DefElem.defname === name &&
      one.DefElem.arg &&
      'Boolean' in one.DefElem.arg &&
      one.DefElem.arg.Boolean.boolval === true,
  );
