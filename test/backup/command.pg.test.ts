// backup.command is somebody else's program: whatever it does, ours ends.
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createCheckout } from '../support/checkout.ts';
import { onServer, type TestDatabase } from '../support/database.ts';
import { variablesOf } from '../support/project.ts';
import { until } from '../support/wait.ts';
import { DUMPABLE } from './backup-project.ts';

async function withCommand(database: TestDatabase, command: string) {
  await database.query('CREATE TABLE much AS SELECT i, md5(i::text) FROM generate_series(1, 100000) i');
  const policy = `{ root: import.meta.dirname, test: { backup: { command: ${JSON.stringify(command)} } } }`;
  const checkout = await createCheckout(database, {
    'knexfile.ts': `import { defineProject, knexConfig } from 'lockstep';\nexport const project = defineProject(${policy});\nexport default knexConfig(project);\n`,
  });
  const { child, finished } = checkout.start('ours', ['migrate-backup', '--env', 'test'], variablesOf(database));
  const left = (): readonly string[] => readdirSync(path.join(checkout.root, '.lockstep/backups'));
  return { checkout, child, finished, left };
}

const TOO_LATE = 'it did not end by itself';
const inTime = (finished: Promise<unknown>): Promise<unknown> => Promise.race([finished, sleep(20_000, TOO_LATE, { ref: false })]);

onServer(DUMPABLE, 'a backup command', ({ freshDatabase }) => {
  test.each([
    ['that takes nothing', 'exit 4', 'The backup command failed (exit 4); nothing was changed'],
    ['that goes away in the middle', 'head -c 1000 > /dev/null; echo gone >&2; exit 5', 'The backup command failed (exit 5): gone;'],
  ])('%s ends the run, exit 3, and leaves nothing', async (_, command, says) => {
    const { finished, left } = await withCommand(await freshDatabase(), command);
    expect(await inTime(finished)).toMatchObject({ code: 3, stderr: expect.stringContaining(says) });
    expect(left()).toEqual([]);
  });

  test.each([
    ['does not take what it is given', 'touch under-way; sleep 60; cat > /dev/null'],
    ['has taken all of it and does not end', 'cat > /dev/null; touch under-way; sleep 60'],
    ['does not listen to SIGTERM', "trap '' TERM; cat > /dev/null; touch under-way; sleep 60; sleep 60"],
  ])('that %s is ended by Ctrl+C, with whatever it started', async (_, command) => {
    const { checkout, child, finished, left } = await withCommand(await freshDatabase(), command);
    await until('the command to be under way', async () => existsSync(path.join(checkout.root, 'under-way')));
    child.kill('SIGINT');
    expect(await inTime(finished)).toMatchObject({ code: 1, stderr: expect.stringContaining('Interrupted by SIGINT during the backup') });
    expect(left()).toEqual([]);
  });
});
