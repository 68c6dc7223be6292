/** A stretch of lines in one text and what is there in the other; either may be empty. */
export interface Place {
  readonly before: readonly string[];
  readonly after: readonly string[];
}

// Of more than a thousand lines on either side, what lies between the first and the last difference is one place.
const MOST_CELLS = 1_000_000;

/** Where two texts differ, line by line. */
export function differingPlaces(before: string, after: string): readonly Place[] {
  const [a, b] = [before.split('\n'), after.split('\n')];
  const head = countSame(a, b);
  const tail = countSame(a.slice(head).toReversed(), b.slice(head).toReversed());
  const [x, y] = [a.slice(head, a.length - tail), b.slice(head, b.length - tail)];
  return x.length * y.length > MOST_CELLS ? [{ before: x, after: y }] : placesBetween(x, y);
}

/** How many elements both begin with. */
export function countSame(a: ArrayLike<string>, b: ArrayLike<string>): number {
  let same = 0;
  while (same < a.length && same < b.length && a[same] === b[same]) same += 1;
  return same;
}

function placesBetween(a: readonly string[], b: readonly string[]): readonly Place[] {
  const longest = commonLengths(a, b);
  const at = (i: number, j: number): number => longest[i * (b.length + 1) + j] ?? 0;
  const places: { before: string[]; after: string[] }[] = [];
  let isOpen = false;
  for (let [i, j] = [0, 0]; i < a.length || j < b.length; ) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      [i, j, isOpen] = [i + 1, j + 1, false];
      continue;
    }
    if (!isOpen) places.push({ before: [], after: [] });
    isOpen = true;
    const place = places.at(-1);
    if (j >= b.length || (i < a.length && at(i + 1, j) >= at(i, j + 1))) place?.before.push(a[i++] ?? '');
    else place?.after.push(b[j++] ?? '');
  }
  return places;
}

/** Of the longest common subsequence of what begins at each pair of lines (Wagner and Fischer 1974). */
function commonLengths(a: readonly string[], b: readonly string[]): Uint32Array {
  const width = b.length + 1;
  const lengths = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1)
      lengths[i * width + j] =
        a[i] === b[j]
          ? (lengths[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(lengths[(i + 1) * width + j] ?? 0, lengths[i * width + j + 1] ?? 0);
  return lengths;
}
