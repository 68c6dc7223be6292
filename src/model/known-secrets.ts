import { attempt } from './attempt.ts';

/** The passwords of this process's connections. Known once, hidden wherever text leaves: screens, reports, the journal. */
const patterns = new Map<string, RegExp>();

const SHORTEST_HIDDEN = 4;

/** @param names what stands in every message: a password that is one of these words cannot be hidden */
export function keepSecrets(secrets: readonly (string | undefined)[], names: readonly string[]): void {
  for (const secret of secrets.flatMap((one) => (one ? [one, decoded(one)] : [])))
    if (secret.length >= SHORTEST_HIDDEN && !names.includes(secret)) patterns.set(secret, new RegExp(patternOf(secret), 'g'));
}

/** The text without the passwords that are known, however each is written. */
export function hideSecrets(text: string): string {
  let hidden = text;
  for (const pattern of patterns.values()) hidden = hidden.replaceAll(pattern, '****');
  return hidden;
}

const decoded = (text: string): string => attempt(() => decodeURIComponent(text)) ?? text;

/** Each character as it is, behind a backslash or doubled where it is a quote, or percent-encoded: a URL may have any of them so. */
const patternOf = (secret: string): string => [...secret].map((c) => `(?:${[...plain(c), encoded(c)].join('|')})`).join('');

const plain = (c: string): readonly string[] => {
  const escaped = c.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&');
  return [escaped, ...(/['"\\]/.test(c) ? [`\\\\${escaped}`, `${escaped}${escaped}`] : []), ...(c === ' ' ? ['\\+'] : [])];
};

function encoded(c: string): string {
  const percent = encodeURIComponent(c);
  const all = percent === c ? `%${c.charCodeAt(0).toString(16)}` : percent;
  return all.replaceAll(/[a-f]/gi, (hex) => `[${hex.toLowerCase()}${hex.toUpperCase()}]`);
}
