import { filesOf } from '../files/write-migration.ts';
import { compareVersions, toTitle, wellNamed } from '../model/migration.ts';
import type { Authors } from './authors.ts';
import type { Foreign, Half } from './foreign.ts';

/** A migration as it is to be written here. */
export interface Imported {
  readonly name: string;
  readonly foreign: Foreign;
  /** Paths from the project's root, and what they are to hold. */
  readonly files: Readonly<Record<string, string>>;
}

interface Origin {
  readonly tool: string;
  /** Of the folder that is read, as a person would write it. */
  readonly folder: string;
  readonly authors: Authors;
}

/**
 * Their own numbers stay where they count up in the order of their tool; else all are numbered anew.
 * @returns one for each, in that order
 */
export function planImport(migrations: readonly Foreign[], origin: Origin): readonly Imported[] {
  const keeps = migrations.every(({ version }, i) => {
    const before = migrations[i - 1]?.version;
    return version !== undefined && (i === 0 || (before !== undefined && compareVersions(before, version) < 0));
  });
  const digits = Math.max(3, String(migrations.length).length);
  return migrations.map((foreign, i) => {
    const version = keeps ? (foreign.version ?? '') : String(i + 1).padStart(digits, '0');
    const title = toTitle(foreign.title.replace(/^\d+[_.-]*/, '')) || 'describe_me';
    const name = wellNamed(`${version}_${title}`) ?? `${version}_describe_me`;
    const { up, down } = filesOf(name);
    return {
      name,
      foreign,
      files: {
        [up]: textOf(foreign.up, [`-- Migration: ${name}`, ...about(foreign, version, origin)]),
        ...(foreign.down && { [down]: textOf(foreign.down, [`-- Rollback for: ${name}`, importedFrom(foreign, origin)]) }),
      },
    };
  });
}

/** What `baseline --from` reads again: the tool, and what its history calls the migration. */
const IMPORTED = /^-- Imported from: (\S+) (\S+) \((.*)\)$/m;

const importedFrom = ({ source, key }: Foreign, { tool, folder }: Origin): string =>
  `-- Imported from: ${tool} ${encodeURI(key)} (${folder}/${source})`;

/** Where a migration was imported from, as its header says. */
export function readOrigin(text: string): { readonly tool: string; readonly key: string } | undefined {
  const [, tool, key] = IMPORTED.exec(text.slice(0, 4_000)) ?? [];
  return tool !== undefined && key !== undefined ? { tool, key: decodeURI(key) } : undefined;
}

function about(foreign: Foreign, version: string, origin: Origin): readonly string[] {
  const { author, date } = origin.authors(foreign.source.replace(/::.*/, ''));
  const [, ...parts] = /^((?:19|20)\d\d)(\d\d)(\d\d)\d{6}$/.exec(version) ?? [];
  const [, year] = /^(\d{4})/.exec(version) ?? [];
  const created = date ?? (parts.length > 0 ? [year, parts[1], parts[2]].join('-') : undefined);
  const words = foreign.title
    .replace(/^\d+[_.-]*/, '')
    .replaceAll(/[_\s]+/g, ' ')
    .trim();
  return [
    ...(created ? [`-- Created at: ${created}`] : []),
    ...(author ? [`-- Author: ${author}`] : []),
    ...(words ? [`-- Description: ${words[0]?.toUpperCase()}${words.slice(1)}`] : []),
    importedFrom(foreign, origin),
  ];
}

/** Behind a header, the SQL as it was. */
function textOf({ sql, isAlone }: Half, header: readonly string[]): string {
  const text = `${header.join('\n')}\n\n${isAlone ? '-- part: no-transaction\n' : ''}${sql}`;
  return text.endsWith('\n') ? text : `${text}\n`;
}
