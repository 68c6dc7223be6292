import path from 'node:path';
import type { Account } from './account.ts';

/** Everything it takes to run one server. */
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

export function logFileOf(dataDir: string): string {
  return path.join(dataDir, 'server.log');
}
