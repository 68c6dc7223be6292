import type { Client, QueryResult } from 'pg';

/** One statement that answers rows, and what they mean. */
export interface Question<T> {
  readonly sql: string;
  // biome-ignore lint/suspicious/noExplicitAny: what a row holds is known where its SQL stands
  readonly read: (rows: readonly any[]) => T;
}

type Answers<Q extends readonly Question<unknown>[]> = { -readonly [K in keyof Q]: Q[K] extends Question<infer T> ? T : never };

/**
 * Asks several questions in one message (manual: protocol-flow, Multiple Statements in a Simple Query): one round trip, one snapshot of
 * the catalog, and nowhere in between a place at which the command could be cut off.
 */
export async function ask<const Q extends readonly Question<unknown>[]>(client: Client, ...questions: Q): Promise<Answers<Q>> {
  const answers = (await client.query(questions.map(({ sql }) => sql).join(';\n'))) as unknown as QueryResult | readonly QueryResult[];
  const results = Array.isArray(answers) ? (answers as readonly QueryResult[]) : [answers as QueryResult];
  return questions.map(({ read }, i) => read(results[i]?.rows ?? [])) as Answers<Q>;
}

export async function askOne<T>(client: Client, question: Question<T>): Promise<T> {
  const [answer] = await ask(client, question);
  return answer;
}
