import { hideSecrets } from './known-secrets.ts';

// Control characters but tab and newline, and what turns the direction of writing or breaks a line unseen. A carriage return hides what
// stands before it on its line.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

// GitHub's runner obeys `::error::…` behind white space too, and `##[…]` anywhere on a line; Azure's and TeamCity's are of that kind. SQL
// has lines that begin with `::numeric`, so it is the runner's words that count.
const GITHUB = /^([^\S\n]*):(?=:(?:[a-z]+(?:-[a-z]+)+|debug|warning|error|notice|group|endgroup|echo)(?:\s[^\n]*)?::)/gim;
const BRACKET = /##(?=\[|vso\[|teamcity\[)/gi;

function shown(character: string): string {
  const code = character.charCodeAt(0).toString(16);
  return code.length > 2 ? `\\u${code.padStart(4, '0')}` : `\\x${code.padStart(2, '0')}`;
}

/** A text that no terminal and no CI system takes for a command: `\x1b[2K`, `\x3a:error::`. */
export const visible = (text: string): string =>
  text.replaceAll('\r\n', '\n').replaceAll(UNSEEN, shown).replaceAll(GITHUB, '$1\\x3a').replaceAll(BRACKET, '\\x23#');

/**
 * The same value with passwords hidden, and with its texts made visible. Names, notices, rows and files come from anybody, and a
 * terminal or CI system obeys what it is sent.
 */
export const printable = <T>(value: T): T => withTexts(value, (text) => visible(hideSecrets(text)));

/** One line of JSON, with the same escaped as JSON has it: whoever parses it gets the value as it is, without passwords. */
export function jsonLine(value: object): string {
  const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return `${JSON.stringify(withTexts(value, hideSecrets)).replaceAll(UNSEEN, escaped).replaceAll(BRACKET, '\\u0023#')}\n`;
}

function withTexts<T>(value: T, change: (text: string) => string): T;
function withTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((one) => withTexts(one, change));
  const isPlain = value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype;
  return isPlain ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withTexts(one, change)])) : value;
}
