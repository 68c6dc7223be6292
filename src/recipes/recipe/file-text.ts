import type { Losses, RecipeFile, Step } from './recipe.ts';
import { outside } from './refuse.ts';

interface Written {
  /** With the number: `002_orders_id_expand`. */
  readonly name: string;
  /** As it was typed: `change-type orders.id bigint`. */
  readonly recipe: string;
  readonly date: string;
}

/** @throws LockstepError for a name with a line break: what follows it in a comment would be SQL */
export function verifyLines({ title, description, why = [], allows = [], lossyDown = '', loses, up, down }: RecipeFile): void {
  const comments = [description, ...why, ...allows, lossyDown, ...linesOfLoss(loses?.up), ...linesOfLoss(loses?.down)];
  const verifies = [...up, ...down].map(({ verify }) => verify ?? '');
  const broken = [...comments, ...verifies].find((line) => /[\r\n]/.test(line));
  if (broken !== undefined)
    throw outside(
      `a name of ${title} has a line break in it`,
      'give it another name first: ALTER TABLE … RENAME …, in a migration of your own',
    );
}

/** The forward SQL of a file. */
export const upText = (file: RecipeFile, { name, recipe, date }: Written): string =>
  [
    `-- Migration: ${name}`,
    `-- Created at: ${date}`,
    `-- Description: ${file.description}`,
    `-- Recipe: ${recipe}`,
    ...(file.isAfterDeploy ? ['-- Phase: after-deploy'] : []),
    ...lossOf(file.loses?.up),
    ...(file.allows ?? []).map((line) => `-- lint-allow-file ${line}`),
    ...(file.why ?? []).map((line) => `-- ${line}`),
    '',
    bodyOf(file.up),
  ].join('\n');

export const downText = (file: RecipeFile, { name }: Written): string =>
  [
    `-- Rollback for: ${name}`,
    ...(file.lossyDown === undefined ? [] : [`-- lossy: ${file.lossyDown}`]),
    ...lossOf(file.loses?.down),
    '',
    file.down.length > 0 ? bodyOf(file.down) : `-- empty: ${file.emptyDown ?? 'there is nothing to undo'}\n`,
  ].join('\n');

const linesOfLoss = (loss: Losses | undefined): readonly string[] => [loss ?? []].flat();

const lossOf = (loss: Losses | undefined): readonly string[] => linesOfLoss(loss).map((line) => `-- data-loss: ${line}`);

/** One transaction where that is enough, else parts. */
function bodyOf(steps: readonly Step[]): string {
  const hasParts = steps.some(({ part }, i) => part !== undefined && (i > 0 || part !== 'transaction'));
  if (!hasParts) return `BEGIN;\n\n${steps.map(({ sql }) => `${sql}\n`).join('\n')}\nCOMMIT;\n`;
  return steps.map((step, i) => `${markerOf(step, i === 0)}${step.sql}\n`).join('\n');
}

function markerOf({ part, verify }: Step, isFirst: boolean): string {
  if (part === 'backfill') return `-- part: backfill\n${verify === undefined ? '' : `-- verify: ${verify}\n`}`;
  return part === 'transaction' && !isFirst ? '-- part: transaction\n' : '';
}

const LASTS = {
  moment: 'for a moment',
  scan: 'while it reads the table; reads and writes carry on',
  build: 'while it builds; reads and writes carry on',
  batches: 'about 200 ms a batch',
} as const;

/** What the screen says of a file: a line for each step. */
export const linesOf = ({ up }: RecipeFile): readonly string[] => up.map(({ does, locks, lasts }) => `${does}: ${locks}, ${LASTS[lasts]}`);
