import { expect, test } from 'vitest';
import type { Event } from '../../src/model/event.ts';
import type { Links } from '../../src/model/links.ts';
import type { Target } from '../../src/model/target.ts';
import { htmlReporter } from '../../src/report/html/reporter.ts';

const LINKS: Links = {
  commit: (hash) => `https://example.com/commit/${hash}`,
  file: ({ file, line }) => (file.endsWith('.sql') ? `https://example.com/${file}${line === undefined ? '' : `#L${line}`}` : undefined),
};

/** The page that was written at the end. */
function pageOf(...events: readonly Event[]): string {
  let page: string | undefined;
  const reporter = htmlReporter(
    (text) => {
      page = text;
    },
    () => LINKS,
  );
  for (const event of events) reporter.report(event);
  expect(page).toBeUndefined();
  reporter.close();
  return page ?? '';
}

const titleOf = (page: string): string | undefined => /<h1 class="\w+">.*?<\/h1>/.exec(page)?.[0].replaceAll('<wbr>', '');

/** What a person reads, a line for each block, with the links that lead away. */
const read = (page: string): string =>
  page
    .replace(/^.*?<body>/s, '')
    .replaceAll(/<details>.*?<\/details>/gs, '')
    .replaceAll(/<a href="([^"]*)" rel="noreferrer">(.*?)<\/a>/g, '$2 [$1]')
    .replaceAll(/<\/(?:p|h1|h2|dd|tr|pre|code)>|<\/td>(?=<td)/g, ' \n')
    .replaceAll(/<dt>(.*?)<\/dt>/g, '$1: ')
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/g, 'TIME')
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
    .join('\n');

const SERVER: Target = {
  host: 'db.example.com',
  port: 5432,
  database: 'app',
  user: 'ann',
  schema: 'public',
  serverVersion: '18.4',
  serverMajor: 18,
  isReadOnly: false,
  isStandby: false,
};
const CONNECTED = { type: 'connected', environment: 'production', server: SERVER } as const;
const STEPS = [
  { name: '001_a', description: 'Makes a', statements: 1, parts: 1, kind: 'sql', file: 'db/migrations/001_a.sql' },
  { name: '002_b', statements: 2, parts: 2, kind: 'sql', file: 'db/migrations/002_b.sql' },
  { name: '003_c', statements: 1, parts: 1, kind: 'code', file: 'migrations/003_c.ts' },
] as const;
const PLANNED = { type: 'planned', direction: 'up', steps: STEPS, dryRun: false } as const;
const OUTCOME = { target: 'a', direction: 'up', done: [], notReached: [], durationMs: 1 } as const;
const REFUSAL = { code: 'x', what: 'No', next: 'Yes', exitCode: 3 } as const;

test('a run is told from its summary to its parts, and each step leads to its file', () => {
  const at = { direction: 'up', total: 3 } as const;
  const where = { file: 'db/migrations/002_b.sql', line: 2, column: 5, frame: '2 │ SELECT;\n  │ ^' };
  const failure = { code: 'y', what: '002_b failed', where, detail: '42601', next: 'correct it' };
  const part = { type: 'progress', name: '002_b', unit: 'part', total: 2 } as const;
  const page = pageOf(
    CONNECTED,
    PLANNED,
    { type: 'run-started', run: 'r', by: 'ann@ci', commit: 'abc1234567890', dirty: ['migrations/003_c.ts'], job: 'javascript:alert(1)' },
    { type: 'step-started', ...at, number: 1, step: STEPS[0] },
    { type: 'step-done', ...at, number: 1, name: '001_a', durationMs: 340, taken: [{ what: 'deleted', oid: 1, object: 't', rows: 40 }] },
    { type: 'step-started', ...at, number: 2, step: STEPS[1] },
    { ...part, number: 1, summary: 'CREATE INDEX CONCURRENTLY', where: { file: 'db/migrations/002_b.sql', line: 1 } },
    { ...part, number: 2, summary: 'SELECT' },
    { type: 'step-failed', ...at, number: 2, name: '002_b', failure },
    {
      type: 'run-ended',
      environment: 'production',
      outcome: {
        ...OUTCOME,
        durationMs: 4200,
        done: [{ name: '001_a', durationMs: 340 }],
        failed: { name: '002_b', failure, interrupted: false },
      },
      journal: { count: 42, head: '3f9a2c1b5d6e7f80' },
    },
  );
  expect(titleOf(page)).toBe('<h1 class="bad">002_b failed</h1>');
  expect(read(page).replaceAll(/^\d+ ms$/gm, 'DURATION')).toMatchInlineSnapshot(`
    "002_b failed
    Environment: production
    Target: app on db.example.com:5432, PostgreSQL 18.4
    Commit: abc123456789 [https://example.com/commit/abc1234567890]
    migrations/003_c.ts differs from it
    Who: ann@ci
    When: TIME
    Took: 4.2 s
    CI job: javascript:alert(1)
    Journal: 42 events, head 3f9a2c1b5d6e7f80
    002_b failed
    db/migrations/002_b.sql:2:5 [https://example.com/db/migrations/002_b.sql#L2]
    42601
    2 │ SELECT;
    │ ^
    Next
    correct it
    Steps 1 applied, 1 failed, 1 not reached
    #MigrationOutcomeDuration
    1
    001_a [https://example.com/db/migrations/001_a.sql]
    Makes a
    deleted 40 rows of t
    applied
    DURATION
    2
    002_b [https://example.com/db/migrations/002_b.sql]
    2 parts, not in one transaction
    failed
    DURATION
    1 of 2 CREATE INDEX CONCURRENTLY [https://example.com/db/migrations/002_b.sql#L1]
    DURATION
    2 of 2 SELECT
    DURATION
    3
    003_c
    code
    not reached"
  `);
});

test('a page needs nothing but itself, and nothing that was told becomes a part of it', () => {
  const hostile = '</pre><script>alert(1)</script>" onload="x\' & <img src=//evil>';
  const step = { ...STEPS[0], name: hostile, description: hostile, file: `${hostile}.sql` };
  const page = pageOf(
    { ...CONNECTED, environment: hostile, server: { ...SERVER, database: hostile } },
    { ...PLANNED, steps: [step] },
    { type: 'note', text: hostile, next: hostile },
    { type: 'run-started', run: 'r', by: hostile, commit: hostile, job: `https://ci/${hostile}` },
    {
      type: 'data-loss',
      losses: [{ object: hostile, what: 'rows', count: 1, isEstimate: false, summary: hostile, where: { file: hostile } }],
    },
    { type: 'refused', refusal: { ...REFUSAL, what: hostile, next: hostile, where: { file: `${hostile}.sql`, frame: hostile } } },
  );
  const tags = [...page.matchAll(/<(\/?[a-z!][\w-]*)/g)].map(([, name]) => name?.replace('/', ''));
  expect([...new Set(tags)].sort()).toMatchInlineSnapshot(`
    [
      "!doctype",
      "a",
      "body",
      "code",
      "dd",
      "details",
      "div",
      "dl",
      "dt",
      "h1",
      "h2",
      "head",
      "html",
      "meta",
      "p",
      "pre",
      "section",
      "small",
      "span",
      "style",
      "summary",
      "table",
      "tbody",
      "td",
      "th",
      "thead",
      "title",
      "tr",
      "wbr",
    ]
  `);
  expect(page.replaceAll(/"[^"]*"/g, '')).not.toMatch(/<[^>]* on\w+=|<(?:script|img|link|iframe)|url\(|@import/);
  expect([...page.matchAll(/ (?:src|href)="([^"]*)"/g)].map(([, url]) => url).every((url) => url?.startsWith('https://'))).toBe(true);
});

test('a page is written where something was recorded, where there was nothing to do, and where the run was refused', () => {
  expect(titleOf(pageOf({ type: 'recorded', text: 'Marked 1 as applied', names: ['001_<b>'] }))).toBe(
    '<h1 class="ok">Marked 1 as applied</h1>',
  );
  expect(titleOf(pageOf({ type: 'note', text: 'there is nothing to repair' }))).toBe('<h1 class="ok">Nothing was run</h1>');
  expect(titleOf(pageOf({ ...PLANNED, steps: [] }))).toBe('<h1 class="ok">Nothing to do</h1>');
  expect(titleOf(pageOf({ ...PLANNED, dryRun: true }))).toBe('<h1 class="ok">3 migrations would be applied</h1>');
  expect(titleOf(pageOf({ type: 'refused', refusal: REFUSAL }))).toBe('<h1 class="bad">Refused: nothing was run</h1>');
});

test('each of several refusals stands by itself', () => {
  const all = [REFUSAL, { ...REFUSAL, what: 'Neither' }];
  expect(read(pageOf({ type: 'refused', refusal: { ...REFUSAL, all } }))).toMatchInlineSnapshot(`
    "Refused: nothing was run
    When: TIME
    No
    Next
    Yes
    Neither
    Next
    Yes"
  `);
});

test('a run whose end was never reported is not called done', () => {
  const page = pageOf(PLANNED, { type: 'note', text: 'careful' });
  expect(titleOf(page)).toBe('<h1 class="bad">The run ended without reporting a result</h1>');
});

test('a command that shows something else writes no page over its own', () => {
  expect(pageOf({ type: 'server-started', place: '.lockstep', url: '127.0.0.1:5432' })).toBe('');
});

test('one page holds the runs of several targets, and one that failed counts', () => {
  const ended = { type: 'run-ended', environment: 'staging', outcome: OUTCOME } as const;
  const page = pageOf({ ...PLANNED, target: 'a' }, { type: 'refused', refusal: REFUSAL, target: 'b' }, { ...ended, target: 'a' });
  expect(titleOf(page)).toBe('<h1 class="bad">Migration run failed</h1>');
  expect([...page.matchAll(/<h2 class="target (\w+)">(.*?)<\/h2>/g)].map(([, state, text]) => [state, text])).toEqual([
    ['ok', 'a: Applied 0 migrations'],
    ['bad', 'b: Refused: nothing was run'],
  ]);
  expect([...page.matchAll(/<\/summary><pre>(.*?)<\/pre>/gs)].map(([, text]) => text)).toEqual([
    'Plan: apply 3 migrations\n  001_a   Makes a\n  002_b   (2 parts, not in one transaction)\n  003_c   (code)\nApplied 0 migrations in 1 ms (staging)\n',
    'No\n  Next: Yes\n',
  ]);
});
