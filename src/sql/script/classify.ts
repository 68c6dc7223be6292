import type {
  AlterEnumStmt,
  AlterSubscriptionStmt,
  AlterTableStmt,
  DropStmt,
  IndexStmt,
  Node,
  ReindexStmt,
  TransactionStmt,
} from 'libpg-query';
import type { Effect } from '../../model/script.ts';
import { commandsOf, findOption, isOn, nameOfList, nameOfRelation, wordOf } from '../effects/names.ts';
import { findRefused } from './refused-statements.ts';
import { PLAIN, REPEATABLE, type Trait, UNKNOWN } from './traits.ts';

function classifyTransaction({ kind, options, chain }: TransactionStmt): Trait {
  switch (kind) {
    case 'TRANS_STMT_BEGIN':
    case 'TRANS_STMT_START':
      return { kind: 'begin', begin: ['BEGIN', options?.map(beginOption).join(', ')].filter(Boolean).join(' ') };
    case 'TRANS_STMT_COMMIT':
      return { kind: 'commit', chain: chain ?? false };
    case 'TRANS_STMT_SAVEPOINT':
    case 'TRANS_STMT_RELEASE':
    case 'TRANS_STMT_ROLLBACK_TO':
      return { kind: 'savepoint' };
    default:
      return { kind: 'rollback' };
  }
}

function beginOption(option: Node): string {
  if (!('DefElem' in option)) return '';
  const { defname, arg } = option.DefElem;
  if (defname === 'transaction_isolation') return `ISOLATION LEVEL ${wordOf(arg).toUpperCase()}`;
  const on = isOn(option.DefElem, true);
  if (defname === 'transaction_read_only') return on ? 'READ ONLY' : 'READ WRITE';
  return on ? 'DEFERRABLE' : 'NOT DEFERRABLE';
}

/** Statements on subscriptions that reach out to the publisher, and so cannot run in a transaction block. */
function classifySubscription(node: Node): Effect | undefined {
  if ('CreateSubscriptionStmt' in node) return createSubscription(node.CreateSubscriptionStmt.options);
  // Where the subscription has no slot (its options are in the catalog), it could; alone it always can.
  if ('DropSubscriptionStmt' in node) return node.DropSubscriptionStmt.missing_ok ? REPEATABLE : UNKNOWN;
  if ('AlterSubscriptionStmt' in node) return alterSubscription(node.AlterSubscriptionStmt);
  return undefined;
}

function createSubscription(options: readonly Node[] | undefined): Effect | undefined {
  const connects = isOn(findOption(options, 'connect'), true);
  return isOn(findOption(options, 'create_slot'), connects) ? UNKNOWN : undefined;
}

function alterSubscription({ kind, options }: AlterSubscriptionStmt): Effect | undefined {
  switch (kind) {
    case 'ALTER_SUBSCRIPTION_REFRESH':
      return REPEATABLE;
    case 'ALTER_SUBSCRIPTION_SET_PUBLICATION':
      return isOn(findOption(options, 'refresh'), true) ? REPEATABLE : undefined;
    case 'ALTER_SUBSCRIPTION_ADD_PUBLICATION':
    case 'ALTER_SUBSCRIPTION_DROP_PUBLICATION':
      return isOn(findOption(options, 'refresh'), true) ? UNKNOWN : undefined;
    case 'ALTER_SUBSCRIPTION_OPTIONS':
      return findOption(options, 'failover') || findOption(options, 'two_phase') ? REPEATABLE : undefined;
    default:
      return undefined;
  }
}

/** Statements on databases, tablespaces and the server's settings, none of which can run in a transaction block. */
function classifyDatabase(node: Node): Effect | undefined {
  if ('AlterSystemStmt' in node) return REPEATABLE;
  if ('CreatedbStmt' in node) return { kind: 'create-database', name: node.CreatedbStmt.dbname ?? '' };
  if ('DropdbStmt' in node) return { kind: 'drop-database', name: node.DropdbStmt.dbname ?? '' };
  if ('CreateTableSpaceStmt' in node) return { kind: 'create-tablespace', name: node.CreateTableSpaceStmt.tablespacename ?? '' };
  if ('DropTableSpaceStmt' in node) return { kind: 'drop-tablespace', name: node.DropTableSpaceStmt.tablespacename ?? '' };
  // Moving a database to where it is already does nothing.
  if ('AlterDatabaseStmt' in node) return findOption(node.AlterDatabaseStmt.options, 'tablespace') && REPEATABLE;
  return undefined;
}

/** The effect of a statement that cannot run in a transaction block; undefined for every other. After PostgreSQL's calls of PreventInTransactionBlock. */
function classifyAlone(node: Node): Effect | undefined {
  if ('IndexStmt' in node) return createIndex(node.IndexStmt);
  if ('DropStmt' in node) return dropIndex(node.DropStmt);
  if ('ReindexStmt' in node) return reindex(node.ReindexStmt);
  if ('AlterTableStmt' in node) return detachPartition(node.AlterTableStmt);
  if ('VacuumStmt' in node) return node.VacuumStmt.is_vacuumcmd ? REPEATABLE : undefined;
  if ('ClusterStmt' in node) return node.ClusterStmt.relation ? undefined : REPEATABLE;
  return classifyDatabase(node) ?? classifySubscription(node);
}

function createIndex({ concurrent, relation, idxname, if_not_exists }: IndexStmt): Effect | undefined {
  if (!concurrent) return undefined;
  const index = idxname ? { index: idxname } : {};
  return { kind: 'create-index', table: nameOfRelation(relation), ...index, ifNotExists: if_not_exists ?? false };
}

function dropIndex({ concurrent, objects, missing_ok }: DropStmt): Effect | undefined {
  if (!concurrent) return undefined;
  const [only, ...more] = objects ?? [];
  // PostgreSQL takes one name only.
  if (!only || more.length > 0 || !('List' in only)) return UNKNOWN;
  return { kind: 'drop-index', index: nameOfList(only.List.items), ifExists: missing_ok ?? false };
}

const REINDEX_TARGETS = {
  REINDEX_OBJECT_INDEX: 'index',
  REINDEX_OBJECT_TABLE: 'table',
  REINDEX_OBJECT_SCHEMA: 'schema',
  REINDEX_OBJECT_SYSTEM: 'database',
  REINDEX_OBJECT_DATABASE: 'database',
} as const;

function reindex({ kind = 'REINDEX_OBJECT_INDEX', relation, name, params }: ReindexStmt): Effect | undefined {
  const target = REINDEX_TARGETS[kind];
  const isConcurrent = isOn(findOption(params, 'concurrently'), false);
  if (!isConcurrent) return target === 'index' || target === 'table' ? undefined : REPEATABLE;
  const object = relation ? nameOfRelation(relation) : { name: name ?? '' };
  return object.name ? { kind: 'reindex', target, object } : REPEATABLE;
}

function detachPartition(statement: AlterTableStmt): Effect | undefined {
  const { def } = commandsOf(statement).find(({ subtype }) => subtype === 'AT_DetachPartition') ?? {};
  if (!def || !('PartitionCmd' in def) || !def.PartitionCmd.concurrent) return undefined;
  return { kind: 'detach-partition', parent: nameOfRelation(statement.relation), partition: nameOfRelation(def.PartitionCmd.name) };
}

/** What a statement is to its script, by its tree. */
export function classify(node: Node): Trait {
  if ('TransactionStmt' in node) return classifyTransaction(node.TransactionStmt);
  if ('AlterEnumStmt' in node) return classifyEnum(node.AlterEnumStmt);
  const refused = findRefused(node);
  if (refused) return { kind: 'refused', ...refused };
  const alone = classifyAlone(node);
  if (alone) return { kind: 'alone', effect: alone };
  return isRepeatable(node) ? { kind: 'plain', effect: REPEATABLE } : PLAIN;
}

const isRepeatable = (node: Node): boolean =>
  /^(?:Vacuum|Reindex|Cluster|RefreshMatView|CheckPoint|VariableSet)Stmt$/.test(Object.keys(node)[0] ?? '');

function classifyEnum({ typeName, oldVal, newVal }: AlterEnumStmt): Trait {
  if (oldVal || newVal === undefined) return PLAIN;
  return { kind: 'enum-value', effect: { kind: 'add-enum-value', type: nameOfList(typeName), label: newVal } };
}

/** DROP SUBSCRIPTION may join a transaction when the script has set `slot_name = NONE` before: it then leaves the publisher alone. */
export class SlotlessSubscriptions {
  private readonly names = new Set<string>();

  adjust(node: Node, trait: Trait): Trait {
    if ('AlterSubscriptionStmt' in node) this.see(node.AlterSubscriptionStmt);
    return 'DropSubscriptionStmt' in node && this.names.has(node.DropSubscriptionStmt.subname ?? '') ? PLAIN : trait;
  }

  private see({ subname, options }: AlterSubscriptionStmt): void {
    if (subname && wordOf(findOption(options, 'slot_name')?.arg).toLowerCase() === 'none') this.names.add(subname);
  }
}

const ALONE = new RegExp(
  '^(?:CREATE (?:UNIQUE )?INDEX CONCURRENTLY|DROP INDEX CONCURRENTLY|VACUUM|ALTER SYSTEM|(?:CREATE|DROP) (?:DATABASE|TABLESPACE)' +
    '|REINDEX (?:SCHEMA|DATABASE|SYSTEM)|REINDEX (?:INDEX|TABLE) CONCURRENTLY)(?: |$)',
);

/** What a statement is by its first words alone: for those that the parser has no room for. */
export const classifyByWords = (words: readonly string[]): Trait =>
  ALONE.test(words.join(' ')) ? { kind: 'alone', effect: UNKNOWN } : PLAIN;

/** The parser always judges these, whatever their size. */
export const controlsTransaction = (words: readonly string[]): boolean =>
  /^(?:BEGIN|START|COMMIT|END|ROLLBACK|ABORT|PREPARE)$/.test(words[0] ?? '');
