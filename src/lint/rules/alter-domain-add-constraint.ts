import { nameOfList } from '../../sql/effects/names.ts';
import { fixOf, inTransaction, nameText, quoted } from '../rule/look.ts';
import type { Hit, Rule, Site } from '../rule/rule.ts';
import { madeName } from '../schema/replay-table.ts';

export const rule: Rule = {
  id: 'alter-domain-add-constraint',
  class: 'lock-long',
  on: ['AlterDomainStmt'],
  title: 'A new constraint of a domain',
  why: 'every table with a column of the domain is read, and nobody writes to any of them meanwhile (SHARE)',
  given: 'CREATE DOMAIN positive AS integer;\nCREATE TABLE users (age positive);',
  bad: 'ALTER DOMAIN positive ADD CONSTRAINT above_zero CHECK (VALUE > 0);',
  good: 'ALTER DOMAIN positive ADD CONSTRAINT above_zero CHECK (VALUE > 0) NOT VALID;\n-- part: transaction\nALTER DOMAIN positive VALIDATE CONSTRAINT above_zero;',
  same: { squawk: 'ban-alter-domain-with-add-constraint' },
  check: (site) => {
    const { node } = site;
    if (!('AlterDomainStmt' in node)) return [];
    const { subtype, typeName, def } = node.AlterDomainStmt;
    const name = nameOfList(typeName);
    if (site.schema.findIn(site.schema.domains, name)?.isNew || !isUsedByTables(site, name)) return [];
    if (subtype === 'O')
      return [{ what: `Every table with a column of ${nameText(name)} is read while nobody writes to it`, next: NOT_NULL(nameText(name)) }];
    const constraint = subtype === 'C' && def && 'Constraint' in def ? def.Constraint : undefined;
    return constraint && !constraint.skip_validation
      ? [hitOf(site, nameText(name), constraint.conname ?? madeName(name.name, [], 'check'))]
      : [];
  },
};

const NOT_NULL = (name: string): string =>
  `ALTER DOMAIN ${name} ADD CONSTRAINT filled CHECK (VALUE IS NOT NULL) NOT VALID; and in a part of its own ALTER DOMAIN ${name} VALIDATE CONSTRAINT filled;`;

function hitOf(site: Site, name: string, constraint: string): Hit {
  const added = site.text.trimEnd().replace(/;$/, '');
  return {
    what: `Every table with a column of ${name} is read while nobody writes to it`,
    ...fixOf(site, [inTransaction(`${added} NOT VALID`), inTransaction(`ALTER DOMAIN ${name} VALIDATE CONSTRAINT ${quoted(constraint)}`)]),
  };
}

/** Where all tables are known, a domain that no column has is nobody's business. */
function isUsedByTables({ schema }: Site, { name }: { readonly name: string }): boolean {
  if (schema.source !== 'catalog') return true;
  return [...schema.relations.values()].some(({ columns }) => [...columns.values()].some(({ type }) => type?.name === name));
}
