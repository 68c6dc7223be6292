import { readSource } from '../files/read-source.ts';
import type { Migration } from '../model/migration.ts';
import type { LintInput } from './lint-migrations.ts';

/** The texts of a migration that lint reads. */
export const readInput = (
  root: string,
  { name, up, down }: Omit<Migration, 'down'> & { readonly down?: string | undefined },
): LintInput => ({
  name,
  ...(up !== undefined && { up: readSource(root, up) }),
  ...(down !== undefined && { down: readSource(root, down) }),
});

/** The forward texts of migrations, as far as they are SQL. */
export const textsOf = (root: string, migrations: readonly Migration[]): readonly string[] =>
  migrations.flatMap((one) => readInput(root, one).up?.text ?? []);
