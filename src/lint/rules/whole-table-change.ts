import type { Node, WithClause } from 'libpg-query';
import { nameOfRelation } from '../../sql/effects/names.ts';
import { isAlwaysTrue } from '../../sql/effects/preserves-data.ts';
import { fixOf, isUsed, nameText } from '../rule/look.ts';
import type { Hit, Rule, Site } from '../rule/rule.ts';

export const rule: Rule = {
  id: 'whole-table-change',
  class: 'dml',
  title: 'UPDATE, DELETE or MERGE of all rows',
  why: 'each row is locked until COMMIT, the table grows by as many dead rows, and replicas wait for all of it at once',
  given: 'CREATE TABLE users (id bigint PRIMARY KEY, name text);',
  bad: "UPDATE users SET name = '';",
  good: "-- part: backfill\nUPDATE users SET name = '';",
  same: { strongMigrations: 'backfill' },
  check: (site) => (site.inBatches ? [] : changesIn(site.node)).flatMap((one) => judge(site, one)),
};

/** A statement and those in its WITH. */
function changesIn(node: Node): readonly Node[] {
  const [statement] = Object.values(node) as readonly { readonly withClause?: WithClause }[];
  const inner = (statement?.withClause?.ctes ?? []).flatMap((cte) => ('CommonTableExpr' in cte && cte.CommonTableExpr.ctequery) || []);
  return [...inner.flatMap(changesIn), node];
}

function judge(site: Site, node: Node): readonly Hit[] {
  const verb = 'UpdateStmt' in node ? 'UPDATE' : 'DeleteStmt' in node ? 'DELETE' : 'MergeStmt' in node ? 'MERGE' : undefined;
  if (!verb) return [];
  const table = nameOfRelation(relationOf(node));
  if (!isWhole(node) || !isUsed(site.schema, table)) return [];
  return [
    {
      what: `${verb} changes every row of ${nameText(table)} in one transaction`,
      table,
      ...(runsInBatches(site, node)
        ? inBatches(site)
        : { next: '-- part: backfill   on a line of its own above it runs it in batches along the primary key, each committed' }),
    },
  ];
}

/** The statement by itself, of a table with a key, and without a look at other rows. */
const runsInBatches = ({ node: own, schema }: Site, node: Node): boolean =>
  own === node &&
  !('MergeStmt' in node) &&
  !/"(?:SubLink|returningClause)":/.test(JSON.stringify(node)) &&
  schema.find(nameOfRelation(relationOf(node)))?.constraints.some(({ kind }) => kind === 'primary') === true;

const inBatches = (site: Site) => {
  const { fix, ...told } = fixOf(site, [{ mode: 'backfill', sql: `${site.text.replace(/;\s*$/, '')};` }]);
  return fix ? { fix: { ...fix, isApart: true as const } } : told;
};

function relationOf(node: Node) {
  if ('UpdateStmt' in node) return node.UpdateStmt.relation;
  if ('DeleteStmt' in node) return node.DeleteStmt.relation;
  return 'MergeStmt' in node ? node.MergeStmt.relation : undefined;
}

const CHANGING = ['CMD_UPDATE', 'CMD_DELETE'];

function isWhole(node: Node): boolean {
  if ('UpdateStmt' in node) return isAlwaysTrue(node.UpdateStmt.whereClause) && (node.UpdateStmt.fromClause ?? []).length === 0;
  if ('DeleteStmt' in node) return isAlwaysTrue(node.DeleteStmt.whereClause) && (node.DeleteStmt.usingClause ?? []).length === 0;
  if (!('MergeStmt' in node)) return false;
  const { joinCondition, sourceRelation, mergeWhenClauses = [] } = node.MergeStmt;
  const isFree = (one: Node): boolean =>
    'MergeWhenClause' in one && !one.MergeWhenClause.condition && CHANGING.includes(one.MergeWhenClause.commandType ?? '');
  // Beside a whole table no row of it is spared.
  return isAlwaysTrue(joinCondition) || (sourceRelation !== undefined && 'RangeVar' in sourceRelation && mergeWhenClauses.some(isFree));
}
