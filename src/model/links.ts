import type { Where } from './lockstep-error.ts';

/** Addresses at the host of the repository, for what is there as it was when it ran. */
export interface Links {
  /** What is checked out; absent outside a repository. */
  readonly head?: string;
  readonly commit: (hash: string) => string | undefined;
  /** Undefined for a file that is not in the commit, or is not what it is there. */
  readonly file: (where: Pick<Where, 'file' | 'line'>) => string | undefined;
}

/** Of a run that says which commit it is of, and which files are not in it; else of what is checked out. */
export type FindLinks = (of?: { readonly commit?: string | undefined; readonly dirty?: readonly string[] | undefined }) => Links;

export const NO_LINKS: Links = { commit: () => undefined, file: () => undefined };
