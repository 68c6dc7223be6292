import net from 'node:net';
import path from 'node:path';
import type { Account } from './account.ts';
import { isServerOf, looksLikePostgres, readPidFile } from './server-process.ts';

/** `busy`: a live server that starts, stops or hangs. `down`: none; a pid file, if there is one, is a leftover. */
export type ServerState =
  | { readonly kind: 'running'; readonly pid: number; readonly port: number }
  | { readonly kind: 'busy'; readonly pid: number }
  | { readonly kind: 'down' };

const ANSWER_LIMIT_MS = 5_000;

/** What the server of a data folder does; a few milliseconds for one that runs. */
export async function readServerState(dataDir: string): Promise<ServerState> {
  const file = readPidFile(dataDir);
  if (!file || !isServerOf(dataDir, file)) return { kind: 'down' };
  const { pid, port, isReady } = file;
  if (isReady && (await answers(port))) return { kind: 'running', pid, port };
  return looksLikePostgres(pid) ? { kind: 'busy', pid } : { kind: 'down' };
}

/** PostgreSQL answers an SSLRequest with S or N before any authentication (manual: protocol-message-formats). */
function answers(port: number): Promise<boolean> {
  const sslRequest = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(sslRequest));
    const settle = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(ANSWER_LIMIT_MS, () => settle(false));
    socket.once('data', ([first]) => settle(first === 0x53 || first === 0x4e));
    socket.once('error', () => settle(false));
    socket.once('close', () => settle(false));
  });
}

export interface ServerSpec {
  readonly major: number;
  /** The folder of `initdb`, `pg_ctl` and `postgres`; the account can run them. */
  readonly bin: string;
  readonly dataDir: string;
  readonly account: Account | undefined;
  /** The first port to try; the next one when it is taken. */
  readonly port: number;
  readonly maxConnections: number;
  /** False only for tests: no fsync. */
  readonly isDurable: boolean;
}

export const logFileOf = (dataDir: string): string => path.join(dataDir, 'server.log');
