// All control characters but tab and newline. A carriage return is seen too: it hides what stands before it on its line.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

const shown = (character: string): string => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;

/**
 * The same value with control characters in its texts made visible: `\x1b[2K`. Names, notices and files come from anybody, and a
 * terminal obeys what it is sent.
 */
export function printable<T>(value: T): T;
export function printable(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('\r\n', '\n').replaceAll(CONTROL, shown);
  if (Array.isArray(value)) return value.map((one) => printable(one));
  const isPlain = value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype;
  return isPlain ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, printable(one)])) : value;
}
