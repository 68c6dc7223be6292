import type { Column } from '../../draft/read-state.ts';
import { attachedTo } from '../recipe/attached.ts';
import type { Look, Table } from '../recipe/look.ts';
import { joinNames, unquoted } from '../recipe/names.ts';
import type { Recipe, RecipeFile, RecipeTask, Step } from '../recipe/recipe.ts';
import { mistyped, outside, recipeCommand } from '../recipe/refuse.ts';
import { apart, backfill, EXCLUSIVE, firedBy, firing, lossyOf, moment } from '../recipe/steps.ts';
import { card } from './card.ts';
import { dependentsOf } from './dependents.ts';
import { Move } from './move.ts';
import { recompile } from './recompile.ts';
import { makeSync, type Sync, syncBody } from './sync.ts';
import { verifyType } from './types.ts';
import { type MoveValue, valueMove } from './value.ts';

async function plan({ look, words }: RecipeTask): Promise<readonly RecipeFile[]> {
  const [word, ...rest] = words;
  const wanted = rest.join(' ');
  if (word === undefined || wanted === '') throw mistyped(`${card.name} takes ${card.words}`, recipeCommand(card.name, 'orders.id bigint'));
  const { table, column } = look.column(word);
  look.verifyPlain(table);
  look.verifySeen(table);
  look.verifyUnpublished(table);
  const full = `${table.full}.${column.name}`;
  if (column.value.startsWith(' GENERATED'))
    throw outside(`${full} is generated`, 'change its expression: npm run migrate:make -- describe_the_change');
  const type = await verifyType(look, {
    from: column.type,
    to: wanted,
    column: full,
    alter: `ALTER TABLE ${table.full} ALTER COLUMN ${column.name}`,
  });
  const change = new Change(look, {
    table,
    column,
    type,
    value: await valueMove({ look, table, column, type }),
    recompiled: await recompile(look, table),
  });
  return change.files();
}

interface About {
  readonly table: Table;
  readonly column: Column;
  readonly type: string;
  readonly value: MoveValue;
  /** For open sessions. */
  readonly recompiled: readonly string[];
}

class Change {
  private readonly look: Look;
  private readonly about: About;
  private readonly young: string;
  private readonly old: string;
  private readonly sync: Sync;
  private readonly forth: Move;
  private readonly back: Move;
  private readonly fired: readonly string[];

  constructor(look: Look, about: About) {
    [this.look, this.about] = [look, about];
    const { table, column } = about;
    const dependents = dependentsOf(look, table, about);
    [this.young, this.old] = [this.freeColumn('new'), this.freeColumn('old')];
    this.sync = makeSync(look, table, column);
    this.forth = new Move(look, { table, column, incoming: this.young, dependents });
    this.back = new Move(look, { table, column, incoming: this.old, dependents });
    this.fired = firedBy(look, table);
  }

  private freeColumn(label: string): string {
    const { table, column } = this.about;
    const name = joinNames([unquoted(column.name)], label);
    if (this.look.findColumn(table, name))
      throw outside(
        `${table.full} has a column ${name}, which the recipe would make`,
        `rename it first: ${recipeCommand('rename-column', `${table.full}.${this.look.quote(name)} another_name`)}`,
      );
    return this.look.quote(name);
  }

  files(): readonly RecipeFile[] {
    const { table, column, type } = this.about;
    const title = `${unquoted(table.name)}_${unquoted(column.name)}`;
    const becomes = `${table.full}.${column.name} becomes ${type}`;
    return [
      { title: `${title}_expand`, description: `${becomes}: a column beside it`, ...this.expand() },
      {
        title: `${title}_backfill`,
        description: `${becomes}: the rows that were there`,
        up: [this.fill(this.young, column.name)],
        down: [],
        emptyDown: 'the column goes with the step before',
        ...this.lossy(`${this.young} stays filled until then`),
      },
      {
        title: `${title}_prepare`,
        description: `${becomes}: indexes and constraints`,
        up: this.forth.prepare(),
        down: this.forth.unprepare(),
      },
      {
        title: `${title}_swap`,
        description: `${becomes}: the exchange`,
        isAfterDeploy: true,
        allows: [
          `rename-column: the column ${column.name} is there before and after`,
          ...(this.forth.tables().includes(', ')
            ? ['several-tables-locked: keys on both sides have to change at one moment; asked for with short timeouts']
            : []),
        ],
        why: ['Run it when the code that runs knows the new type. The way back stays open until the contract.'],
        ...this.swap(),
        ...this.lossy(),
      },
      {
        title: `${title}_contract`,
        description: `${becomes}: the old column goes`,
        isAfterDeploy: true,
        allows: [`drop-column: no code knows ${this.old}, a copy of ${column.name}`],
        why: ['Run it when nobody wants back any more: a release later.'],
        ...this.contract(),
        ...this.lossy(),
      },
    ];
  }

  private lossy(...stays: readonly string[]): Pick<RecipeFile, 'lossyDown'> {
    return lossyOf([...stays, ...this.fired.map((one) => `what ${one} wrote stays`)]);
  }

  private expand(): Pick<RecipeFile, 'up' | 'down' | 'loses'> {
    const { table, type } = this.about;
    return {
      up: [this.add(this.young, type), this.makeTrigger(syncBody.forth(this.about.column.name, this.young))],
      down: [this.drop(this.young)],
      loses: { down: `${table.full}.${this.young}: a copy` },
    };
  }

  private add(name: string, type: string): Step {
    const { table, column } = this.about;
    const attached = attachedTo(this.look, table, column).map((about) => about(name));
    return moment(`add ${name}`, table.full, [`ALTER TABLE ${table.full} ADD COLUMN ${name} ${type};`, ...attached].join('\n'));
  }

  private makeTrigger(body: string): Step {
    const { make } = this.sync;
    return {
      does: 'the trigger that keeps both alike',
      sql: make(body),
      locks: `SHARE ROW EXCLUSIVE on ${this.about.table.full}`,
      lasts: 'moment',
    };
  }

  private drop(name: string): Step {
    const { full } = this.about.table;
    return moment(`drop ${name} and the trigger`, full, `${this.sync.drop}\nALTER TABLE ${full} DROP COLUMN IF EXISTS ${name};`);
  }

  /** @param value the column, cast where no assignment would do it */
  private fill(name: string, value: string): Step {
    const { table, column } = this.about;
    const left = `${name} IS NULL${column.notNull === '' ? ` AND ${column.name} IS NOT NULL` : ''}`;
    return backfill(firing(`fill ${name}`, this.fired), table.full, {
      sql: `UPDATE ${table.full} SET ${name} = ${value} WHERE ${left};`,
      verify: `SELECT count(*) FROM ${table.full} WHERE ${left}`,
    });
  }

  private swap(): Pick<RecipeFile, 'up' | 'down'> {
    const { column, type, value, recompiled } = this.about;
    const forth = this.forth.exchange(this.old, value(this.young, type));
    const back = this.back.exchange(this.young, value(this.old, column.type));
    return {
      up: [this.exchange([...forth, this.sync.replace(syncBody.back(column, this.old, type)), ...recompiled])],
      down: [
        this.fill(this.old, `${column.name}::${column.type}`),
        ...this.back.prepare(),
        apart(this.exchange([...back, this.sync.replace(syncBody.forth(column.name, this.young)), ...recompiled])),
        ...this.forth.prepare(),
      ],
    };
  }

  private exchange(sql: readonly string[]): Step {
    return {
      does: 'exchange the columns, with keys, constraints and values',
      sql: sql.join('\n'),
      locks: `${EXCLUSIVE} on ${this.forth.tables()}`,
      lasts: 'moment',
    };
  }

  private contract(): Pick<RecipeFile, 'up' | 'down' | 'loses'> {
    const { table, column, type } = this.about;
    return {
      up: [this.drop(this.old)],
      down: [
        this.add(this.old, column.type),
        this.makeTrigger(syncBody.back(column, this.old, type)),
        this.fill(this.old, `${column.name}::${column.type}`),
      ],
      loses: { up: `${table.full}.${this.old}: a copy` },
    };
  }
}

export const changeType: Recipe = { card, plan };
