import { LockstepError } from '../../model/lockstep-error.ts';

/** A case outside of what a recipe is proved for. */
export const outside = (what: string, next: string): LockstepError =>
  new LockstepError({ code: 'recipe-outside', what: `${what}; nothing was written`, next, exitCode: 3 });

/** What was typed means nothing here. */
export const mistyped = (what: string, next: string): LockstepError => new LockstepError({ code: 'usage', what, next });

/** The command, with what stands behind the name. */
export const recipeCommand = (name: string, words: string): string => `npm run migrate:make -- --recipe ${name} ${words}`;
