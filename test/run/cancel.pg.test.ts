import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { cancelOnAbort, spare } from '../../src/pg/cancel.ts';
import { onOldestAndNewest } from '../support/database.ts';

onOldestAndNewest('an abort', ({ freshDatabase }) => {
  test('that comes between two statements ends the next one, and what is spared stays', async () => {
    const client = await (await freshDatabase()).connect();
    const stop = new AbortController();
    const end = cancelOnAbort(client, stop.signal);
    stop.abort();
    // The first request finds nothing to cancel.
    await sleep(300);
    await expect(client.query('SELECT pg_sleep(600)')).rejects.toMatchObject({ code: '57014' });
    await spare(client);
    await client.query('SELECT pg_sleep(1.5)');
    end();
  });
});
