import type { Column } from '../../draft/read-state.ts';
import { foreignKeySteps } from '../recipe/foreign-key-steps.ts';
import { partOf } from '../recipe/keys.ts';
import type { Look, Table } from '../recipe/look.ts';
import { dollarQuoted, unquoted } from '../recipe/names.ts';
import type { Recipe, RecipeCard, RecipeFile, RecipeTask, Step } from '../recipe/recipe.ts';
import { mistyped, outside, recipeCommand } from '../recipe/refuse.ts';
import {
  apart,
  backfill,
  buildIndex,
  dropConstraint,
  dropIndex,
  EXCLUSIVE,
  firedBy,
  firing,
  lossyOf,
  moment,
  notNullProof,
  setNotNull,
} from '../recipe/steps.ts';
import { findPath, type Path } from './path.ts';
import { type Security, securityOf } from './security.ts';

const card: RecipeCard = {
  name: 'add-tenant-id',
  words: 'TABLE PARENT',
  what: 'tenant_id on a table, from the parent that it refers to: column, trigger, backfill, index, NOT NULL, foreign key, and the row security of the parent',
  steps: [
    'expand: the column, and a trigger that takes the tenant from the parent where code says none',
    'backfill: the rows that were there before',
    'prepare: index, foreign key to the tenants, NOT NULL, each validated beforehand',
    'contract, when all code writes tenant_id: the trigger goes, and the row security of the parent is switched on',
  ],
  undo: 'each step back; the column goes with the first',
  limits: [
    'one foreign key from the table to the parent, of one column that is NOT NULL; a parent whose tenant_id is NOT NULL',
    'policies of the parent that read nothing but tenant_id; FORCE ROW LEVEL SECURITY on the parent',
    'a parent that changes its tenant does not take its rows along',
  ],
};

const COLUMN = 'tenant_id';

async function plan({ look, words }: RecipeTask): Promise<readonly RecipeFile[]> {
  const [word, from, ...more] = words;
  if (word === undefined || from === undefined || more.length > 0)
    throw mistyped(`${card.name} takes ${card.words}`, recipeCommand(card.name, 'items orders'));
  const [table, parent] = [look.table(word), look.table(from)];
  look.verifyPlain(table);
  look.verifyPlain(parent);
  look.verifySeen(table);
  if (look.findColumn(table, COLUMN))
    throw outside(`${table.full} has a ${COLUMN} already`, recipeCommand('set-not-null', `${table.full}.${COLUMN}`));
  const path = findPath(look, { table, parent }, COLUMN);
  return new TenantId(look, { table, parent, path, security: securityOf(look, { table, parent }, path.tenant) }).files();
}

interface About {
  readonly table: Table;
  readonly parent: Table;
  readonly path: Path;
  readonly security: Security | undefined;
}

class TenantId {
  private readonly about: About;
  private readonly base: readonly [string, string];
  private readonly fired: readonly string[];
  private readonly names: Readonly<Record<'trigger' | 'index' | 'check' | 'fkey', string>>;
  private readonly key: { readonly body: string; readonly other: string } | undefined;

  constructor(look: Look, about: About) {
    this.about = about;
    const { table, path } = about;
    this.base = [unquoted(table.name), COLUMN];
    this.fired = firedBy(look, table);
    const free = (label: string): string => look.free(table.schema, this.base, label);
    this.names = { trigger: free('from_parent'), index: free('idx'), check: free('is_not_null'), fkey: free('fkey') };
    this.key = tenantKey(look, path.tenant);
  }

  files(): readonly RecipeFile[] {
    const { table, security } = this.about;
    const title = this.base.join('_');
    const gets = `${table.full} gets ${COLUMN}`;
    const { make, drop } = this.trigger();
    const add = moment(`add ${COLUMN}`, table.full, `ALTER TABLE ${table.full} ADD COLUMN ${COLUMN} ${this.about.path.tenant.type};`);
    const gone = moment(
      `drop ${COLUMN} and the trigger`,
      table.full,
      `${drop}\nALTER TABLE ${table.full} DROP COLUMN IF EXISTS ${COLUMN};`,
    );
    return [
      {
        title: `${title}_expand`,
        description: `${gets}: the column`,
        up: [add, make],
        down: [gone],
        loses: { down: `${table.full}.${COLUMN}: the parent has it` },
      },
      {
        title: `${title}_backfill`,
        description: `${gets}: the rows that were there`,
        up: [this.fill()],
        down: [],
        emptyDown: 'the column goes with the step before',
        ...lossyOf([`${COLUMN} stays filled until then`, ...this.fired.map((one) => `what ${one} wrote stays`)]),
      },
      { title: `${title}_prepare`, description: `${gets}: index, foreign key, NOT NULL`, ...this.constraints() },
      {
        title: `${title}_contract`,
        description: `${gets}: the application writes it${security ? ', and row security holds' : ''}`,
        isAfterDeploy: true,
        why: ['Run it when all code that runs writes the column.'],
        up: [moment(`drop the trigger${security ? ', and row security on' : ''}`, table.full, [drop, ...(security?.on ?? [])].join('\n'))],
        down: [...(security ? [moment('row security off', table.full, security.off.join('\n'))] : []), make],
      },
    ];
  }

  /** With the rights of its owner: who may write here need not see the parent. */
  private trigger(): { readonly make: Step; readonly drop: string } {
    const { table, parent, path } = this.about;
    const { trigger } = this.names;
    const called = `${table.schema}.${trigger}`;
    const body = `
BEGIN
  IF NEW.${COLUMN} IS NULL OR TG_OP = 'UPDATE' AND NEW.${path.column.name} <> OLD.${path.column.name} AND NEW.${COLUMN} = OLD.${COLUMN} THEN
    SELECT p.${path.tenant.name} INTO NEW.${COLUMN} FROM ${parent.full} p WHERE p.${path.key} = NEW.${path.column.name};
  END IF;
  RETURN NEW;
END
`;
    const sql = `CREATE FUNCTION ${called}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS ${dollarQuoted(body)};
CREATE TRIGGER ${trigger} BEFORE INSERT OR UPDATE ON ${table.full}
  FOR EACH ROW EXECUTE FUNCTION ${called}();`;
    return {
      make: {
        does: `the trigger ${trigger} takes it from ${parent.full}`,
        sql,
        locks: `SHARE ROW EXCLUSIVE on ${table.full}`,
        lasts: 'moment',
      },
      drop: `DROP TRIGGER IF EXISTS ${trigger} ON ${table.full};\nDROP FUNCTION IF EXISTS ${called}();`,
    };
  }

  private fill(): Step {
    const { table, parent, path } = this.about;
    return backfill(firing(`fill ${COLUMN}`, this.fired), table.full, {
      sql: `UPDATE ${table.full} t SET ${COLUMN} = p.${path.tenant.name} FROM ${parent.full} p WHERE p.${path.key} = t.${path.column.name} AND t.${COLUMN} IS NULL;`,
      verify: `SELECT count(*) FROM ${table.full} WHERE ${COLUMN} IS NULL`,
    });
  }

  private constraints(): Pick<RecipeFile, 'up' | 'down'> {
    const { table } = this.about;
    const { index, check, fkey } = this.names;
    const [proof, key] = [
      { table: table.full, name: check },
      { table: table.full, name: fkey },
    ];
    const drops = [
      ...(this.key ? [dropConstraint(key)] : []),
      `ALTER TABLE ${table.full} ALTER COLUMN ${COLUMN} DROP NOT NULL;`,
      dropConstraint(proof),
    ];
    return {
      up: [
        buildIndex(index, table.full, { what: `ON ${table.full} (${COLUMN})` }),
        ...(this.key ? foreignKeySteps(key, this.key) : []),
        ...notNullProof(proof, COLUMN),
        apart(moment('SET NOT NULL, which the CHECK proves, and drop the CHECK', table.full, setNotNull(proof, COLUMN))),
      ],
      down: [
        {
          does: 'drop the constraints',
          sql: drops.join('\n'),
          locks: `${EXCLUSIVE} on ${[table.full, ...(this.key ? [this.key.other] : [])].join(', ')}`,
          lasts: 'moment',
        },
        dropIndex(table.schema, index, table.full),
      ],
    };
  }
}

/** What the parent's tenant refers to, so does ours. */
function tenantKey(look: Look, tenant: Column): { readonly body: string; readonly other: string } | undefined {
  for (const one of look.needs(tenant)) {
    const part = one.rank === 'foreign key' ? partOf(look, one) : undefined;
    const [, list, rest, other] = /^FOREIGN KEY \(([^,]*?)\)( REFERENCES (.*?)\([^,]*\).*)$/.exec(part?.body ?? '') ?? [];
    if (list === tenant.name && rest !== undefined && other !== undefined)
      return { body: `FOREIGN KEY (${COLUMN})${rest.replace(/ NOT VALID$/, '')}`, other };
  }
  return undefined;
}

export const addTenantId: Recipe = { card, plan };
