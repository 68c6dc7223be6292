// A text that a regular expression of a CHECK takes, for the forms that people write there (manual: functions-matching, posix-syntax-details).

const DIGITS = '0123456789';
const SMALL = 'abcdefghijklmnopqrstuvwxyz';
const CAPITAL = SMALL.toUpperCase();
const ANY = `${SMALL}${CAPITAL}${DIGITS}_- .:/@+#`;
const NAMED: Readonly<Record<string, string>> = {
  alpha: SMALL + CAPITAL,
  lower: SMALL,
  upper: CAPITAL,
  digit: DIGITS,
  alnum: SMALL + CAPITAL + DIGITS,
  xdigit: `${DIGITS}abcdef`,
  space: ' ',
  punct: '.-_',
};
const ESCAPED: Readonly<Record<string, string>> = { d: DIGITS, w: `${SMALL}${CAPITAL}${DIGITS}_`, s: ' ', D: SMALL, S: SMALL, W: '-' };
/** They stand for a place, not for a character. */
const PLACES = /^(?:\^|\$|\\[AZmMyYbB])/;
const QUANTIFIER = /^(?:\*|\+|\?|\{(\d+)(,(\d*))?\})\??/;
const CLASS = /^\[(\^)?(\]?(?:\[:\w+:\]|\\.|[^\]\\])*)\]/;
/** More than that is no longer tried; more than one where as many as you like are allowed shows nothing. */
const LONGEST = 200;

/** @param n another number gives another text, where there is one. @returns undefined where the pattern cannot be followed */
export function textMatching(pattern: string, n: number): string | undefined {
  const reader = new PatternReader(pattern, n);
  const text = reader.choice();
  return text === undefined || !reader.isAtEnd || text.length > LONGEST ? undefined : text;
}

class PatternReader {
  private rest: string;
  private readonly n: number;
  private made = 0;

  constructor(pattern: string, n: number) {
    this.rest = pattern;
    this.n = n;
  }

  get isAtEnd(): boolean {
    return this.rest === '';
  }

  /** `a|b` */
  choice(): string | undefined {
    const all: string[] = [];
    do {
      const one = this.sequence();
      if (one === undefined) return undefined;
      all.push(one);
    } while (this.take('|'));
    return all[this.n % all.length];
  }

  private sequence(): string | undefined {
    let text = '';
    while (this.rest !== '' && !/^[|)]/.test(this.rest)) {
      const one = this.repeated();
      if (one === undefined || text.length > LONGEST) return undefined;
      text += one;
    }
    return text;
  }

  private repeated(): string | undefined {
    const before = this.rest;
    const first = this.atom();
    const [whole, min, comma] = QUANTIFIER.exec(this.rest) ?? [''];
    if (first === undefined || whole === '') return first;
    const after = this.rest.slice(whole.length);
    const least = min === undefined ? 1 : comma === undefined ? Number(min) : Math.max(Number(min), 1);
    let text = '';
    for (let i = 0; i < least && text.length <= LONGEST; i += 1) {
      // Each repetition is another one of what is repeated.
      this.rest = before;
      text += this.atom() ?? '';
    }
    this.rest = after;
    return text;
  }

  private atom(): string | undefined {
    const [place] = PLACES.exec(this.rest) ?? [];
    if (place !== undefined) return this.skip(place.length, '');
    const [set, not, members = ''] = CLASS.exec(this.rest) ?? [];
    if (set !== undefined) return this.skip(set.length, this.oneOf(not ? without(membersOf(members)) : membersOf(members)));
    if (this.take('(')) return this.group();
    const [escaped, letter = ''] = /^\\(.)/s.exec(this.rest) ?? [];
    if (escaped !== undefined) return this.skip(escaped.length, /[a-zA-Z0-9]/.test(letter) ? this.oneOf(ESCAPED[letter] ?? '') : letter);
    const [character = ''] = this.rest;
    return this.skip(character.length, character === '.' ? this.oneOf(SMALL) : character);
  }

  private group(): string | undefined {
    if (/^\?(?!:)/.test(this.rest)) return undefined;
    this.take('?:');
    const text = this.choice();
    return this.take(')') ? text : undefined;
  }

  private oneOf(characters: string): string | undefined {
    this.made += 1;
    return characters === '' ? undefined : characters[(this.n + this.made) % characters.length];
  }

  private skip<T>(length: number, value: T): T {
    this.rest = this.rest.slice(length);
    return value;
  }

  private take(text: string): boolean {
    const isThere = this.rest.startsWith(text);
    if (isThere) this.rest = this.rest.slice(text.length);
    return isThere;
  }
}

const without = (members: string): string => [...ANY].filter((one) => !members.includes(one)).join('');

/** `a-z_`, `[:alpha:]`, `\d` */
const membersOf = (text: string): string =>
  [...text.matchAll(/\[:(\w+):\]|\\(.)|(.)-(.)|(.)/gs)]
    .map(([, named, escaped, from = '', to = '', one = '']) => {
      if (named !== undefined) return NAMED[named] ?? '';
      if (escaped !== undefined) return ESCAPED[escaped] ?? escaped;
      return to === '' ? one : between(from, to);
    })
    .join('');

const between = (from: string, to: string): string => {
  const [first, last] = [from.codePointAt(0) ?? 0, to.codePointAt(0) ?? 0];
  return Array.from({ length: Math.max(0, Math.min(last, first + 127) - first + 1) }, (_, i) => String.fromCodePoint(first + i)).join('');
};
