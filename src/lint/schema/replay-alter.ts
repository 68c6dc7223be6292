// ALTER TABLE, command by command.
import type { AlterTableCmd, AlterTableStmt, Constraint } from 'libpg-query';
import type { ObjectName } from '../../model/effects.ts';
import { commandsOf, nameOfRelation } from '../../sql/effects/names.ts';
import { column, typeOf } from './column-types.ts';
import { columnOf, constraintOf, constraintsOf, indexOfConstraint, putTable, setNotNull } from './replay-table.ts';
import { type Column, keyOf, type Relation, type Schema, type TableConstraint } from './schema.ts';

export function replayAlterTable(schema: Schema, statement: AlterTableStmt): void {
  const name = nameOfRelation(statement.relation);
  for (const command of commandsOf(statement)) {
    const relation = schema.find(name);
    if (relation) putTable(schema, { ...relation, ...changeBy(schema, relation, command) });
    else learn(schema, name, command);
  }
}

/** Of a table that nobody has seen made, something is known now. */
function learn(schema: Schema, name: ObjectName, { subtype, def }: AlterTableCmd): void {
  if (schema.source === 'catalog') return;
  if (subtype !== 'AT_AddColumn' && subtype !== 'AT_AddConstraint' && subtype !== 'AT_SetNotNull') return;
  const isNew = false;
  const bare: Relation = {
    schema: schema.home(name),
    name: name.name,
    kind: 'table',
    isNew,
    isTemporary: false,
    columns: new Map(),
    isWhole: false,
    constraints: [],
    indexes: [],
  };
  putTable(schema, { ...bare, ...changeBy(schema, bare, { subtype, ...(def && { def }) }) });
}

type Change = Partial<Relation>;

function changeBy(schema: Schema, relation: Relation, command: AlterTableCmd): Change {
  const { subtype, name = '', def } = command;
  if (subtype === 'AT_AddColumn' && def && 'ColumnDef' in def)
    return addColumn(relation, columnOf(def.ColumnDef), constraintsOf(def.ColumnDef));
  if (subtype === 'AT_AddConstraint' && def && 'Constraint' in def) return addConstraint(relation, def.Constraint);
  if (subtype === 'AT_DropColumn') return dropColumn(relation, name);
  if (subtype === 'AT_DropConstraint') return dropConstraint(relation, name);
  if (subtype === 'AT_ReplicaIdentity' && def && 'ReplicaIdentityStmt' in def)
    return { replicaIdentity: def.ReplicaIdentityStmt.identity_type ?? 'd' };
  if (subtype === 'AT_ValidateConstraint') return validate(relation, name);
  if (subtype === 'AT_AttachPartition' || subtype === 'AT_DetachPartition') return attach(schema, relation, command);
  return { columns: withColumn(relation, name, (one) => changeOfColumn(one, command)) };
}

function withColumn({ columns }: Relation, name: string, change: (one: Column) => Partial<Column>): ReadonlyMap<string, Column> {
  const one = columns.get(name);
  return one ? new Map(columns).set(name, { ...one, ...change(one) }) : columns;
}

function changeOfColumn(_: Column, { subtype, def }: AlterTableCmd): Partial<Column> {
  if (subtype === 'AT_SetNotNull') return { notNull: true };
  if (subtype === 'AT_DropNotNull') return { notNull: false };
  if (subtype === 'AT_ColumnDefault') return { hasDefault: def !== undefined };
  if (subtype === 'AT_AddIdentity') return { isIdentity: true };
  if (subtype === 'AT_DropIdentity') return { isIdentity: false };
  if (subtype === 'AT_DropExpression') return { isGenerated: false };
  const type = subtype === 'AT_AlterColumnType' && def && 'ColumnDef' in def ? typeOf(def.ColumnDef.typeName) : undefined;
  return type ? { type } : {};
}

function addColumn(relation: Relation, one: Column, constraints: readonly Constraint[]): Change {
  if (relation.columns.has(one.name)) return {};
  const added = constraints.flatMap((constraint) => constraintOf(relation, constraint, one.name) ?? []);
  return {
    columns: new Map(relation.columns).set(one.name, one),
    constraints: [...relation.constraints, ...added],
    indexes: [...relation.indexes, ...added.flatMap(indexOfConstraint)],
  };
}

function addConstraint(relation: Relation, constraint: Constraint): Change {
  const found = constraintOf(relation, constraint);
  if (!found) return {};
  const used = relation.indexes.find(({ name }) => name === constraint.indexname);
  const named: TableConstraint = { ...found, ...(used && { columns: used.columns }) };
  const columns = new Map(relation.columns);
  if (named.kind === 'primary' || (named.kind === 'not-null' && named.isValid)) setNotNull(columns, named.columns);
  const indexes = used
    ? relation.indexes.map((index) => (index === used ? { ...index, name: named.name, constraint: named.name } : index))
    : [...relation.indexes, ...indexOfConstraint(named)];
  return { columns, constraints: [...relation.constraints, named], indexes };
}

function dropColumn(relation: Relation, name: string): Change {
  const columns = new Map(relation.columns);
  columns.delete(name);
  return {
    columns,
    constraints: relation.constraints.filter((one) => !one.columns.includes(name)),
    indexes: relation.indexes.filter((one) => !one.columns.includes(name)),
  };
}

const dropConstraint = ({ constraints, indexes, columns }: Relation, name: string): Change => {
  const gone = constraints.find((one) => one.name === name);
  const changed = new Map(columns);
  if (gone?.kind === 'not-null') for (const key of gone.columns) changed.set(key, { ...(changed.get(key) ?? column(key)), notNull: false });
  return {
    columns: changed,
    constraints: constraints.filter((one) => one !== gone),
    indexes: indexes.filter(({ constraint }) => constraint !== name),
  };
};

function validate(relation: Relation, name: string): Change {
  const columns = new Map(relation.columns);
  for (const one of relation.constraints) if (one.name === name && one.kind === 'not-null') setNotNull(columns, one.columns);
  return { columns, constraints: relation.constraints.map((one) => (one.name === name ? { ...one, isValid: true } : one)) };
}

function attach(schema: Schema, { schema: own, name: parent }: Relation, { subtype, def }: AlterTableCmd): Change {
  if (!def || !('PartitionCmd' in def)) return {};
  const { name, bound } = def.PartitionCmd;
  schema.change(nameOfRelation(name), ({ parent: _, ...rest }) =>
    subtype === 'AT_AttachPartition'
      ? { ...rest, parent: keyOf(own, parent), isDefaultPartition: bound?.is_default ?? false }
      : { isDefaultPartition: false },
  );
  if (subtype !== 'AT_AttachPartition') detach(schema, name?.relname ?? '', name?.schemaname);
  return {};
}

function detach(schema: Schema, name: string, inSchema: string | undefined): void {
  const relation = schema.find({ name, ...(inSchema && { schema: inSchema }) });
  if (!relation) return;
  const { parent: _, ...rest } = relation;
  schema.put(rest);
}
