import type { AlterTableStmt, Constraint, Node } from 'libpg-query';
import { commandsOf, findOption, nameOfRelation, wordOf } from '../../sql/effects/names.ts';
import { walkTree } from '../../sql/effects/walk-tree.ts';
import type { Rule, Site } from '../rule/rule.ts';

export const rule: Rule = {
  id: 'needs-newer-server',
  class: 'runtime-error',
  title: 'Syntax that the server does not know yet',
  why: 'the statement fails with a syntax error on a server of an older major',
  until: 17,
  given: 'CREATE TABLE users (id bigint, email text);',
  bad: 'ALTER TABLE users ADD COLUMN lower text GENERATED ALWAYS AS (lower(email)) VIRTUAL;',
  good: 'ALTER TABLE users ADD COLUMN lower text;',
  check: (site) => {
    const { major } = site;
    if (major === undefined) return [];
    const newer = NEEDS.filter(([, since]) => since > major);
    if (newer.length === 0) return [];
    const look = lookAt(site);
    return newer
      .filter(([, , isThere]) => isThere(look))
      .map(([what, since]) => ({
        what: `${what} is new in PostgreSQL ${since}, and the server is ${major}`,
        next: 'write it as the server knows it, or upgrade the server first',
      }));
  },
};

interface Look extends Pick<Site, 'node' | 'schema'> {
  readonly constraints: readonly Constraint[];
  readonly functions: ReadonlySet<string>;
  readonly kinds: ReadonlySet<string>;
}

/** All constraints that a statement writes down, the functions that it calls, and the kinds of what is in it; in one walk. */
function lookAt({ node, schema }: Site): Look {
  const constraints: Constraint[] = [];
  const functions = new Set<string>();
  const kinds = new Set<string>();
  walkTree(node, (kind, object) => {
    kinds.add(kind);
    if (kind === 'Constraint') constraints.push(object as Constraint);
    if (kind === 'FuncCall') functions.add(wordOf((object['funcname'] as readonly Node[]).at(-1)));
    return false;
  });
  return { node, schema, constraints, functions, kinds };
}

/** What is told by, since when it is there, and what to look for. */
const NEEDS: readonly (readonly [what: string, since: number, isThere: (look: Look) => boolean])[] = [
  ['a VIRTUAL generated column', 18, ({ constraints }) => constraints.some(({ generated_kind }) => generated_kind === 'v')],
  ['NOT ENFORCED', 18, ({ constraints }) => constraints.some(isNotEnforced)],
  [
    'ADD CONSTRAINT … NOT NULL',
    18,
    ({ constraints }) => constraints.some(({ contype, keys }) => contype === 'CONSTR_NOTNULL' && keys !== undefined),
  ],
  ['WITHOUT OVERLAPS or PERIOD', 18, ({ constraints }) => constraints.some((one) => one.without_overlaps || one.fk_with_period)],
  [
    'NULLS NOT DISTINCT',
    15,
    ({ constraints, node }) =>
      constraints.some((one) => one.nulls_not_distinct) || ('IndexStmt' in node && node.IndexStmt.nulls_not_distinct === true),
  ],
  ['ON DELETE SET NULL with columns', 15, ({ constraints }) => constraints.some(({ fk_del_set_cols = [] }) => fk_del_set_cols.length > 0)],
  [
    'a foreign key NOT VALID of a partitioned table',
    18,
    ({ node, schema }) =>
      'AlterTableStmt' in node &&
      addsOpenKey(node.AlterTableStmt) &&
      schema.find(nameOfRelation(node.AlterTableStmt.relation))?.partitionBy !== undefined,
  ],
  ['SET EXPRESSION', 17, ({ node }) => has(node, 'AT_SetExpression')],
  ['SET ACCESS METHOD', 15, ({ node }) => has(node, 'AT_SetAccessMethod')],
  ['MERGE', 15, ({ node }) => 'MergeStmt' in node],
  ['MERGE … RETURNING', 17, ({ node }) => 'MergeStmt' in node && 'returningClause' in node.MergeStmt],
  ['security_invoker', 15, ({ node }) => 'ViewStmt' in node && findOption(node.ViewStmt.options, 'security_invoker') !== undefined],
  [
    'uuidv7() and uuidv4()',
    18,
    ({ functions, schema }) => ['uuidv7', 'uuidv4'].some((name) => functions.has(name) && !schema.findIn(schema.functions, { name })),
  ],
  ['OLD and NEW in RETURNING', 18, ({ node, schema }) => returnsOldOrNew(node, schema)],
  ['ON_ERROR of COPY', 17, ({ node }) => 'CopyStmt' in node && findOption(node.CopyStmt.options, 'on_error') !== undefined],
  [
    'IS JSON, JSON_OBJECT() or JSON_ARRAY()',
    16,
    ({ kinds }) => ['JsonIsPredicate', 'JsonObjectConstructor', 'JsonArrayConstructor'].some((kind) => kinds.has(kind)),
  ],
  ['JSON_VALUE(), JSON_QUERY() or JSON_EXISTS()', 17, ({ kinds }) => kinds.has('JsonFuncExpr')],
  [
    'STORAGE in CREATE TABLE',
    16,
    ({ node }) => 'CreateStmt' in node && JSON.stringify(node.CreateStmt.tableElts ?? []).includes('"storage_name"'),
  ],
  [
    'a publication with columns, a WHERE or a schema',
    15,
    ({ node, kinds }) =>
      kinds.has('PublicationObjSpec') && /"(?:columns|whereClause)":|"pubobjtype":"PUBLICATIONOBJ_TABLES_IN/.test(JSON.stringify(node)),
  ],
  ['any_value()', 16, ({ functions, schema }) => functions.has('any_value') && !schema.findIn(schema.functions, { name: 'any_value' })],
  [
    'regexp_count(), regexp_instr(), regexp_like() and regexp_substr()',
    15,
    ({ functions }) => ['regexp_count', 'regexp_instr', 'regexp_like', 'regexp_substr'].some((name) => functions.has(name)),
  ],
  [
    'random_normal(), array_shuffle() and array_sample()',
    16,
    ({ functions }) => ['random_normal', 'array_shuffle', 'array_sample'].some((name) => functions.has(name)),
  ],
  ['JSON_TABLE', 17, ({ kinds }) => kinds.has('JsonTable')],
];

/** The tree says of a constraint that is enforced that it is; NOT ENFORCED is what is missing, and is not validated either. */
const isNotEnforced = ({ contype, is_enforced }: Constraint): boolean =>
  (contype === 'CONSTR_CHECK' || contype === 'CONSTR_FOREIGN') && is_enforced !== true;

/** `RETURNING old.x`, where nothing of the statement is called so. */
function returnsOldOrNew(node: Node, schema: Site['schema']): boolean {
  const [statement] = Object.values(node) as readonly { readonly returningClause?: unknown }[];
  const returned = JSON.stringify(statement?.returningClause ?? '');
  const { returningClause: _, ...rest } = (statement ?? {}) as Readonly<Record<string, unknown>>;
  return ['old', 'new'].some(
    (name) =>
      returned.includes(`"fields":[{"String":{"sval":"${name}"}},`) &&
      !JSON.stringify(rest).includes(`"${name}"`) &&
      !schema.find({ name }),
  );
}

const has = (node: Node, subtype: string): boolean =>
  'AlterTableStmt' in node && commandsOf(node.AlterTableStmt).some((one) => one.subtype === subtype);

const addsOpenKey = (statement: AlterTableStmt): boolean =>
  commandsOf(statement).some(
    ({ def }) => def && 'Constraint' in def && def.Constraint.contype === 'CONSTR_FOREIGN' && def.Constraint.skip_validation,
  );
