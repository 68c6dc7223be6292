import { apart, nameText } from '../rule/look.ts';
import type { Rule } from '../rule/rule.ts';

export const rule: Rule = {
  id: 'several-tables-locked',
  class: 'lock-brief',
  title: 'Several tables locked in one transaction',
  why: 'the first is locked while the second is waited for, and two transactions that take them in another order deadlock (40P01)',
  given: 'CREATE TABLE users (id bigint);\nCREATE TABLE plans (id bigint);',
  bad: 'ALTER TABLE users ADD COLUMN name text;\nALTER TABLE plans ADD COLUMN name text;',
  good: 'ALTER TABLE users ADD COLUMN name text;\n-- part: transaction\nALTER TABLE plans ADD COLUMN name text;',
  same: { strongMigrations: 'add_foreign_key' },
  check: (site) => {
    const { effects, schema, held, inTransaction: isHeld } = site;
    const [need] = (effects?.locks ?? []).filter(({ mode, relation }) => mode === 'AccessExclusive' && known(site, relation));
    const others = [...held].filter(
      ([key, { mode }]) => mode === 'AccessExclusive' && need && key !== schema.keyed(tableOf(site, need.relation)),
    );
    // Once a transaction: from the second table on nothing new is learned.
    const [first, ...more] = others;
    if (!isHeld || !need || !first || more.length > 0 || held.has(schema.keyed(tableOf(site, need.relation)))) return [];
    const [, { table, by }] = first;
    const now = tableOf(site, need.relation);
    return [
      {
        what: `${nameText(table)} stays locked by ${by} while ${nameText(now)} is waited for`,
        table: now,
        ...apart(site, site.text),
      },
    ];
  },
};

const tableOf = ({ schema }: Parameters<Rule['check']>[0], name: { readonly schema?: string; readonly name: string }) =>
  schema.findIndex(name)?.table ?? name;

const known = (site: Parameters<Rule['check']>[0], name: { readonly schema?: string; readonly name: string }): boolean => {
  const relation = site.schema.find(tableOf(site, name));
  // A view is replaced with its table, for those who use both.
  if (relation?.kind === 'view') return false;
  return relation ? !(relation.isNew || relation.isTemporary) : site.schema.source === 'files';
};
