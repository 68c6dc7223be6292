import { statSync, writeFileSync } from 'node:fs';
import { linksOf } from '../files/read-links.ts';
import { type Rehearse, rehearse } from '../journeys/rehearse.ts';
import { rehearseFolder } from '../journeys/rehearse-folder.ts';
import type { ExitCode } from '../model/lockstep-error.ts';
import { printable } from '../model/printable.ts';
import { hasPassed } from '../model/rehearsal.ts';
import { rehearsalPage } from '../report/html/rehearsal.ts';
import { rehearsalJson } from '../report/json.ts';
import { rehearsalMarkdown } from '../report/rehearsal-markdown.ts';
import { rehearsalText } from '../report/rehearsal-text.ts';
import { print, writePages } from './print.ts';

const isFolder = (word: string): boolean => statSync(word, { throwIfNoEntry: false })?.isDirectory() === true;

/** Prints what the rehearsal found. @returns 1 where something does not hold */
export async function tellRehearsal(journey: Rehearse, report: readonly string[] | undefined): Promise<ExitCode> {
  const folder = journey.only?.find(isFolder);
  const found = folder === undefined ? await rehearse(journey) : await rehearseFolder(journey, folder);
  const text = printable(rehearsalText(found));
  print(report?.includes('json') ? rehearsalJson(found) : text);
  writePages(report, () => rehearsalPage(printable(found), { text, links: linksOf(journey.project.root, journey.variables)() }));
  for (const wish of report ?? [])
    if (wish.startsWith('markdown=')) writeFileSync(wish.slice('markdown='.length), rehearsalMarkdown(printable(found)));
  return hasPassed(found) ? 0 : 1;
}
