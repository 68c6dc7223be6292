// One line a rule. The order is that of docs/rules.md: by class.

import type { Rule } from './rule/rule.ts';
import { rule as addCheckConstraint } from './rules/add-check-constraint.ts';
import { rule as addColumnConstrainedDomain } from './rules/add-column-constrained-domain.ts';
import { rule as addColumnGeneratedStored } from './rules/add-column-generated-stored.ts';
import { rule as addColumnIdentity } from './rules/add-column-identity.ts';
import { rule as addColumnInlineCheck } from './rules/add-column-inline-check.ts';
import { rule as addColumnInlineFk } from './rules/add-column-inline-fk.ts';
import { rule as addColumnInlineUnique } from './rules/add-column-inline-unique.ts';
import { rule as addColumnNotNullNoDefault } from './rules/add-column-not-null-no-default.ts';
import { rule as addColumnSerial } from './rules/add-column-serial.ts';
import { rule as addColumnVolatileDefault } from './rules/add-column-volatile-default.ts';
import { rule as addExclusionConstraint } from './rules/add-exclusion-constraint.ts';
import { rule as addForeignKey } from './rules/add-foreign-key.ts';
import { rule as addNotNullConstraint } from './rules/add-not-null-constraint.ts';
import { rule as addPrimaryKey } from './rules/add-primary-key.ts';
import { rule as addUniqueConstraint } from './rules/add-unique-constraint.ts';
import { rule as alterColumnType } from './rules/alter-column-type.ts';
import { rule as alterDomainAddConstraint } from './rules/alter-domain-add-constraint.ts';
import { rule as alterRefused } from './rules/alter-refused.ts';
import { rule as alterTypeUsedByView } from './rules/alter-type-used-by-view.ts';
import { rule as attachPartition } from './rules/attach-partition.ts';
import { rule as changeUnderLock } from './rules/change-under-lock.ts';
import { rule as compositeTypeInUse } from './rules/composite-type-in-use.ts';
import { rule as concurrentlyIfNotExists } from './rules/concurrently-if-not-exists.ts';
import { rule as concurrentlyOnPartitioned } from './rules/concurrently-on-partitioned.ts';
import { rule as createIndexNonConcurrent } from './rules/create-index-non-concurrent.ts';
import { rule as createPartitionOf } from './rules/create-partition-of.ts';
import { rule as definerWithoutSearchPath } from './rules/definer-without-search-path.ts';
import { rule as detachPartition } from './rules/detach-partition.ts';
import { rule as disableTrigger } from './rules/disable-trigger.ts';
import { rule as dropCascade } from './rules/drop-cascade.ts';
import { rule as dropColumn } from './rules/drop-column.ts';
import { rule as dropColumnUsedByView } from './rules/drop-column-used-by-view.ts';
import { rule as dropDefaultNeeded } from './rules/drop-default-needed.ts';
import { rule as dropIndexConcurrentlyForm } from './rules/drop-index-concurrently-form.ts';
import { rule as dropIndexNonConcurrent } from './rules/drop-index-non-concurrent.ts';
import { rule as dropIndexOfConstraint } from './rules/drop-index-of-constraint.ts';
import { rule as dropKey } from './rules/drop-key.ts';
import { rule as dropKeyInUse } from './rules/drop-key-in-use.ts';
import { rule as dropSchema } from './rules/drop-schema.ts';
import { rule as dropStillUsed } from './rules/drop-still-used.ts';
import { rule as dropTable } from './rules/drop-table.ts';
import { rule as dropTableLocksOthers } from './rules/drop-table-locks-others.ts';
import { rule as duplicateAssignment } from './rules/duplicate-assignment.ts';
import { rule as fkTypeMismatch } from './rules/fk-type-mismatch.ts';
import { rule as foreignKeyWithoutIndex } from './rules/foreign-key-without-index.ts';
import { rule as identifierTooLong } from './rules/identifier-too-long.ts';
import { rule as identityAlways } from './rules/identity-always.ts';
import { rule as jsonColumn } from './rules/json-column.ts';
import { rule as lockTable } from './rules/lock-table.ts';
import { rule as lockTimeoutOff } from './rules/lock-timeout-off.ts';
import { rule as moneyColumn } from './rules/money-column.ts';
import { rule as nameGone } from './rules/name-gone.ts';
import { rule as needsNewerServer } from './rules/needs-newer-server.ts';
import { rule as onConflictWithoutKey } from './rules/on-conflict-without-key.ts';
import { rule as preferBigint } from './rules/prefer-bigint.ts';
import { rule as preferIdentity } from './rules/prefer-identity.ts';
import { rule as preferText } from './rules/prefer-text.ts';
import { rule as preferTimestamptz } from './rules/prefer-timestamptz.ts';
import { rule as publishedWithoutIdentity } from './rules/published-without-identity.ts';
import { rule as refreshMatview } from './rules/refresh-matview.ts';
import { rule as reindexNonConcurrent } from './rules/reindex-non-concurrent.ts';
import { rule as renameColumn } from './rules/rename-column.ts';
import { rule as renameEnumValue } from './rules/rename-enum-value.ts';
import { rule as renameSchema } from './rules/rename-schema.ts';
import { rule as renameTable } from './rules/rename-table.ts';
import { rule as replaceFunctionRefused } from './rules/replace-function-refused.ts';
import { rule as replaceIndexOrder } from './rules/replace-index-order.ts';
import { rule as replaceViewDropsColumn } from './rules/replace-view-drops-column.ts';
import { rule as requirePrimaryKey } from './rules/require-primary-key.ts';
import { rule as rewriteTable } from './rules/rewrite-table.ts';
import { rule as rowSecurityWithoutPolicy } from './rules/row-security-without-policy.ts';
import { rule as setLocalOutsideTransaction } from './rules/set-local-outside-transaction.ts';
import { rule as setNotNull } from './rules/set-not-null.ts';
import { rule as severalTablesLocked } from './rules/several-tables-locked.ts';
import { rule as truncate } from './rules/truncate.ts';
import { rule as uncheckedBody } from './rules/unchecked-body.ts';
import { rule as usingIndexUnfit } from './rules/using-index-unfit.ts';
import { rule as validateInSameTransaction } from './rules/validate-in-same-transaction.ts';
import { rule as wholeTableChange } from './rules/whole-table-change.ts';

export const RULES: readonly Rule[] = [
  addCheckConstraint,
  addColumnConstrainedDomain,
  addColumnGeneratedStored,
  addColumnIdentity,
  addColumnInlineCheck,
  addColumnInlineFk,
  addColumnInlineUnique,
  addColumnNotNullNoDefault,
  addColumnSerial,
  addColumnVolatileDefault,
  addExclusionConstraint,
  addForeignKey,
  addNotNullConstraint,
  addPrimaryKey,
  addUniqueConstraint,
  alterColumnType,
  alterDomainAddConstraint,
  alterRefused,
  alterTypeUsedByView,
  attachPartition,
  changeUnderLock,
  compositeTypeInUse,
  concurrentlyIfNotExists,
  concurrentlyOnPartitioned,
  createIndexNonConcurrent,
  createPartitionOf,
  definerWithoutSearchPath,
  detachPartition,
  disableTrigger,
  dropCascade,
  dropColumnUsedByView,
  dropColumn,
  dropDefaultNeeded,
  dropIndexConcurrentlyForm,
  dropIndexNonConcurrent,
  dropIndexOfConstraint,
  dropKey,
  dropKeyInUse,
  dropSchema,
  dropStillUsed,
  dropTableLocksOthers,
  dropTable,
  duplicateAssignment,
  fkTypeMismatch,
  foreignKeyWithoutIndex,
  identifierTooLong,
  identityAlways,
  jsonColumn,
  lockTable,
  lockTimeoutOff,
  moneyColumn,
  nameGone,
  needsNewerServer,
  onConflictWithoutKey,
  preferBigint,
  preferIdentity,
  preferText,
  preferTimestamptz,
  publishedWithoutIdentity,
  refreshMatview,
  reindexNonConcurrent,
  renameColumn,
  renameEnumValue,
  renameSchema,
  renameTable,
  replaceFunctionRefused,
  replaceIndexOrder,
  replaceViewDropsColumn,
  requirePrimaryKey,
  rewriteTable,
  rowSecurityWithoutPolicy,
  setLocalOutsideTransaction,
  setNotNull,
  severalTablesLocked,
  truncate,
  uncheckedBody,
  usingIndexUnfit,
  validateInSameTransaction,
  wholeTableChange,
];
