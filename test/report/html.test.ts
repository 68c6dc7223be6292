import { expect, test } from 'vitest';
import type { Event } from '../../src/model/event.ts';
import { htmlReporter } from '../../src/report/html.ts';

/** The last page that was written. */
function pageOf(...events: readonly Event[]): string | undefined {
  let page: string | undefined;
  const report = htmlReporter((text) => {
    page = text;
  });
  for (const event of events) report(event);
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

test('no page says of a run that goes on that it is done', () => {
  const steps = [{ name: '001_a', direction: 'up' as const, statements: 1, parts: 1, kind: 'sql' as const }];
  const planned = { type: 'planned', direction: 'up', steps } as unknown as Event;
  expect(pageOf(planned, { type: 'note', text: 'careful' }, { type: 'recorded', text: 'x', names: [] })).toBeUndefined();
});
