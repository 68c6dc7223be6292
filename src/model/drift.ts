import { shellWord } from './command.ts';
/** A disagreement between files and history. `stops` a run, or is only worth a note. */
export interface Drift {
  readonly kind: 'edited' | 'reformatted' | 'missing' | 'late' | 'no-rollback' | 'unrecorded';
  readonly name: string;
  readonly stops: boolean;
  readonly what: string;
  readonly file?: string;
  readonly next: string;
}

/** What can be set right: each kind is an option of `migrate:repair`. */
export const REPAIRS = ['accept', 'rename', 'restore', 'reinsert', 'forget', 'give-up'] as const;
export type RepairKind = (typeof REPAIRS)[number];

/** One thing that can be set right, and what it would change. Nothing of it happens without consent. */
export interface Offer {
  readonly kind: RepairKind;
  readonly name: string;
  readonly to?: string;
  readonly what: string;
  readonly before: string;
  readonly after: string;
}

export const repairCommand = ({ kind, name, to }: Pick<Offer, 'kind' | 'name' | 'to'>): string =>
  `npm run migrate:repair -- --${kind} ${shellWord(to === undefined ? name : `${name}=${to}`)}`;
