import { keys } from './key-cases.ts';
import type { RecipeCase } from './recipe-case.ts';

export const CASES: readonly RecipeCase[] = [...keys];
