import type { Column } from '../../draft/read-state.ts';
import type { Look, Table } from '../recipe/look.ts';
import { outside } from '../recipe/refuse.ts';

/** The row security of the parent, as statements about the table. */
export interface Security {
  readonly on: readonly string[];
  readonly off: readonly string[];
}

/** @throws LockstepError where the parent's policies mean more than the tenant */
export function securityOf(
  look: Look,
  { table, parent }: { readonly table: Table; readonly parent: Table },
  tenant: Column,
): Security | undefined {
  // The trigger looks the tenant up with the rights of the owner, who would be subject to it too.
  if (look.property(parent, 'forced') === 'FORCE')
    throw outside(`${parent.full} has FORCE ROW LEVEL SECURITY`, 'write the SQL by hand: npm run migrate:make -- describe_the_change');
  if (look.property(parent, 'row security') !== 'ENABLE') return undefined;
  if (look.property(table, 'row security') === 'ENABLE')
    throw outside(`${table.full} has row security of its own`, 'write the policy by hand: npm run migrate:make -- describe_the_change');
  const policies = look.state.statements.filter(({ rank, name }) => rank === 'policy' && name.startsWith(`${parent.full}.`));
  const other = look
    .columns(parent)
    .find((one) => one.place !== tenant.place && look.needs(one).some(({ key }) => policies.some((policy) => policy.key === key)));
  if (other)
    throw outside(
      `a policy of ${parent.full} reads ${other.name}`,
      'write the policy by hand: npm run migrate:make -- describe_the_change',
    );
  const names = policies.map(({ name }) => name.slice(parent.full.length + 1));
  const made = policies.map(({ sql }, i) => {
    const head = `CREATE POLICY ${names[i]} ON `;
    return `${head}${table.full}${(sql ?? '').slice(head.length + parent.full.length)}`;
  });
  return {
    on: [...made, `ALTER TABLE ${table.full} ENABLE ROW LEVEL SECURITY;`],
    off: [`ALTER TABLE ${table.full} DISABLE ROW LEVEL SECURITY;`, ...names.map((name) => `DROP POLICY ${name} ON ${table.full};`)],
  };
}
