import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Client } from 'pg';
import { withScratchServer } from '../dev-server/scratch-server.ts';
import { defineProject } from '../environment/define-project.ts';
import { withTemporaryFolder } from '../files/temporary-folder.ts';
import type { Half } from '../import/foreign.ts';
import type { Imported } from '../import/plan-import.ts';
import type { ConnectionSettings } from '../model/environment.ts';
import { withConnection, withMaintenance } from '../pg/connect.ts';
import { identifier } from '../pg/sql-text.ts';
import { compareSnapshots } from '../snapshot/compare-snapshots.ts';
import { isAbout, type Snapshot, takeSnapshot } from '../snapshot/take-snapshot.ts';
import { readMarks } from '../sql/script/markers.ts';
import { split } from '../sql/text/split.ts';
import { TokenHash } from '../sql/text/token-hash.ts';
import { apply } from './apply.ts';

/** Whether what was imported makes the same schema as what it was imported from. */
export interface ImportProof {
  /** Their own SQL, sent as plain text, failed here; nothing behind it was tried. */
  readonly theirs?: string;
  /** What was imported failed here. */
  readonly ours?: string;
  /** How many migrations both ran: all, or up to where theirs failed. */
  readonly compared: number;
  /** What differs between the two schemas. */
  readonly differences: readonly string[];
}

const HISTORY = 'lockstep_verify';

/** Replays both on a scratch server of their own and compares the schemas. Nothing else is touched. */
export async function verifyImport(root: string, imported: readonly Imported[]): Promise<ImportProof> {
  return withScratchServer(root, async (server) => {
    const at = (database: string): ConnectionSettings => ({
      ...server,
      database,
      schema: 'public',
      schemaIsChosen: false,
      tls: 'disable',
      embedded: false,
    });
    const replayed = await onEmpty(at('theirs'), (client) => replay(client, imported));
    const applied = replayed.done ? imported.slice(0, replayed.done.at) : imported;
    const ours = at('ours');
    const { done: ourFailure, picture } = await onEmpty(ours, () => applyImported(ours, applied));
    const theirFailure = replayed.done;
    return {
      ...(theirFailure && { theirs: theirFailure.what }),
      ...(ourFailure !== undefined && { ours: ourFailure }),
      compared: applied.length,
      differences: ourFailure === undefined ? compareSnapshots(replayed.picture, picture) : [],
    };
  });
}

/** One after the other, on a server that is as it was before: roles belong to all of its databases. */
async function onEmpty<T>(
  settings: ConnectionSettings,
  body: (client: Client) => Promise<T>,
): Promise<{ readonly done: T; readonly picture: Snapshot }> {
  return withMaintenance(settings, async (admin) => {
    await admin.query(`CREATE DATABASE ${settings.database} TEMPLATE template0`);
    const done = await withConnection(settings, body);
    const picture = await withConnection(settings, pictureOf);
    await admin.query(`DROP DATABASE ${settings.database} WITH (FORCE)`);
    const { rows } = await admin.query<{ rolname: string }>('SELECT rolname FROM pg_roles WHERE oid >= 16384');
    for (const { rolname } of rows) await admin.query(`DROP ROLE ${identifier(rolname)}`);
    return { done, picture };
  });
}

async function replay(client: Client, imported: readonly Imported[]): Promise<{ readonly at: number; readonly what: string } | undefined> {
  for (const [at, { foreign }] of imported.entries()) {
    try {
      await send(client, foreign.up);
      await client.query('DISCARD ALL');
    } catch (error) {
      await client.query('ROLLBACK');
      return { at, what: `${foreign.source}: ${(error as Error).message}` };
    }
  }
  return undefined;
}

// active_sql_transaction: their tool finds out by itself that it has to send one statement at a time.
const NEEDS_NO_TRANSACTION = '25001';

/** One message is one transaction; what needs none is sent one statement at a time. */
async function send(client: Client, { sql, isAlone }: Half): Promise<void> {
  const saysAlone = isAlone || readMarks(sql).some(({ means }) => means === 'alone');
  const refused = saysAlone || (await client.query(sql).then(() => false, isAloneNeeded));
  if (!refused) return;
  for (const { kind, start, end } of split(sql, new TokenHash()))
    if (kind === 'statement' || kind === 'constant-insert') await client.query(sql.slice(start, end));
}

function isAloneNeeded(error: Error & { readonly code?: string }): boolean {
  if (error.code === NEEDS_NO_TRANSACTION) return true;
  throw error;
}

/** @returns why it failed */
async function applyImported(settings: ConnectionSettings, imported: readonly Imported[]): Promise<string | undefined> {
  return withTemporaryFolder(async (root) => {
    for (const [file, text] of imported.flatMap(({ files }) => Object.entries(files))) {
      mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
      writeFileSync(path.join(root, file), text);
    }
    let failure: string | undefined;
    const { host, port, user, password = '', database } = settings;
    await apply({
      project: defineProject({ root, schemaName: HISTORY, test: { createMissing: true, emptyScripts: 'accept' } }),
      env: 'test',
      variables: { DB_HOST: host, DB_PORT: String(port), DB_USER: user, DB_PASSWORD: password, DB_NAME: database },
      interruption: new AbortController().signal,
      emit: (event) => {
        if (event.type === 'step-failed') failure = event.failure.what;
      },
    });
    return failure;
  }).catch((error: Error) => error.message);
}

async function pictureOf(client: Client): Promise<Snapshot> {
  const lines = await takeSnapshot(client);
  return lines.filter((line) => !isAbout(line, (name) => name === HISTORY || name.startsWith(`${HISTORY}.`)));
}
