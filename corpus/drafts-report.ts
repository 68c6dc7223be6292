import type { DraftedPair, DraftsReport } from './drafts.ts';

const SHOWN = 3;

/** The totals, and each pair in which theirs was better, with the reason. */
export function draftsText({ folder, server, pairs, skipped }: DraftsReport): string {
  const both = pairs.filter(({ theirs }) => theirs !== undefined);
  const alone = pairs.filter(({ theirs }) => theirs === undefined);
  const isBack = ({ theirs }: DraftedPair): boolean => theirs?.length === 0;
  const isDrafted = ({ ours }: DraftedPair): boolean => ours.length === 0;
  const better = both.filter((one) => isBack(one) && !isDrafted(one));
  const neither = both.filter((one) => !isBack(one) && !isDrafted(one));
  return `${[
    `${both.length} pairs in ${folder}, ${server}: the schema is exactly what it was after`,
    `  theirs   ${share(both.filter(isBack).length, both.length)}`,
    `  ours     ${share(both.filter(isDrafted).length, both.length)}`,
    ...(alone.length > 0 ? [`  ours, where they have none   ${share(alone.filter(isDrafted).length, alone.length)}`] : []),
    ...list('Theirs was better', better, ({ ours }) => ours),
    ...list('Neither', neither, ({ ours }) => ours),
    ...list(
      'Ours failed where they have none',
      alone.filter((one) => !isDrafted(one)),
      ({ ours }) => ours,
    ),
    ...(skipped.length > 0 ? ['', `Not applied: ${skipped.length}`, ...skipped.map((one) => `  ${one}`)] : []),
  ].join('\n')}\n`;
}

const share = (n: number, of: number): string => `${n} / ${of}${of > 0 ? `   ${((100 * n) / of).toFixed(1)} %` : ''}`;

function list(title: string, pairs: readonly DraftedPair[], why: (pair: DraftedPair) => readonly string[]): readonly string[] {
  if (pairs.length === 0) return [];
  return [
    '',
    `${title}: ${pairs.length}`,
    ...pairs.flatMap((pair) => [`  ${pair.name}`, ...shown(why(pair)).map((line) => `    ${line}`)]),
  ];
}

const shown = (lines: readonly string[]): readonly string[] =>
  lines.length > SHOWN ? [...lines.slice(0, SHOWN), `… ${lines.length - SHOWN} more`] : lines;
