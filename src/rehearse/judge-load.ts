import type { Load, LoadedStatement, ProofFinding } from '../model/rehearsal.ts';
import { longestStall } from './measure-load.ts';
import type { Recorded, Traced } from './recorded.ts';
import type { Operation } from './workload.ts';

interface Budget {
  readonly file: string;
  readonly maxStallMs: number;
}

/** @returns a finding where others waited longer than the policy allows, beyond what they wait without the migration */
export function judgeLoad(recorded: Recorded, load: Load, { file, maxStallMs }: Budget): readonly ProofFinding[] {
  const { operation, ms } = longestStall(recorded.operations, recorded.run);
  if (!operation || ms - load.noiseMs <= maxStallMs) return [];
  const i = causeOf(recorded.statements, operation);
  const [statement, traced] = [load.statements[i], recorded.statements[i]];
  const what = `${operation.what} waited ${inMs(ms)}`;
  return [
    {
      code: 'stall',
      what: statement ? `${what} for ${statement.what} (${described(statement, operation.tables)})` : `${what} for it`,
      where: { file, ...(traced?.line !== undefined && { line: traced.line }) },
      next: adviceFor(traced?.text ?? ''),
    },
  ];
}

/** The statement during which it waited the longest. */
function causeOf(statements: readonly Traced[], operation: Operation): number {
  const waits = statements.map((one) => longestStall([operation], one).ms);
  return waits.indexOf(Math.max(...waits));
}

const inMs = (ms: number): string => `${Math.round(ms).toLocaleString('en')} ms`;

function described({ locks, walBytes, rewritten }: LoadedStatement, tables: readonly string[]): string {
  const lock = locks.find(({ table }) => tables.includes(table));
  return [
    // Of tables, RowExclusive keeps no reader or writer waiting: the rows that were written do.
    lock && (lock.mode === 'RowExclusive' ? `row locks in ${lock.table}` : `${lock.mode} lock on ${lock.table}`),
    `${(walBytes / 1e6).toFixed(1)} MB of WAL`,
    rewritten.length > 0 && `rewritten: ${rewritten.join(', ')}`,
  ]
    .filter(Boolean)
    .join(', ');
}

/** The form of the same change that lets others carry on. The first that fits. */
const ONLINE: readonly (readonly [RegExp, string])[] = [
  [/^CREATE (UNIQUE )?INDEX (?!CONCURRENTLY)/i, 'write CREATE INDEX CONCURRENTLY: it takes about as long, and nobody waits for it'],
  [/^DROP INDEX (?!CONCURRENTLY)/i, 'write DROP INDEX CONCURRENTLY'],
  [/^REINDEX (?!.*CONCURRENTLY)/i, 'write REINDEX … CONCURRENTLY'],
  [/^REFRESH MATERIALIZED VIEW (?!CONCURRENTLY)/i, 'write REFRESH MATERIALIZED VIEW CONCURRENTLY; it needs a unique index on the view'],
  [/^(VACUUM .*FULL|CLUSTER)/i, 'leave it out, or run it when nobody uses the table: it has no online form'],
  [/\bADD\b.*\b(UNIQUE|PRIMARY KEY)\b/i, 'make the index first by CREATE UNIQUE INDEX CONCURRENTLY, then ADD CONSTRAINT … USING INDEX'],
  [
    /\bADD\b.*\b(FOREIGN KEY|REFERENCES|CHECK)\b/i,
    'add the constraint NOT VALID, and in a later migration ALTER TABLE … VALIDATE CONSTRAINT',
  ],
  [
    /\bSET NOT NULL\b/i,
    'add CHECK (… IS NOT NULL) NOT VALID, in a later migration VALIDATE CONSTRAINT, then SET NOT NULL, which needs no scan any more',
  ],
  [
    /\bALTER (COLUMN )?\S+ (SET DATA )?TYPE\b/i,
    'add a new column of that type, fill it in batches while a trigger keeps it up to date, then exchange the two',
  ],
  [
    /\bADD (COLUMN )?.*\b(DEFAULT|GENERATED|(?:BIG|SMALL)?SERIAL)\b/i,
    'add the column without the default, set the default in a statement of its own, and fill the old rows in batches',
  ],
  [/^(UPDATE|DELETE|MERGE|WITH)\b/i, 'change the rows in batches of a few thousand, each in a transaction of its own'],
];

const otherwise = 'do what takes long outside of the transaction that holds the lock; what may wait as long is maxStallMs in knexfile.ts';

function adviceFor(text: string): string {
  const bare = text
    .replaceAll(/--.*|\/\*[\s\S]*?\*\//g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return ONLINE.find(([words]) => words.test(bare))?.[1] ?? otherwise;
}
