import type { Node } from 'libpg-query';
import { isLockstepError, type LockstepError } from '../../model/lockstep-error.ts';
import type { SourceFile } from '../../model/migration.ts';
import type { Part, Statement } from '../../model/script.ts';
import { ParserConfused } from '../parser.ts';
import { arrangeParts } from './parts.ts';
import { type Reading, readScript } from './read-script.ts';
import { confusedRefusal } from './syntax-refusals.ts';
import { unwrap } from './transaction-control.ts';

/** A statement with its parse tree, and the part in which it runs. */
export interface TreeStatement extends Statement {
  readonly node: Node;
  /** Counts from 0. */
  readonly part: number;
  readonly inTransaction: boolean;
  /** `-- part: backfill` */
  readonly inBatches: boolean;
}

export interface Trees {
  /** Those that have a tree: rows of constants have none. */
  readonly statements: readonly TreeStatement[];
  /** What is wrong with the file, as a run would refuse it. */
  readonly problems: readonly LockstepError[];
  /** It has a BEGIN … COMMIT of its own around its statements. */
  readonly isWrapped: boolean;
}

/** The same reading as for a run, for those who look at statements: a file that a run refuses is told as far as it can be read. */
export function readTrees(file: SourceFile): Promise<Trees> {
  const known = read.get(file) ?? readOnce(file);
  read.set(file, known);
  return known;
}

/** A file is looked at, and then replayed for the one behind it. */
const read = new WeakMap<SourceFile, Promise<Trees>>();

async function readOnce(file: SourceFile): Promise<Trees> {
  const trees = new Map<number, Node>();
  try {
    const reading = await readScript(file, (index, node) => trees.set(index, node));
    const { parts, problem, isWrapped } = arranged(reading);
    const places = new Map(parts.flatMap((one, part) => one.statements.map((statement) => [statement, part] as const)));
    const statements = reading.statements.flatMap((statement, index) => {
      const node = trees.get(index);
      if (!node) return [];
      const part = places.get(statement) ?? 0;
      return [
        { ...statement, node, part, inTransaction: parts[part]?.mode !== 'no-transaction', inBatches: parts[part]?.mode === 'backfill' },
      ];
    });
    return { statements, problems: [...reading.problems, ...problem], isWrapped };
  } catch (error) {
    if (error instanceof ParserConfused) return { statements: [], problems: [confusedRefusal(file)], isWrapped: false };
    throw error;
  }
}

interface Arranged {
  readonly parts: readonly Part[];
  readonly problem: readonly LockstepError[];
  readonly isWrapped: boolean;
}

function arranged(reading: Reading): Arranged {
  let isWrapped = false;
  try {
    const body = unwrap(reading);
    isWrapped = body.isWrapped;
    return { parts: body.to <= body.from ? [] : arrangeParts(reading, body), problem: [], isWrapped };
  } catch (error) {
    if (!isLockstepError(error)) throw error;
    return { parts: [], problem: reading.isCut ? [] : [error], isWrapped };
  }
}
