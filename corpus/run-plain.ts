import type { Client } from 'pg';
import type { ConnectionSettings } from '../src/model/environment.ts';
import type { Script } from '../src/model/script.ts';
import { connect, withConnection } from '../src/pg/connect.ts';
import { serverWords } from '../src/pg/failure.ts';
import type { CorpusEntry, PlainAnswer } from './model.ts';
import { readPlainText } from './read-corpus.ts';
import { copyScratch, dropScratch } from './scratch-database.ts';

/** A database that plain `pg` keeps in the state of ours. */
export interface Plain {
  readonly settings: ConnectionSettings;
  readonly folder: string;
  readonly diverged: string[];
  /** Opened again where a file has ended the session. */
  readonly client: () => Promise<Client>;
  /** Nobody may be connected to a database that is copied. */
  readonly close: () => Promise<void>;
}

export function openPlain(settings: ConnectionSettings, folder: string): Plain {
  let open: Client | undefined;
  const close = async (): Promise<void> => {
    await open?.end().catch(() => {});
    open = undefined;
  };
  const client = async (): Promise<Client> => {
    if (open && !(await isFresh(open))) await close();
    open ??= await connect(settings, 'lockstep corpus, plain pg');
    return open;
  };
  return { settings, folder, diverged: [], client, close };
}

/** What one file sets must not reach the next one: ours begins each in a fresh session too. */
const isFresh = (client: Client): Promise<boolean> =>
  client
    .query('ROLLBACK')
    .then(() => client.query('DISCARD ALL'))
    .then(
      () => true,
      () => false,
    );

/** Asks plain `pg` about every file that ran or was refused; what ours took, it takes too, so that both stay in the same state. */
export async function answerPlainly(plain: Plain, entries: readonly CorpusEntry[]): Promise<readonly CorpusEntry[]> {
  const answered: CorpusEntry[] = [];
  for (const entry of entries) {
    const file = entry.pair[entry.direction];
    const { result } = entry;
    if (!file || (result.kind !== 'done' && result.kind !== 'refused')) {
      answered.push(entry);
      continue;
    }
    const text = readPlainText(plain.folder, file);
    const answer = result.kind === 'done' ? await follow(plain, { file, text, script: result.script }) : await tryOnCopy(plain, text);
    answered.push({ ...entry, plain: answer });
  }
  return answered;
}

interface Followed {
  readonly file: string;
  readonly text: string;
  readonly script: Script;
}

/** Where one query does not do, what ours took goes in part after part, so that both stay in the same state. */
async function follow(plain: Plain, { file, text, script }: Followed): Promise<PlainAnswer> {
  const answer = await send(await plain.client(), text);
  if (answer.accepts) return answer;
  for (const { mode, statements } of script.parts) {
    const [start, end] = [statements[0]?.start ?? 0, statements.at(-1)?.end ?? 0];
    const part = script.file.text.slice(start, end);
    const followed = await send(await plain.client(), mode === 'transaction' ? `BEGIN;${part}\n;COMMIT` : part);
    if (!followed.accepts) plain.diverged.push(`${file}: ${followed.sqlstate} ${followed.message}`);
  }
  return answer;
}

/** On a copy, as the text may hold its own COMMIT, or statements that cannot run in a transaction. */
async function tryOnCopy(plain: Plain, text: string): Promise<PlainAnswer> {
  await plain.close();
  const copy = await copyScratch(plain.settings);
  try {
    return await withConnection(copy, (client) => send(client, text));
  } finally {
    await dropScratch(copy);
  }
}

async function send(client: Client, text: string): Promise<PlainAnswer> {
  try {
    await client.query(text);
    return { accepts: true, leavesOpen: client.getTransactionStatus() === 'T' };
  } catch (error) {
    const { sqlstate, message } = serverWords(error);
    return { accepts: false, sqlstate: sqlstate ?? 'connection', message };
  }
}
