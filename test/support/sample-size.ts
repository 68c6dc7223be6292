/**
 * How many random cases a test tries: as many as the variable says, else all of them in CI, and fewer on a developer's machine, whose
 * `npm test` shall be over soon.
 */
export function sampleSize(variable: string, { everyday, inCi }: { readonly everyday: number; readonly inCi: number }): number {
  return Number(process.env[variable] ?? (process.env['CI'] ? inCi : everyday));
}
