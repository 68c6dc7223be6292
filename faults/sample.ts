import type { Point } from './oracle.ts';
import type { Entry } from './plan.ts';

/** A number in [0, 1) after the other, the same ones for the same seed. */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function shuffled<T>(items: readonly T[], random: () => number): readonly T[] {
  return items
    .map((item) => ({ item, rank: random() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}

/** All points in a seeded order; some of them where a count or the entry's stride asks for fewer. */
export function pickSome(seed: number, count?: number): (points: readonly Point[], entry: Entry) => readonly Point[] {
  const random = randomNumbers(seed);
  return (points, { stride = 1 }) => {
    const strided = points.filter((_, i) => i % stride === 0);
    return shuffled(strided, random).slice(0, count);
  };
}
