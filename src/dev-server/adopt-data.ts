import fs from 'node:fs';
import path from 'node:path';
import type { Account } from './account.ts';

/** A copied project brings a data folder with the copier's owner and mode; PostgreSQL wants its own account and 0700. */
export function adoptData(dataDir: string, account: Account | undefined): void {
  if (process.platform === 'win32' || !fs.existsSync(dataDir)) return;
  const { uid, mode } = fs.statSync(dataDir);
  if (account && uid !== account.uid) giveAway(dataDir, account);
  if ((mode & 0o077) !== 0) fs.chmodSync(dataDir, 0o700);
}

function giveAway(folder: string, { uid, gid }: Account): void {
  fs.lchownSync(folder, uid, gid);
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const inside = path.join(folder, entry.name);
    if (entry.isDirectory()) giveAway(inside, { name: '', uid, gid });
    else fs.lchownSync(inside, uid, gid);
  }
}
