// Every recipe there is: a folder, and a line here.
import { addForeignKey } from './add-foreign-key/add-foreign-key.ts';
import { addPrimaryKey } from './add-primary-key/add-primary-key.ts';
import { addTenantId } from './add-tenant-id/add-tenant-id.ts';
import { addUnique } from './add-unique/add-unique.ts';
import { changeType } from './change-type/change-type.ts';
import { dropColumn } from './drop-column/drop-column.ts';
import { partitionTable } from './partition-table/partition-table.ts';
import type { Recipe } from './recipe/recipe.ts';
import { renameColumn } from './rename-column/rename-column.ts';
import { renameTable } from './rename-table/rename-table.ts';
import { setNotNullRecipe } from './set-not-null/set-not-null.ts';
import { splitTable } from './split-table/split-table.ts';

export const RECIPES: readonly Recipe[] = [
  changeType,
  setNotNullRecipe,
  addForeignKey,
  addUnique,
  addPrimaryKey,
  renameColumn,
  renameTable,
  dropColumn,
  addTenantId,
  splitTable,
  partitionTable,
];
