import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';

const PAGE = readFileSync(path.resolve(import.meta.dirname, '../../docs/deploy.md'), 'utf8');

/** A block of the page, with the heading above it. */
export interface Block {
  readonly heading: string;
  readonly language: string;
  readonly text: string;
}

/** Every block of docs/deploy.md. */
export const BLOCKS: readonly Block[] = PAGE.split(/^## /m)
  .slice(1)
  .flatMap((section) =>
    [...section.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language = '', text = '']) => ({
      heading: section.split('\n', 1)[0] ?? '',
      language,
      text,
    })),
  );

/** A block of YAML as it is read. @throws Error where it is none, or holds a key twice */
export function readYaml({ text }: Block): Readonly<Record<string, unknown>> {
  const [document, ...more] = parseAllDocuments(text);
  if (!document || more.length > 0 || !('toJS' in document)) throw new Error(`one document is expected in: ${text}`);
  const [fault] = [...document.errors, ...document.warnings];
  if (fault) throw fault;
  return document.toJS() as Record<string, unknown>;
}

/** The lists and strings under these names, wherever they are. */
function valuesOf(value: unknown, names: readonly string[]): readonly unknown[] {
  if (Array.isArray(value)) return value.flatMap((one) => valuesOf(one, names));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, one]) => (names.includes(name) ? [one] : valuesOf(one, names)));
}

const words = (line: string): readonly string[] => line.trim().split(/\s+/);

function commandsIn(block: Block): readonly (readonly string[])[] {
  if (block.language === 'yaml') {
    const found = valuesOf(readYaml(block), ['command', 'run', 'script']);
    // A command of Kubernetes is a list of words, a script of GitLab one of lines.
    return found.flatMap((one) =>
      Array.isArray(one) && !String(one[0]).includes(' ') ? [one.map(String)] : [one].flat().map((line) => words(String(line))),
    );
  }
  if (block.language === 'procfile') return [...block.text.matchAll(/^release: (.*)$/gm)].map(([, line = '']) => words(line));
  const [, program, args = ''] = /--command (\S+) --args=(\S+)/.exec(block.text) ?? [];
  const [, overrides] = /--overrides '([^']*)'/.exec(block.text) ?? [];
  return [
    ...(program === undefined ? [] : [[program, ...args.split(',')]]),
    ...(overrides === undefined ? [] : valuesOf(JSON.parse(overrides), ['command']).map((one) => (one as string[]).map(String))),
  ];
}

/** What a block has Lockstep do, as words. */
export const lockstepCommandsIn = (block: Block): readonly (readonly string[])[] =>
  commandsIn(block).filter((command) => command.some((word) => word === 'lockstep' || word.endsWith('/lockstep')));
