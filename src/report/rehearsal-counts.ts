/** How many of each kind: what a person understands first. */
import type { Proof, ProofFinding, Rehearsal, RehearsedFolder } from '../model/rehearsal.ts';
import { count } from './phrases.ts';

type Code = ProofFinding['code'];

// In the order in which they matter to whoever has to go back.
const KINDS: readonly (readonly [codes: readonly Code[], one: string, many: string])[] = [
  [['up-failed'], 'does not apply', 'do not apply'],
  [['up-fails-on-rows'], 'applies to empty tables only', 'apply to empty tables only'],
  [['rollback-failed'], 'rollback fails', 'rollbacks fail'],
  [['rollback-differs'], 'rollback leaves another schema', 'rollbacks leave another schema'],
  [['rollback-loses'], 'rollback does not bring back the rows', 'rollbacks do not bring back the rows'],
  [['again-failed', 'again-differs'], 'does not apply again as before', 'do not apply again as before'],
  [['rollback-missing'], 'has no rollback', 'have no rollback'],
  [['stall'], 'lets others wait for too long', 'let others wait for too long'],
];

/** `3 rollbacks fail, 8 leave …` of all that was found; empty where nothing was. */
export const findingCounts = (proofs: readonly Proof[]): string =>
  KINDS.flatMap(([codes, one, many]) => {
    const n = proofs.filter(({ findings }) => findings.some(({ code }) => codes.includes(code))).length;
    return n === 0 ? [] : [`${n.toLocaleString('en')} ${n === 1 ? one : many}`];
  }).join(', ');

/** What is wrong with one, in a few words. */
export const inShort = ({ findings }: Proof): string =>
  KINDS.flatMap(([codes, one]) => (findings.some(({ code }) => codes.includes(code)) ? [one] : [])).join(', ');

/** `64 migrations of golang-migrate in db/migrations: 49 hold, 13 do not, 2 could not be rehearsed` */
export function folderVerdict({ path, tool }: RehearsedFolder, { proofs, skipped }: Rehearsal): string {
  const failed = proofs.filter(({ findings }) => findings.length > 0).length;
  const told = [
    `${proofs.length - failed} hold`,
    ...(failed > 0 ? [`${failed} do not`] : []),
    ...(skipped.length > 0 ? [`${skipped.length} could not be rehearsed`] : []),
  ];
  return `${count(proofs.length + skipped.length, 'migration')} ${tool === 'sql' ? '(numbered SQL files)' : `of ${tool}`} in ${path}: ${told.join(', ')}`;
}

/** What else is to be said of a folder. */
export const folderNotes = ({ withoutRollback: n, left }: RehearsedFolder): readonly string[] => [
  ...(n === 0
    ? []
    : [`${count(n, 'migration')} ${n === 1 ? 'has' : 'have'} no rollback: of ${n === 1 ? 'it' : 'these'} only the way forward was tried`]),
  ...left.map((one) => `left out: ${one}`),
];

interface Skipped {
  readonly why: string;
  readonly names: readonly string[];
}

/** Those with one reason together. */
export function skippedTogether(skipped: Rehearsal['skipped']): readonly Skipped[] {
  const found = new Map<string, string[]>();
  for (const { name, why } of skipped) found.set(why, [...(found.get(why) ?? []), name]);
  return [...found].map(([why, names]) => ({ why, names }));
}
