import { AMPERSAND, DOLLAR, DOT, DOUBLE_QUOTE, isDigit, isWordPart, isWordStart, QUOTE } from '../chars.ts';
import { dollarEnd, quotedNameEnd, stringEnd } from '../quotes.ts';

/** The end of the token that starts at `at`; a run of operator characters counts as several tokens, which moves no boundary. */
export function tokenEnd(text: string, at: number): number {
  const c = text.charCodeAt(at);
  if (isWordStart(c)) return wordOrPrefixedQuote(text, at);
  if (isDigit(c)) return numberEnd(text, at);
  if (c === QUOTE) return stringEnd(text, at, false);
  if (c === DOUBLE_QUOTE) return quotedNameEnd(text, at);
  if (c === DOLLAR) return dollarEnd(text, at);
  return at + 1;
}

export function wordEnd(text: string, from: number): number {
  let at = from + 1;
  while (isWordPart(text.charCodeAt(at))) at += 1;
  return at;
}

function wordOrPrefixedQuote(text: string, at: number): number {
  const next = text.charCodeAt(at + 1);
  const letter = text.charCodeAt(at) | 32;
  if (next === QUOTE && (letter === 101 || letter === 98 || letter === 110 || letter === 120))
    return stringEnd(text, at + 1, letter === 101);
  if (letter === 117 && next === AMPERSAND) {
    const quote = text.charCodeAt(at + 2);
    if (quote === QUOTE) return stringEnd(text, at + 2, false);
    if (quote === DOUBLE_QUOTE) return quotedNameEnd(text, at + 2);
  }
  return wordEnd(text, at);
}

// Not `$`: in `1$$a$$` a dollar quote follows the number.
function numberEnd(text: string, from: number): number {
  let at = from + 1;
  for (let c = text.charCodeAt(at); isWordPart(c) ? c !== DOLLAR : c === DOT; c = text.charCodeAt(at)) at += 1;
  return at;
}
