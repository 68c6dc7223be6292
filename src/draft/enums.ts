import { headOf } from './columns.ts';
import type { Column, State } from './read-state.ts';
import { aboutOf, asideOf, labelsOf } from './renames.ts';
import { type Step, step } from './step.ts';

/** PostgreSQL drops no label of an enum: the type is made again, and its columns are led over to it. */
export function enumChanges(before: State, now: State): readonly Step[] {
  return before.properties.flatMap(({ key, what }) => {
    const [was, is] = [labelsOf(before, key), labelsOf(now, key)].map((list) => list.map(([, label]) => label));
    const named = now.names.get(key);
    const sql = before.statements.find((one) => one.key === key && one.rank === 'type')?.sql;
    if (what !== 'labels' || !named || !sql || !was || !is || is.length === 0 || was.join() === is.join()) return [];
    const columns = now.columns.filter(({ type }) => type === named.identity || type === `${named.identity}[]`);
    const extra = is.filter((label) => !was.includes(label));
    return [
      {
        ...step(aboutOf(named), [key, ...columns.map(({ place }) => place)], {
          sql: remake({ identity: named.identity, name: named.name, sql, columns }),
          why: extra.length > 0 ? `fails, and changes nothing, as long as a row holds ${extra.join(' or ')}` : '',
        }),
      },
    ];
  });
}

interface Remade {
  readonly identity: string;
  readonly name: string;
  readonly sql: string;
  readonly columns: readonly Column[];
}

function remake({ identity, name, sql, columns }: Remade): readonly string[] {
  const aside = asideOf(name);
  const schema = identity.slice(0, identity.length - name.length);
  return [
    `ALTER TYPE ${identity} RENAME TO ${aside};`,
    sql,
    ...columns.flatMap((column) => [
      ...(column.value ? [`${headOf(column)} DROP DEFAULT;`] : []),
      `${headOf(column)} TYPE ${column.type}${column.isAttribute ? '' : ` USING ${column.name}::text::${column.type}`};`,
      ...(column.value ? [`${headOf(column)} SET${column.value};`] : []),
    ]),
    `DROP TYPE ${schema}${aside};`,
  ];
}
