import { keys } from './key-cases.ts';
import type { RecipeCase } from './recipe-case.ts';
import { types } from './type-cases.ts';

export const CASES: readonly RecipeCase[] = [...keys, ...types];
