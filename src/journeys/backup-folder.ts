import path from 'node:path';
import type { BackupPolicy } from '../model/policy.ts';

/** Where an environment's backups are; absolute. */
export const backupFolder = (root: string, { folder }: Pick<BackupPolicy, 'folder'>): string => path.resolve(root, folder);
