import fs from 'node:fs';
import { LockstepError } from '../model/lockstep-error.ts';

/** The account that the server runs as. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * PostgreSQL refuses to run as root, so root drops to an account that exists already. Undefined when we are not root: nothing to drop.
 * An existing data folder keeps its owner. Refuses where the machine has no account to drop to.
 */
export function findAccount(dataDir?: string): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = readAccounts();
  const owner = dataDir ? fs.statSync(dataDir, { throwIfNoEntry: false }) : undefined;
  if (owner && owner.uid !== 0)
    return accounts.find(({ uid }) => uid === owner.uid) ?? { name: `uid ${owner.uid}`, uid: owner.uid, gid: owner.gid };
  const chosen = ['postgres', 'nobody'].map((name) => accounts.find((row) => row.name === name && row.uid > 0)).find(Boolean);
  if (chosen) return chosen;
  throw new LockstepError({
    code: 'no-server-account',
    what: 'The development server cannot run as root, and this machine has no `postgres` or `nobody` account to run it as',
    next: 'useradd --system postgres\nor run the command as another user, or name a server in DB_HOST or DATABASE_URL',
  });
}

export const accountName = (uid: number): string => readAccounts().find((row) => row.uid === uid)?.name ?? `uid ${uid}`;

function readAccounts(): readonly Account[] {
  if (!fs.existsSync('/etc/passwd')) return [];
  const rows = fs.readFileSync('/etc/passwd', 'utf8').split('\n');
  return rows.map((row) => row.split(':')).map(([name = '', , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }));
}
