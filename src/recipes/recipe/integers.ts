/** Types whose values compare with one another, so that keys of one refer to keys of the other. */
export const INTEGERS: readonly string[] = ['smallint', 'integer', 'bigint'];
