import { sqlMigration } from '#lockstep';

export const { up, down, config } = sqlMigration(import.meta.url);
