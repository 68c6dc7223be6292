import type { AlterTableType } from 'libpg-query';
import { commandsOf, findOption, isOn, nameOfRelation } from '../../sql/effects/names.ts';
import { alterations, isUsed, nameText } from '../rule/look.ts';
import type { Hit, Rule, Site } from '../rule/rule.ts';

const COMMANDS: Readonly<Partial<Record<AlterTableType, string>>> = {
  AT_SetLogged: 'SET LOGGED',
  AT_SetUnLogged: 'SET UNLOGGED',
  AT_SetTableSpace: 'SET TABLESPACE',
  AT_SetAccessMethod: 'SET ACCESS METHOD',
  AT_SetExpression: 'SET EXPRESSION',
};

export const rule: Rule = {
  id: 'rewrite-table',
  class: 'rewrite',
  on: ['AlterTableMoveAllStmt', 'AlterTableStmt', 'ClusterStmt', 'VacuumStmt'],
  title: 'VACUUM FULL, CLUSTER, SET LOGGED, SET UNLOGGED, SET TABLESPACE, SET ACCESS METHOD, SET EXPRESSION',
  why: 'the whole table is written anew under ACCESS EXCLUSIVE',
  given: 'CREATE TABLE users (id bigint PRIMARY KEY);',
  bad: 'VACUUM FULL users;',
  good: 'VACUUM users;',
  same: { squawk: 'prefer-repack' },
  check: (site) => [
    ...alterations(site, ...(Object.keys(COMMANDS) as AlterTableType[])).map(({ table, on, command }) =>
      hitOf(COMMANDS[command.subtype ?? 'AT_SetLogged'] ?? '', on, table),
    ),
    ...moved(site),
    ...byItself(site),
  ],
};

/** An index or a materialized view that goes to another tablespace. */
function moved({ node, schema }: Site): readonly Hit[] {
  if ('AlterTableMoveAllStmt' in node) return [hitOf('SET TABLESPACE', 'one after the other, everything in the tablespace')];
  if (!('AlterTableStmt' in node) || node.AlterTableStmt.objtype === 'OBJECT_TABLE') return [];
  const name = nameOfRelation(node.AlterTableStmt.relation);
  if (!name || !commandsOf(node.AlterTableStmt).some(({ subtype }) => subtype === 'AT_SetTableSpace')) return [];
  const table = schema.findIndex(name)?.table ?? name;
  return isUsed(schema, table) ? [hitOf('SET TABLESPACE', nameText(name), table)] : [];
}

function byItself({ node, schema }: Site): readonly Hit[] {
  if ('ClusterStmt' in node) {
    const table = nameOfRelation(node.ClusterStmt.relation);
    if (!node.ClusterStmt.relation) return [hitOf('CLUSTER', 'every table that was clustered before')];
    return isUsed(schema, table) ? [hitOf('CLUSTER', nameText(table), table)] : [];
  }
  if (!('VacuumStmt' in node) || !isOn(findOption(node.VacuumStmt.options, 'full'), false)) return [];
  const names = (node.VacuumStmt.rels ?? []).flatMap((one) =>
    'VacuumRelation' in one ? [nameOfRelation(one.VacuumRelation.relation)] : [],
  );
  if (names.length === 0) return [hitOf('VACUUM FULL', 'every table')];
  return names.filter((name) => isUsed(schema, name)).map((name) => hitOf('VACUUM FULL', nameText(name), name));
}

const hitOf = (statement: string, on: string, table?: Hit['table']): Hit => ({
  what: `${statement} writes ${on} anew while nobody can use it`,
  ...(table && { table }),
  next: NEXT[statement] ?? 'take it out of the migration; pg_repack does the same beside everybody',
});

const NEXT: Readonly<Record<string, string>> = {
  'SET UNLOGGED': 'make another table as it is to be, move the rows in batches, and swap the names',
  'SET LOGGED': 'make another table as it is to be, move the rows in batches, and swap the names',
  'SET EXPRESSION': 'add another column beside it, let a trigger fill it, and swap the names',
};
