import type { CreateFunctionStmt, FunctionParameter } from 'libpg-query';
import { nameOfList } from '../../sql/effects/names.ts';
import { nameText } from '../rule/look.ts';
import type { Rule } from '../rule/rule.ts';
import { typeOf, typeText } from '../schema/column-types.ts';

export const rule: Rule = {
  id: 'replace-function-refused',
  class: 'runtime-error',
  on: ['CreateFunctionStmt'],
  title: 'CREATE OR REPLACE FUNCTION with another result or other names of its arguments',
  why: 'neither can be replaced: the statement fails with 42P13',
  given: "CREATE FUNCTION total(a integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';",
  bad: "CREATE OR REPLACE FUNCTION total(a integer) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';",
  good: "DROP FUNCTION total(integer);\nCREATE FUNCTION total(a integer) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';",
  check: ({ node, schema }) => {
    if (!('CreateFunctionStmt' in node) || !node.CreateFunctionStmt.replace) return [];
    const name = nameOfList(node.CreateFunctionStmt.funcname);
    const old = schema.findIn(schema.functionNodes, name)?.node;
    const now = node.CreateFunctionStmt;
    // Of other arguments it is another function beside it.
    if (!old || old.is_procedure !== now.is_procedure || types(old) !== types(now)) return [];
    const what = result(old) !== result(now) ? 'returns something else' : isRenamed(old, now) ? 'calls an argument otherwise' : undefined;
    if (!what) return [];
    return [
      {
        what: `${nameText(name)}() that is there ${what}: the statement fails with 42P13`,
        next: `DROP FUNCTION ${nameText(name)}(${types(old)});   before it, and its grants again behind it`,
      },
    ];
  },
};

const parameters = ({ parameters: all = [] }: CreateFunctionStmt, ...modes: readonly string[]): readonly FunctionParameter[] =>
  all.flatMap((one) => ('FunctionParameter' in one && modes.includes(one.FunctionParameter.mode ?? '') ? [one.FunctionParameter] : []));

const TAKEN = ['FUNC_PARAM_DEFAULT', 'FUNC_PARAM_IN', 'FUNC_PARAM_INOUT', 'FUNC_PARAM_VARIADIC'];
const text = ({ argType }: FunctionParameter): string => {
  const type = typeOf(argType);
  return type ? typeText({ ...type, mods: [] }) : '';
};

const types = (one: CreateFunctionStmt): string =>
  parameters(one, ...TAKEN)
    .map(text)
    .join(', ');

/** With what OUT and TABLE name, which are part of it. */
const result = (one: CreateFunctionStmt): string =>
  [
    one.returnType?.setof === true,
    text({ ...(one.returnType && { argType: one.returnType }) }),
    ...parameters(one, 'FUNC_PARAM_OUT', 'FUNC_PARAM_INOUT', 'FUNC_PARAM_TABLE').map((out) => `${out.name} ${text(out)}`),
  ].join();

const isRenamed = (old: CreateFunctionStmt, now: CreateFunctionStmt): boolean => {
  const names = parameters(now, ...TAKEN).map(({ name }) => name);
  return parameters(old, ...TAKEN).some(({ name }, i) => name !== undefined && name !== '' && name !== names[i]);
};
