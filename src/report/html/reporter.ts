import type { Event } from '../../model/event.ts';
import { type FindLinks, NO_LINKS } from '../../model/links.ts';
import { printable } from '../../model/printable.ts';
import { plainReporter } from '../plain.ts';
import type { Reporter, Write } from '../reporter.ts';
import { html, type Piece } from './markup.ts';
import { breakable, log, page } from './page.ts';
import { headline, runSection } from './run.ts';
import { newStory, type Story, tell } from './story.ts';

interface Told {
  readonly story: Story;
  readonly report: (event: Event) => void;
  text: string;
}

/** A page with what was run on each target; written when all is over, unless nothing was said. */
export function htmlReporter(write: Write, findLinks: FindLinks = () => NO_LINKS): Reporter {
  const targets = new Map<string, Told>();
  return {
    report: (event) => {
      const name = event.target ?? '';
      const told = targets.get(name) ?? newTold();
      targets.set(name, told);
      told.report(event);
      tell(told.story, printable(event));
    },
    close: () => {
      const told = [...targets].filter(([, { story }]) => story.state !== undefined);
      if (told.length > 0) write(runPage(told, findLinks));
    },
  };
}

function newTold(): Told {
  const told: Told = { story: newStory(), text: '', report: (event) => plain.report(event) };
  const plain = plainReporter((text) => {
    told.text += text;
  });
  return told;
}

const hasFailed = ({ story: { state } }: Told): boolean => state === 'failed' || state === 'begun';

function runPage(targets: readonly (readonly [name: string, Told])[], findLinks: FindLinks): string {
  const [[, only] = [], ...others] = targets;
  const isBad = targets.some(([, told]) => hasFailed(told));
  const bodyOf = ({ story, text }: Told): Piece => [runSection(story, findLinks(story.started)), log(text)];
  if (only && others.length === 0) return page({ text: headline(only.story), isBad }, [bodyOf(only)]);
  const text = isBad ? 'Migration run failed' : 'Migration run done';
  return page(
    { text, isBad },
    targets.map(([name, told]) => [
      html`<h2 class="target ${hasFailed(told) ? 'bad' : 'ok'}">${breakable(`${name}: ${headline(told.story)}`)}</h2>`,
      bodyOf(told),
    ]),
  );
}
