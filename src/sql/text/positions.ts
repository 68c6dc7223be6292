/**
 * The UTF-16 offset of PostgreSQL's error `position`: code points from 1, in the text that was sent.
 * `sentFrom` is where in `text` the sent text starts.
 */
export function offsetOfPosition(text: string, sentFrom: number, position: number): number {
  let at = sentFrom;
  for (let left = position - 1; left > 0 && at < text.length; left -= 1) at += isPair(text, at) ? 2 : 1;
  return Math.min(at, text.length);
}

export function countCodePoints(text: string, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at += isPair(text, at) ? 2 : 1) count += 1;
  return count;
}

function isPair(text: string, at: number): boolean {
  const [high, low] = [text.charCodeAt(at), text.charCodeAt(at + 1)];
  return high >= 0xd800 && high <= 0xdbff && low >= 0xdc00 && low <= 0xdfff;
}
