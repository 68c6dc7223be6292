/** A statement, or a migration, whose behaviour is measured. Tables that `given` leaves empty are filled before. */
export interface Form {
  readonly id: string;
  readonly given: string;
  readonly sql: string;
  /** Majors of PostgreSQL that know it. */
  readonly since?: number;
  readonly until?: number;
}

type Wish =
  | string
  | readonly [sql: string, majors: Pick<Form, 'since' | 'until'>]
  | (Omit<Form, 'id' | 'given'> & { readonly given: string });

/** Forms upon the same tables, unless one brings more. */
export const formsOf = (group: string, given: string, forms: Readonly<Record<string, Wish>>): readonly Form[] =>
  Object.entries(forms).map(([name, wish]) => {
    const id = `${group}/${name}`;
    if (typeof wish === 'string') return { id, given, sql: wish };
    if ('sql' in wish) return { id, ...wish, given: [given, wish.given].filter(Boolean).join('\n') };
    const [sql, majors] = wish;
    return { id, given, sql, ...majors };
  });
