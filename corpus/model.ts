import type { Direction } from '../src/model/migration.ts';
import type { Script } from '../src/model/script.ts';

/** A forward file and its rollback, as another project has them; paths relative to the corpus folder. */
export interface CorpusPair {
  readonly name: string;
  readonly up: string;
  readonly down?: string;
}

export interface CorpusFolder {
  readonly folder: string;
  /** In the order in which they apply. */
  readonly pairs: readonly CorpusPair[];
  /** What lies in the folder and is no part of a pair. */
  readonly leftOut: readonly string[];
}

/** What plain `pg` says when it sends a file's text as one query. */
export type PlainAnswer =
  | { readonly accepts: true; readonly leavesOpen: boolean }
  | { readonly accepts: false; readonly sqlstate: string; readonly message: string };

/** What became of one file in our hands. */
export type FileResult =
  | { readonly kind: 'done'; readonly script: Script }
  | { readonly kind: 'refused'; readonly code: string; readonly what: string; readonly line?: number; readonly column?: number }
  /** There is no such file, or nothing for it to undo. */
  | { readonly kind: 'no-file' | 'not-run' };

export interface CorpusEntry {
  readonly pair: CorpusPair;
  readonly direction: Direction;
  readonly result: FileResult;
  /** Absent where nothing ran. */
  readonly plain?: PlainAnswer;
}

export interface CorpusReport {
  readonly corpus: CorpusFolder;
  readonly server: string;
  /** One for each pair and direction, in the order in which they ran. */
  readonly entries: readonly CorpusEntry[];
  /** Files after which the database of plain `pg` is no longer in the same state as ours. */
  readonly diverged: readonly string[];
  /** Roles, databases and tablespaces that the files made: they outlive a scratch database. */
  readonly leftOnServer: readonly string[];
  /** Milliseconds. */
  readonly times: { readonly up: number; readonly down: number; readonly plain: number };
}

/** Refused by us, accepted by plain `pg`: what a project would miss. */
export const isOursAlone = ({ result, plain }: CorpusEntry): boolean => result.kind === 'refused' && plain?.accepts === true;
