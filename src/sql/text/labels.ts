import type { Span } from '../../model/script.ts';
import { tokenEnd } from './tokens.ts';
import { Unterminated } from './unterminated.ts';
import { DOLLAR, QUOTE, skipBlank } from './whitespace.ts';

/** Function bodies in function bodies: so many levels of quotes are looked into. */
const DEEPEST = 3;

/** Which of the labels stand in the strings of this stretch: as a string, in an array `{a,b}`, or inside a function body. */
export function findLabels(text: string, span: Span, labels: ReadonlySet<string>): ReadonlySet<string> {
  const search = { labels, found: new Set<string>() };
  look(search, text.slice(span.start, span.end), 0);
  return search.found;
}

type Search = { readonly labels: ReadonlySet<string>; readonly found: Set<string> };

function look(search: Search, text: string, depth: number): void {
  try {
    for (let at = skipBlank(text, 0); at < text.length; ) {
      const end = tokenEnd(text, at);
      const content = contentOf(text, at, end);
      if (content !== undefined) lookInto(search, content, depth);
      at = skipBlank(text, end);
    }
  } catch (error) {
    // A body in another language: its quotes are not SQL's.
    if (!(error instanceof Unterminated)) throw error;
    for (const label of search.labels) if (text.includes(label)) search.found.add(label);
  }
}

function lookInto(search: Search, content: string, depth: number): void {
  if (search.labels.has(content)) search.found.add(content);
  if (content.startsWith('{'))
    for (const item of content.split(/[{},"]/)) if (search.labels.has(item.trim())) search.found.add(item.trim());
  const isBody = depth < DEEPEST && /['$]/.test(content);
  if (isBody) look(search, content, depth + 1);
}

/** What a string or dollar quote holds; undefined for every other token. */
function contentOf(text: string, start: number, end: number): string | undefined {
  if (text.charCodeAt(start) === DOLLAR) return text.slice(text.indexOf('$', start + 1) + 1, text.lastIndexOf('$', end - 2));
  if (end - start < 2 || text.charCodeAt(end - 1) !== QUOTE) return undefined;
  return text.slice(text.indexOf("'", start) + 1, end - 1).replaceAll("''", "'");
}
