import { keys } from './key-cases.ts';
import { renames } from './name-cases.ts';
import { partitions } from './partition-cases.ts';
import type { RecipeCase } from './recipe-case.ts';
import { splits } from './split-cases.ts';
import { tenants } from './tenant-cases.ts';
import { types } from './type-cases.ts';

export const CASES: readonly RecipeCase[] = [...keys, ...types, ...renames, ...tenants, ...splits, ...partitions];
