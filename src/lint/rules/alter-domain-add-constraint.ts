import { nameOfList } from '../../sql/effects/names.ts';
import { nameText } from '../rule/look.ts';
import type { Rule, Site } from '../rule/rule.ts';

export const rule: Rule = {
  id: 'alter-domain-add-constraint',
  class: 'lock-long',
  on: ['AlterDomainStmt'],
  title: 'A constraint of a domain that is verified',
  why: 'every table with a column of the domain is read, and nobody writes to any of them meanwhile (SHARE); with NOT VALID only new values are checked, and VALIDATE CONSTRAINT reads all tables under the same lock',
  given: 'CREATE DOMAIN positive AS integer;\nCREATE TABLE users (age positive);',
  bad: 'ALTER DOMAIN positive ADD CONSTRAINT above_zero CHECK (VALUE > 0);',
  good: 'ALTER DOMAIN positive ADD CONSTRAINT above_zero CHECK (VALUE > 0) NOT VALID;',
  same: { squawk: 'ban-alter-domain-with-add-constraint' },
  check: (site) => {
    const { node } = site;
    if (!('AlterDomainStmt' in node)) return [];
    const { subtype, typeName, def } = node.AlterDomainStmt;
    const name = nameOfList(typeName);
    if (site.schema.findIn(site.schema.domains, name)?.isNew || !isUsedByTables(site, name)) return [];
    const what = `Every table with a column of ${nameText(name)} is read while nobody writes to it`;
    if (subtype === 'V') return [{ what, next: WHEN_QUIET }];
    if (subtype === 'O')
      return [{ what, next: `ALTER DOMAIN ${nameText(name)} ADD CONSTRAINT filled CHECK (VALUE IS NOT NULL) NOT VALID;   ${NEW_VALUES}` }];
    const constraint = subtype === 'C' && def && 'Constraint' in def ? def.Constraint : undefined;
    if (!constraint || constraint.skip_validation) return [];
    return [{ what, next: `${site.text.trimEnd().replace(/;$/, '')} NOT VALID;   ${NEW_VALUES}` }];
  },
};

const NEW_VALUES = 'checks new values; leave it at that, or VALIDATE CONSTRAINT when little goes on';
const WHEN_QUIET =
  'leave the constraint NOT VALID, which checks new values; or do it when little goes on, and say -- lint-allow alter-domain-add-constraint: why';

/** Where all tables are known, a domain that no column has is nobody's business. */
function isUsedByTables({ schema }: Site, { name }: { readonly name: string }): boolean {
  if (schema.source !== 'catalog') return true;
  return [...schema.relations.values()].some(({ columns }) => [...columns.values()].some(({ type }) => type?.name === name));
}
