import type { WalkKey } from './backfill.ts';
import type { JournalDetails } from './history.ts';
import type { Failure } from './outcome.ts';

export type BackgroundFailure = Pick<Failure, 'code' | 'what' | 'next' | 'where'>;

/** A part that runs in the background, as the database keeps it. */
export interface Job {
  /** Of its migration. */
  readonly name: string;
  /** Counts from 1. */
  readonly part: number;
  readonly checksum: string;
  readonly path: string;
  readonly text: string;
  /** What the parts before it have set for their session. */
  readonly settings: Pick<JournalDetails, 'role' | 'authorization' | 'settings'>;
  readonly key: WalkKey;
  /** Counts from 1. */
  readonly pass: number;
  /** What the pass before has left. */
  readonly remaining?: number;
  /** Walked over. */
  readonly rows: number;
  readonly isWalked: boolean;
  /** That have told of themselves lately, and their rows a second. */
  readonly workers: number;
  readonly rate: number;
  readonly startedAt: Date;
  readonly pausedBy?: string;
  readonly failure?: BackgroundFailure;
}

/** A stretch of the key, which one worker at a time walks. */
export interface JobRange {
  readonly number: number;
  /** Behind which it begins. */
  readonly from: readonly string[] | undefined;
  /** The last key that a batch has done; undefined before the first. */
  readonly place: readonly string[] | undefined;
  readonly end: readonly string[];
  readonly batch: number;
}

/** After so long a worker that says nothing does nothing. As SQL. */
export const STUCK = '15 s';
