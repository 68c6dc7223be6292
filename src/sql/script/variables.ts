// What the variables of a PL/pgSQL body may hold: what DECLARE gives them, what := gives them, what FOREACH takes out of an array.
import type { Node } from 'libpg-query';
import { elementsOf, foldTexts, UNKNOWN, type Variables } from './fold-text.ts';

type Json = Readonly<Record<string, unknown>>;
type ReadExpression = (text: string) => Node | undefined;

const queryOf = (value: unknown): string => String((value as { PLpgSQL_expr?: { query?: string } })?.PLpgSQL_expr?.query ?? '');

/** @param tree as the parser gives a body */
export function variablesOf(tree: unknown, read: ReadExpression): Variables {
  const found = new Map<string, readonly string[]>();
  const names: string[] = [];
  const texts = (sql: string): readonly string[] => foldTexts(read(sql), found);
  see(tree, (kind, one) => {
    if (kind === 'PLpgSQL_function') names.push(...((one['datums'] ?? []) as readonly Json[]).map(nameOfDatum));
    for (const [name, held] of GIVING[kind]?.(one, { texts, names, read }) ?? [])
      found.set(name, [...new Set([...(found.get(name) ?? []), ...held])]);
  });
  return found;
}

interface Reading {
  readonly texts: (sql: string) => readonly string[];
  readonly names: readonly string[];
  readonly read: ReadExpression;
}

type Given = readonly (readonly [name: string, texts: readonly string[]])[];

const ASSIGNMENT = /^\s*(\w+)\s*:?=(.*)$/s;

const GIVING: Readonly<Record<string, (one: Json, reading: Reading) => Given>> = {
  PLpgSQL_var: (one, { texts }) => (one['default_val'] ? [[String(one['refname']), texts(queryOf(one['default_val']))]] : []),
  PLpgSQL_stmt_assign: (one, { texts }) => {
    const [, name = '', text = ''] = ASSIGNMENT.exec(queryOf(one['expr'])) ?? [];
    return [[name, texts(text)]];
  },
  PLpgSQL_stmt_foreach_a: (one, { names, read }) => [[names[Number(one['varno'])] ?? '', elementsOf(read(queryOf(one['expr'])))]],
  // INTO
  PLpgSQL_row: (one) => ((one['fields'] ?? []) as readonly { readonly name: string }[]).map(({ name }) => [name, [UNKNOWN]]),
};

function nameOfDatum(datum: Json): string {
  const [value] = Object.values(datum) as readonly Json[];
  return String(value?.['refname'] ?? '');
}

function see(value: unknown, visit: (kind: string, one: Json) => void): void {
  if (Array.isArray(value)) for (const one of value) see(one, visit);
  else if (typeof value === 'object' && value !== null)
    for (const [kind, inner] of Object.entries(value)) {
      if (typeof inner === 'object' && inner !== null && !Array.isArray(inner)) visit(kind, inner as Json);
      see(inner, visit);
    }
}
