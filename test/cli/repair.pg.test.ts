import { rmSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createCheckout } from '../support/checkout.ts';
import { onServer } from '../support/database.ts';
import { historyOf, pair, up, variablesOf } from '../support/project.ts';

const SECOND = pair('002_t', 'CREATE TABLE t (id int);', 'DROP TABLE t;');

onServer('newest', 'the command line', ({ freshDatabase }) => {
  test('of migrate:baseline and migrate:repair takes what their messages print', async () => {
    const database = await freshDatabase();
    const { root, ours } = await createCheckout(database, SECOND);
    expect(await ours(['migrate-baseline'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('npm run migrate:baseline -- --to 001'),
    });
    expect(await ours(['migrate-baseline', '--to', '001', '--env', 'development'])).toMatchObject({ code: 0 });
    expect(await ours(['migrate-up', '--env', 'development'])).toMatchObject({ code: 0 });
    rmSync(path.join(root, up('002_t')));
    await database.query("delete from schema_migrations where name = '001_init'");
    const { stderr } = await ours(['migrate-repair']);
    const commands = [...stderr.matchAll(/npm run migrate:repair -- (--\S+) (\S+)/g)].map(([, option = '', name = '']) => [option, name]);
    expect(commands).toEqual([
      ['--reinsert', '001_init'],
      ['--forget', '001_init'],
      ['--restore', '002_t'],
    ]);
    expect(await ours(['migrate-repair', '--reinsert', '001_init', '--restore', '002_t'])).toMatchObject({ code: 0 });
    expect(await historyOf(database)).toEqual(['001_init', '002_t']);
    expect((await ours(['migrate-status', '--audit'])).code).toBe(0);
    expect(await ours(['migrate-repair', '--accept', '002_t'])).toMatchObject({ code: 3 });
  });

  test('of migrate:status is not misled by audit=false in an .npmrc', async () => {
    const database = await freshDatabase();
    const { ours } = await createCheckout(database, SECOND);
    expect((await ours(['migrate-status'], { ...variablesOf(database), npm_config_audit: '' })).stdout).toContain('Pending: 2');
  });
});
