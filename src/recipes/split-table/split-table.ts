import type { Column } from '../../draft/read-state.ts';
import { attachedTo } from '../recipe/attached.ts';
import type { Look } from '../recipe/look.ts';
import { unquoted } from '../recipe/names.ts';
import type { Recipe, RecipeFile, RecipeTask, Step } from '../recipe/recipe.ts';
import { outside } from '../recipe/refuse.ts';
import { apart, backfill, EXCLUSIVE, firedBy, firing, lossyOf, moment, notNullProof, setNotNull } from '../recipe/steps.ts';
import { card } from './card.ts';
import { type Moved, movedWith } from './moved.ts';
import { makeSync, type Sync } from './sync.ts';
import { readWish, type Wish } from './wish.ts';
import { listOf, makeYoung } from './young-table.ts';

async function plan({ look, words }: RecipeTask): Promise<readonly RecipeFile[]> {
  const wish = readWish(look, words);
  const { table } = wish;
  look.verifyPlain(table);
  look.verifySeen(table);
  look.verifyUnpublished(table);
  if (look.property(table, 'row security') === 'ENABLE')
    throw outside(
      `${table.full} has row security, and the new table would have policies of its own`,
      'write the SQL by hand, with the policies: npm run migrate:make -- describe_the_change',
    );
  if (look.property(table, 'persistence') === 'UNLOGGED')
    throw outside(`${table.full} is unlogged`, `SQL: ALTER TABLE ${table.full} SET LOGGED;`);
  return new Split(look, wish, await movedWith(look, wish)).files();
}

class Split {
  private readonly look: Look;
  private readonly wish: Wish;
  private readonly moved: Moved;
  private readonly sync: Sync;
  private readonly fired: readonly string[];

  constructor(look: Look, wish: Wish, moved: Moved) {
    [this.look, this.wish, this.moved] = [look, wish, moved];
    this.sync = makeSync(look, wish);
    this.fired = firedBy(look, wish.table);
  }

  files(): readonly RecipeFile[] {
    const { table, into, columns } = this.wish;
    const title = unquoted(into.name);
    const list = listOf(columns);
    return [
      {
        title: `${title}_expand`,
        description: `${into.full} has ${list} of ${table.full} too`,
        why: [`Until the contract each row of ${table.full} has one there: insert it in the same transaction, or with ON CONFLICT.`],
        up: [this.make()],
        down: [this.drop()],
        loses: { down: `${into.full}: a copy` },
      },
      {
        title: `${title}_backfill`,
        description: `${into.full}: the rows that were there`,
        up: [this.fillYoung(`fill ${into.full}`)],
        down: [],
        emptyDown: 'the table goes with the step before',
        ...lossyOf([`${into.full} stays filled until then`]),
      },
      {
        title: `${title}_contract`,
        description: `${list} of ${table.full} ${columns.length === 1 ? 'is' : 'are'} in ${into.full} alone`,
        isAfterDeploy: true,
        allows: [`drop-column: ${into.full} has the values`],
        why: [`Run it when no code that runs names ${list} of ${table.full}.`],
        up: [this.part()],
        down: this.join(),
        loses: { up: columns.map(({ name }) => `${table.full}.${name}: ${into.full} has it`) },
        ...lossyOf(this.fired.map((one) => `what ${one} wrote stays`)),
      },
    ];
  }

  private make(): Step {
    const { table, into } = this.wish;
    return {
      does: `make ${into.full}, and triggers that keep both alike`,
      sql: [...makeYoung(this.look, this.wish, this.moved), this.sync.early, this.sync.late].join('\n'),
      locks: `SHARE ROW EXCLUSIVE on ${[table.full, ...this.moved.others].join(', ')}`,
      lasts: 'moment',
    };
  }

  private drop(): Step {
    const { table, into } = this.wish;
    return moment(
      `drop ${into.full} and the triggers`,
      [table.full, ...this.moved.others].join(', '),
      `${this.sync.drop}\nDROP TABLE ${into.full};`,
    );
  }

  /** The lock on a row keeps it from being deleted before its foreign key is checked. */
  private fillYoung(does: string, columns = this.wish.columns): Step {
    const { table, into, key } = this.wish;
    const all = [...key, ...columns];
    const same = key.map(({ name }) => `y.${name} = o.${name}`).join(' AND ');
    return {
      ...backfill(does, table.full, {
        sql: `INSERT INTO ${into.full} (${listOf(all)}) SELECT ${listOf(all, 'o.')} FROM ${table.full} o FOR KEY SHARE ON CONFLICT DO NOTHING;`,
        verify: `SELECT count(*) FROM ${table.full} o WHERE NOT EXISTS (SELECT FROM ${into.full} y WHERE ${same})`,
      }),
    };
  }

  private part(): Step {
    const { table, into, columns } = this.wish;
    const drops = columns.map(({ name }) => `DROP COLUMN ${name}`).join(', ');
    return {
      does: `drop ${listOf(columns)} and the triggers`,
      sql: `${this.sync.drop}\nALTER TABLE ${table.full} ${drops};`,
      locks: `${EXCLUSIVE} on ${[table.full, into.full, ...this.moved.others].join(', ')}`,
      lasts: 'moment',
    };
  }

  /**
   * The new table is the one that is right: each of its rows is touched, and the trigger copies it, so that nothing that is written meanwhile is overwritten.
   * What the old columns have counts again when they are filled.
   */
  private join(): readonly Step[] {
    const { table, into, columns, key } = this.wish;
    const touch = columns.map(({ name }) => `${name} = ${name}`).join(', ');
    const same = key.map(({ name }) => `o.${name} = y.${name}`).join(' AND ');
    const differs = columns.map(({ name }) => `o.${name}::text IS DISTINCT FROM y.${name}::text`).join(' OR ');
    return [
      moment(
        `${listOf(columns)} again, and the trigger that fills them`,
        table.full,
        [...columns.flatMap((one) => this.bringBack(one)), this.sync.early].join('\n'),
      ),
      this.fillYoung(firing('a row for each row', this.fired), []),
      backfill(firing(`fill ${listOf(columns)}`, this.fired), into.full, {
        sql: `UPDATE ${into.full} y SET ${touch} WHERE EXISTS (SELECT FROM ${table.full} o WHERE ${same} AND (${differs}));`,
        verify: `SELECT count(*) FROM ${into.full} y JOIN ${table.full} o ON ${same} WHERE ${differs}`,
      }),
      {
        does: 'the trigger that keeps the new table alike',
        sql: this.sync.late,
        locks: `SHARE ROW EXCLUSIVE on ${table.full}`,
        lasts: 'moment',
        part: 'transaction',
      },
      ...columns.filter(({ notNull }) => notNull !== '').flatMap((one) => this.notNull(one)),
      ...this.moved.again.map((step, i) => (i === 0 && step.part === undefined ? apart(step) : step)),
    ];
  }

  private bringBack(column: Column): readonly string[] {
    const { table } = this.wish;
    const alter = `ALTER TABLE ${table.full} ALTER COLUMN ${column.name}`;
    return [
      `ALTER TABLE ${table.full} ADD COLUMN ${column.name} ${column.type}${column.collate};`,
      ...(column.value === '' ? [] : [`${alter} SET${column.value};`]),
      ...attachedTo(this.look, table, column).map((said) => said(column.name)),
    ];
  }

  private notNull({ name }: Column): readonly Step[] {
    const { table } = this.wish;
    const check = { table: table.full, name: this.look.free(table.schema, [unquoted(table.name), unquoted(name)], 'is_not_null') };
    return [
      ...notNullProof(check, name),
      apart(moment('SET NOT NULL, which the CHECK proves, and drop the CHECK', table.full, setNotNull(check, name))),
    ];
  }
}

export const splitTable: Recipe = { card, plan };
