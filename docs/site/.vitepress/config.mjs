import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { defineConfig } from 'vitepress';

const DOCS = path.resolve(import.meta.dirname, '../..');

// A page is compiled where the packages are found.
const PAGES = path.join(DOCS, 'site/pages');
rmSync(PAGES, { recursive: true, force: true });
mkdirSync(path.join(PAGES, 'public'), { recursive: true });
for (const file of readdirSync(DOCS)) {
  if (/\.(?:md|svg)$/.test(file)) cpSync(path.join(DOCS, file), path.join(PAGES, file));
  if (file.endsWith('.schema.json')) cpSync(path.join(DOCS, file), path.join(PAGES, 'public', file));
}

const group = (text, ...items) => ({ text, items: items.map(([name, link]) => ({ text: name, link })) });

/** A link out of this folder leads nowhere in the site: its text stays. */
function dropOutside(md) {
  md.core.ruler.push('outside', ({ tokens }) => {
    for (const { children } of tokens) {
      let isOutside = false;
      for (const token of children ?? []) {
        if (token.type === 'link_open') isOutside = token.attrGet('href').startsWith('../');
        if (isOutside && /^link_/.test(token.type)) Object.assign(token, { type: 'text', tag: '', content: '' });
      }
    }
  });
}

// A dead link ends the build.
export default defineConfig({
  title: 'Lockstep',
  description: 'PostgreSQL migrations in plain SQL, on Knex: atomic, crash-proof, and honest about what is applied.',
  srcDir: 'pages',
  outDir: path.join(DOCS, '../.lockstep/site'),
  cacheDir: path.join(DOCS, '../.lockstep/site-cache'),
  cleanUrls: true,
  // Screens of a terminal are wider than prose.
  head: [['style', {}, '.VPDoc.has-aside .content-container { max-width: 880px !important; }']],
  markdown: { config: dropOutside, languageAlias: { procfile: 'yaml' } },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    sidebar: [
      group(
        'Begin',
        ['What it is', '/'],
        ['Adopting', '/adopting'],
        ['Existing databases', '/existing-databases'],
        ['Upgrading', '/upgrading'],
      ),
      group(
        'Write',
        ['Migrations', '/authoring'],
        ['Repeatable files', '/repeatable'],
        ['Backfills', '/backfill'],
        ['Recipes', '/recipes'],
        ['Phases of a deploy', '/phases'],
        ['Lint', '/lint'],
        ['Rules of lint', '/rules'],
        ['Rehearsal', '/rehearsal'],
        ['Switching branches', '/switching'],
        ['The schema in one file', '/snapshot'],
        ['Rollback drafts', '/drafts'],
        ['Configuration', '/configuration'],
      ),
      group('Run', ['Production', '/production'], ['Deploy', '/deploy'], ['Backup', '/backup'], ['Emergency', '/emergency']),
      group('Look', ['Monitoring', '/monitoring'], ['Audit', '/audit']),
      group('Behind it', ['Architecture', '/architecture'], ['Reliability', '/reliability'], ['Benchmarks', '/benchmarks']),
    ],
  },
});
