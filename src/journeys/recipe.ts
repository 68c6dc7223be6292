import { readMigrations } from '../files/read-migrations.ts';
import { writeMigrationTexts } from '../files/write-migration.ts';
import { shellWord } from '../model/command.ts';
import { given } from '../model/given.ts';
import type { Journey } from '../model/journey.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import { nextVersion, toTitle } from '../model/migration.ts';
import { downText, linesOf, upText, verifyLines } from '../recipes/recipe/file-text.ts';
import type { Recipe, RecipeFile } from '../recipes/recipe/recipe.ts';
import { RECIPES } from '../recipes/recipes.ts';
import { withLook } from './recipe-schema.ts';

export interface RecipeWish {
  /** Empty: which are there? */
  readonly recipe: string;
  readonly words: readonly string[];
  readonly fill?: string;
}

/** Writes the files of a recipe, all or none. @returns their paths; without the name of a recipe the list of them */
export async function writeRecipe(journey: Journey, { recipe: name, words, fill }: RecipeWish): Promise<readonly string[]> {
  if (name === '') return listRecipes();
  const recipe = RECIPES.find(({ card }) => card.name === name);
  if (!recipe) throw unknown(name);
  verifyFill(recipe, fill);
  const { root } = journey.project;
  const { plan, source } = await withLook(journey, async (look, from) => ({
    plan: await recipe.plan({ look, words, ...given({ fill }) }),
    source: from,
  }));
  for (const file of plan) verifyLines(file);
  const named = await numbered(root, plan);
  const typed = [name, ...words.map(shellWord), ...(fill === undefined ? [] : ['--fill', shellWord(fill)])].join(' ');
  const date = new Date().toISOString().slice(0, 10);
  const texts = named.map(({ file, name: own }) => ({
    name: own,
    up: upText(file, { name: own, recipe: typed.replaceAll(/\s+/g, ' '), date }),
    down: downText(file, { name: own, recipe: typed, date }),
  }));
  const paths = await writeMigrationTexts(root, texts);
  journey.emit({ type: 'note', text: screen(source, named), next: nextSteps(named) });
  return paths;
}

interface Numbered {
  readonly name: string;
  readonly file: RecipeFile;
}

async function numbered(root: string, plan: readonly RecipeFile[]): Promise<readonly Numbered[]> {
  const versions = (await readMigrations(root)).migrations.map(({ version }) => version);
  return plan.map((file) => {
    const version = nextVersion(versions);
    versions.push(version);
    return { name: `${version}_${toTitle(file.title)}`, file };
  });
}

/** Where the schema was read, and step by step what is locked. */
const screen = (source: string, named: readonly Numbered[]): string =>
  [
    `the schema was read from ${source}`,
    ...named.flatMap(({ name, file }) => [
      `  ${name}   ${file.description}${file.isAfterDeploy ? '   (after the new code is out)' : ''}`,
      ...linesOf(file).map((line) => `    ${line}`),
    ]),
  ].join('\n');

/** The phase of a file says when it runs; of several that come after the deploy all but the last are of this release. */
function nextSteps(named: readonly Numbered[]): string {
  const [before, after] = [named.filter(({ file }) => !file.isAfterDeploy), named.filter(({ file }) => file.isAfterDeploy)];
  const run = (rest: string): string => `npm run migrate:prod${rest}`;
  const afterDeploy = ' -- --phase after-deploy';
  const last = after.length > 0 ? `${afterDeploy}   when no older code runs` : '';
  return [
    'npm run migrate:rehearse   proves them and their rollbacks',
    ...(after.length > 0 && before.length > 0 ? [run(' -- --phase before-deploy   before the new code is deployed')] : []),
    ...(after.length > 1
      ? [
          run(` -- --to ${after.at(-2)?.name.split('_')[0]}   when no older code runs`),
          run(`${afterDeploy}   a release later: until then the way back is open`),
        ]
      : [run(last)]),
  ].join('\n    ');
}

const listRecipes = (): readonly string[] => {
  const heads = RECIPES.map(({ card }) => `${card.name} ${card.words}`);
  const width = Math.max(...heads.map(({ length }) => length));
  return RECIPES.map(({ card }, i) => `${(heads[i] ?? '').padEnd(width)}   ${card.what}`);
};

function unknown(name: string): LockstepError {
  const nearest = RECIPES.map(({ card }) => card.name).toSorted((a, b) => distance(name, a) - distance(name, b))[0] ?? '';
  return new LockstepError({
    code: 'usage',
    what: `There is no recipe "${name}"`,
    next: `npm run migrate:make -- --recipe ${nearest}   is the nearest; npm run migrate:make -- --recipe   lists them`,
  });
}

function verifyFill({ card }: Recipe, fill: string | undefined): void {
  if (fill === undefined || card.what.includes('--fill')) return;
  const owner = RECIPES.find((one) => one.card.what.includes('--fill'))?.card.name;
  throw new LockstepError({
    code: 'usage',
    what: `--fill means nothing to ${card.name}`,
    next: `npm run migrate:make -- --recipe ${owner} orders.note --fill "''"`,
  });
}

/** How many letters have to be put in, taken out or changed. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...from].entries()) {
    const before = row;
    row = [i + 1];
    for (const [j, other] of [...to].entries())
      row.push(Math.min((before[j + 1] ?? 0) + 1, (row[j] ?? 0) + 1, (before[j] ?? 0) + (letter === other ? 0 : 1)));
  }
  return row.at(-1) ?? 0;
}
