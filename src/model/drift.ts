/** A disagreement between files and history. `stops` a run, or is only worth a note. */
export interface Drift {
  readonly kind: 'edited' | 'reformatted' | 'missing' | 'late' | 'no-rollback' | 'unrecorded';
  readonly name: string;
  readonly stops: boolean;
  readonly what: string;
  readonly file?: string;
  readonly next: string;
}
