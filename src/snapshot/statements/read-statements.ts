import type { Client, QueryResult } from 'pg';
import { RESET, SET } from '../kinds/pieces.ts';
import { prepared } from '../kinds/prepared.ts';
import { UNMODELLED, unmodelledKinds } from '../kinds/unmodelled.ts';
import { attachedWriters } from './attached.ts';
import { behaviourWriters } from './behaviour.ts';
import { EDGES, PARTS } from './dependencies.ts';
import { outsideWriters } from './outside.ts';
import { RANKS, type Rank, type Writers } from './pieces.ts';
import { relationWriters } from './relations.ts';
import { routineWriters } from './routines.ts';
import { typeWriters } from './types.ts';

/** SQL that makes an object, or says something about one. */
export interface Statement {
  readonly rank: Rank;
  /** Of the object: the catalog's name and the oid. */
  readonly key: string;
  readonly name: string;
  /** None where PostgreSQL has no words for it. */
  readonly sql: string | null;
}

export interface Statements {
  readonly statements: readonly Statement[];
  /** By key, the keys that have to be there first. */
  readonly needs: ReadonlyMap<string, readonly string[]>;
  /** What this program does not know. */
  readonly unknown: readonly string[];
  readonly major: number;
}

/** One query per rank, for a server of this major. */
export function writersFor(major: number): Writers {
  const since = (from: number, sql: string, before = ''): string => (major >= from ? sql : before);
  const themes = [relationWriters, behaviourWriters, routineWriters, typeWriters, outsideWriters, attachedWriters];
  return Object.assign({}, ...themes.map((theme) => theme(since)));
}

type Row = { readonly key: string; readonly name: string; readonly sql: string | null };
type Edge = { readonly key: string; readonly needs: string };

/** Has the server write its catalogs as SQL, in one message. @param again for a session that asks more than once, and is never reset */
export async function readStatements(client: Client, again = false): Promise<Statements> {
  const { rows } = await client.query<{ server_version_num: string }>('SHOW server_version_num');
  const major = Math.trunc(Number(rows[0]?.server_version_num) / 10_000);
  const writers = writersFor(major);
  const ranks = RANKS.filter((rank) => writers[rank] !== undefined);
  const queries = [
    ...ranks.map(
      (rank) =>
        `SELECT w.class::text || ' ' || w.id AS key, w.name, w.sql FROM (${writers[rank]}) w ORDER BY w.name COLLATE "C", w.sql COLLATE "C"`,
    ),
    EDGES,
    PARTS,
    unmodelledKinds()[UNMODELLED] ?? '',
  ];
  const asked = again ? await prepared(client, { prefix: 'lockstep_statements_', queries }) : queries;
  const results = (await client.query([SET, ...asked, RESET].join(';\n'))) as unknown as readonly QueryResult[];
  const at = (i: number): readonly unknown[] => results[i + 1]?.rows ?? [];
  const statements = ranks.flatMap((rank, i) => (at(i) as readonly Row[]).map((row): Statement => ({ rank, ...row })));
  const [edges, parts, unknown] = [
    at(ranks.length) as readonly Edge[],
    at(ranks.length + 1) as readonly Part[],
    at(ranks.length + 2) as readonly Row[],
  ];
  return { statements, needs: byKey(edges, wholes(parts)), unknown: unknown.map(({ name }) => name), major };
}

interface Part {
  readonly part: string;
  readonly whole: string;
}

/** The array of the row type of a table is a part of a part of a part. */
function wholes(parts: readonly Part[]): (key: string) => string {
  const of = new Map(parts.map(({ part, whole }) => [part, whole]));
  return (key) => {
    let whole = key;
    for (let depth = 0; depth < DEEPEST; depth += 1) whole = of.get(whole) ?? whole;
    return whole;
  };
}

const DEEPEST = 4;

function byKey(edges: readonly Edge[], whole: (key: string) => string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const edge of edges) {
    const [key, needs] = [whole(edge.key), whole(edge.needs)];
    if (key === needs) continue;
    const before = found.get(key);
    if (before) before.push(needs);
    else found.set(key, [needs]);
  }
  return found;
}
