import { expect, test } from 'vitest';
import type { Event } from '../../src/model/event.ts';
import { htmlReporter } from '../../src/report/html.ts';

/** The page that was written at the end. */
function pageOf(...events: readonly Event[]): string | undefined {
  let page: string | undefined;
  const reporter = htmlReporter((text) => {
    page = text;
  });
  for (const event of events) reporter.report(event);
  expect(page).toBeUndefined();
  reporter.close();
  return page;
}

const titleOf = (page: string | undefined): string | undefined => /<h1 class="\w+">(.*?)<\/h1>/.exec(page ?? '')?.[0];

test('a page is written where something was recorded, and none of it is taken for HTML', () => {
  const page = pageOf({ type: 'recorded', text: 'Marked 1 as applied', names: ['001_<b>'] });
  expect(titleOf(page)).toBe('<h1 class="ok">Migration run done</h1>');
  expect(page).toContain('001_&lt;b&gt;');
});

test('a page is written where there was nothing to do, and where the run was refused', () => {
  expect(titleOf(pageOf({ type: 'note', text: 'there is nothing to repair' }))).toBe('<h1 class="ok">Nothing was run</h1>');
  const refusal = { code: 'x', what: 'No', next: 'Yes', exitCode: 3 } as const;
  expect(titleOf(pageOf({ type: 'refused', refusal }))).toBe('<h1 class="bad">Migration run failed</h1>');
});

const STEPS = [{ name: '001_a', statements: 1, parts: 1, kind: 'sql' }] as const;
const PLANNED = { type: 'planned', direction: 'up', steps: STEPS, dryRun: false } as const;
const OUTCOME = { target: 'a', direction: 'up', done: [], notReached: [], durationMs: 1 } as const;

test('a run whose end was never reported is not called done', () => {
  expect(titleOf(pageOf(PLANNED, { type: 'note', text: 'careful' }))).toBe('<h1 class="bad">Migration run failed</h1>');
});

test('a command that shows something else writes no page over its own', () => {
  expect(pageOf({ type: 'server-started', place: '.lockstep', url: '127.0.0.1:5432' })).toBeUndefined();
});

test('one page holds the runs of several targets, and one that failed counts', () => {
  const refusal = { code: 'x', what: 'No', next: 'Yes', exitCode: 3 } as const;
  const ended = { type: 'run-ended', environment: 'staging', outcome: OUTCOME } as const;
  const page = pageOf({ ...PLANNED, target: 'a' }, { type: 'refused', refusal, target: 'b' }, { ...ended, target: 'a' });
  expect(titleOf(page)).toBe('<h1 class="bad">Migration run failed</h1>');
  expect(/<pre>(.*)<\/pre>/s.exec(page ?? '')?.[1]).toMatchInlineSnapshot(`
    "a

    Plan: apply 1 migration
      001_a
    Applied 0 migrations in 1 ms (staging)

    b

    No
      Next: Yes
    "
  `);
});
