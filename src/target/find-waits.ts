import type { Client } from 'pg';
import { readSource } from '../files/read-source.ts';
import type { Migration } from '../model/migration.ts';
import type { Script } from '../model/script.ts';
import { waitsOf } from '../model/table-lock.ts';
import type { Blocker, Running } from '../model/target.ts';
import { findInTheWay, findOldTransactions } from '../pg/blockers.ts';
import { parseScript } from '../sql/script/parse-script.ts';
import { maskForeignQuery } from '../sql/text/secrets.ts';

/** As long as a run looks away from whoever will be gone in a moment. */
const SHORT_MS = 50;

/**
 * Completes whom a running migration waits for. While it waits for a clear way it is idle and asks for no lock, so the server cannot tell;
 * what its next part needs can. Queries of others are masked.
 */
export async function findWaits(client: Client, running: Running, files: Files): Promise<Running> {
  const isIdle = running.state === 'idle' && running.name !== undefined && running.waitsFor.length === 0;
  const waitsFor = isIdle ? await findAhead(client, running, files) : running.waitsFor;
  return { ...running, waitsFor: waitsFor.map(masked) };
}

interface Files {
  readonly root: string;
  readonly migrations: readonly Migration[];
}

async function findAhead(client: Client, running: Running, { root, migrations }: Files): Promise<readonly Blocker[]> {
  const migration = migrations.find(({ name }) => name === running.name);
  const file = running.direction === 'down' ? migration?.down : migration?.up;
  // A file that cannot be read is told as a problem of its own.
  const script = file === undefined ? undefined : await readScript(root, file);
  const part = script?.parts[Number.parseInt(running.part ?? '1', 10) - 1];
  if (!script || !part) return [];
  const found =
    part.mode !== 'no-transaction'
      ? await findInTheWay(
          client,
          part.statements.flatMap(({ effects }) => effects?.locks ?? []),
          SHORT_MS,
        )
      : await findOldTransactions(client, waitsOf(part.effect), SHORT_MS);
  return found.filter(({ pid }) => pid !== running.holder.pid);
}

async function readScript(root: string, file: string): Promise<Script | undefined> {
  try {
    return await parseScript(readSource(root, file));
  } catch {
    return undefined;
  }
}

const masked = (blocker: Blocker): Blocker =>
  blocker.query === undefined ? blocker : { ...blocker, query: maskForeignQuery(blocker.query) };
