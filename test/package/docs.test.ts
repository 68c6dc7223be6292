import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { WORDS } from '../../src/commands/table.ts';

const DOCS = path.resolve(import.meta.dirname, '../../docs');

test('the pages name only commands and options that there are', async () => {
  const text = readdirSync(DOCS)
    .filter((file) => file.endsWith('.md'))
    .map((file) => readFileSync(path.join(DOCS, file), 'utf8'))
    .join('\n')
    // As YAML and JSON write it.
    .replace(/\[node_modules\/\.bin\/lockstep, ([^\]]*)\]/g, (_, words: string) => `npx lockstep ${words.replaceAll(', ', ' ')}`)
    .replace(/"node_modules\/\.bin\/lockstep",([^\]]*)\]/g, (_, words: string) => `npx lockstep ${words.replaceAll(/[",]+/g, ' ')}`);
  const wrong: string[] = [];
  for (const [line, rest = ''] of text.matchAll(/npx lockstep ((?:[\w:.-]+ ?)+)/g)) {
    const words = rest.trim().split(' ');
    const word = WORDS.find(({ name }) => name === words[0] || name === words.slice(0, 2).join(' '));
    const { command } = (await word?.load()) ?? {};
    const options = words.filter((one) => one.startsWith('--')).map((one) => one.slice(2));
    if (!command || options.some((one) => !(one in command.options) && one !== 'help')) wrong.push(line);
  }
  expect(wrong).toEqual([]);
  expect(text.match(/npx lockstep/g)?.length).toBeGreaterThan(10);
});

/** As GitHub and the site make it of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

test('the links between the pages lead to pages and headings', () => {
  const pages = new Map(
    readdirSync(DOCS)
      .filter((file) => file.endsWith('.md'))
      .map((file) => [file, readFileSync(path.join(DOCS, file), 'utf8')] as const),
  );
  const anchors = (file: string): readonly string[] =>
    [...(pages.get(file) ?? '').matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading));
  const dead = [...pages].flatMap(([file, text]) =>
    [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = '']) => {
      const [target = '', anchor] = link.split('#');
      const page = target === '' ? file : target;
      const isThere = existsSync(path.join(DOCS, page)) && (anchor === undefined || anchors(page).includes(anchor));
      return isThere || link.startsWith('http') ? [] : [`${file}: ${link}`];
    }),
  );
  expect(dead).toEqual([]);
});
