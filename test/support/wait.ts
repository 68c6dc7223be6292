import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for a condition, with a limit that only a broken run reaches. */
export async function until<T>(what: string, find: () => Promise<T | undefined | false>): Promise<T> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const found = await find();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`waited 60 s in vain for ${what}`);
    await sleep(25);
  }
}
