import type { Named, State } from './read-state.ts';
import { columnAt, type Step, step, wholeOf } from './step.ts';

/** Names and schemas as they were: rows, rights and whatever refers to an object stay with it. */
export function renames(before: State, now: State): readonly Step[] {
  return [...objects(before, now), ...columns(before, now), ...labels(before, now)];
}

function objects(before: State, now: State): readonly Step[] {
  const keys = new Set(before.statements.map(({ key }) => key));
  return [...keys].flatMap((key) => {
    const [was, is] = [before.names.get(key), now.names.get(key)];
    if (!was || !is) return [];
    if (was.name !== is.name) return [step(aboutOf(was), [key], [renameText(is, was.name)])];
    return was.schema !== null && was.schema !== is.schema ? [step(aboutOf(was), [key], [moveText(is, was.schema)])] : [];
  });
}

export const aboutOf = ({ type, identity }: Named): string => `${type.toLowerCase()} ${identity}`;

function renameText(is: Named, name: string): string {
  if (is.type === 'TABLE CONSTRAINT') return `ALTER TABLE ${wholeOf(is)} RENAME CONSTRAINT ${is.name} TO ${name};`;
  if (is.type === 'DOMAIN CONSTRAINT') return `ALTER DOMAIN ${wholeOf(is)} RENAME CONSTRAINT ${is.name} TO ${name};`;
  return `ALTER ${is.kind} ${is.identity} RENAME TO ${name};`;
}

const moveText = ({ kind, identity }: Named, schema: string): string => `ALTER ${kind} ${identity} SET SCHEMA ${schema};`;

function columns(before: State, now: State): readonly Step[] {
  const was = columnAt(before);
  return now.columns.flatMap((column) => {
    const name = was(column)?.name;
    if (name === undefined || name === column.name) return [];
    const { relation, isAttribute } = column;
    const head = isAttribute ? `ALTER TYPE ${relation} RENAME ATTRIBUTE` : `ALTER TABLE ${relation} RENAME COLUMN`;
    return [step(`column ${relation}.${name}`, [column.place], [`${head} ${column.name} TO ${name};`])];
  });
}

export type Labels = readonly (readonly [id: string, label: string])[];

export const labelsOf = (state: State, key: string): Labels =>
  JSON.parse(state.properties.find((one) => one.key === key && one.what === 'labels')?.value ?? '[]') as Labels;

function labels(before: State, now: State): readonly Step[] {
  return before.properties.flatMap(({ key, what }) => {
    const named = now.names.get(key);
    if (what !== 'labels' || !named) return [];
    const current = new Map(labelsOf(now, key));
    return labelsOf(before, key).flatMap(([id, label]) => {
      const is = current.get(id);
      return is === undefined || is === label
        ? []
        : [step(aboutOf(named), [key], [`ALTER TYPE ${named.identity} RENAME VALUE ${is} TO ${label};`])];
    });
  });
}

/** Where two names change places, one has to wait elsewhere. */
export function detours(before: State, now: State): readonly Step[] {
  const all = renames(before, now);
  return all.flatMap(({ about, on, ways: [way] }) => {
    const [, head, name = ''] = /^(ALTER .* TO )(\S+);$/s.exec(way?.sql[0] ?? '') ?? [];
    const isHeld = all.some(({ ways: [other] }) => [` ${name} TO `, `.${name} RENAME TO `].some((words) => other?.sql[0]?.includes(words)));
    return head !== undefined && isHeld ? [step(about, on, [`${head}${asideOf(name)};`])] : [];
  });
}

/** A name for as long as the right one is taken. */
export const asideOf = (name: string): string => (name.startsWith('"') ? `${name.slice(0, -1)}_aside"` : `${name}_aside`);
