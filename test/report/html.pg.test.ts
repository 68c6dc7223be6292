import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createCheckout } from '../support/checkout.ts';
import { onServer } from '../support/database.ts';
import { pair, up, variablesOf } from '../support/project.ts';

onServer('newest', 'the commands with --report html', ({ freshDatabase }) => {
  test('write a page about the run, the status and the audit, with links to the commit that ran', async () => {
    const database = await freshDatabase();
    const { root, ours, write } = await createCheckout(
      database,
      pair('002_b', 'CREATE TABLE b (id int);\nCREATE INDEX CONCURRENTLY i ON b (id);', 'DROP TABLE b;'),
    );
    const git = (...args: readonly string[]): string =>
      execFileSync('git', ['-C', root, '-c', 'user.name=ann', '-c', 'user.email=ann@example.com', ...args], { encoding: 'utf8' }).trim();
    git('init', '-q');
    git('add', 'db', 'migrations');
    git('commit', '-qm', 'first');
    git('remote', 'add', 'origin', 'https://ann:s3cr3t@github.com/acme/shop.git');
    const blob = `https://github.com/acme/shop/blob/${git('rev-parse', 'HEAD')}`;
    const pageOf = async (...args: readonly string[]): Promise<string> => {
      const { code, stderr } = await ours([...args, '--report', 'html=report.html'], variablesOf(database));
      expect(code, stderr).toBeLessThan(2);
      const page = readFileSync(path.join(root, 'report.html'), 'utf8');
      expect(page).not.toContain('s3cr3t');
      return page;
    };
    const run = await pageOf('migrate-up', '--env', 'test');
    expect(run).toContain('<h1 class="ok">Applied 2 migrations</h1>');
    expect(run).toContain(`<a href="${blob}/db/migrations/002_b.sql" rel="noreferrer">`);
    expect(run).toContain(`2 of 2 <a href="${blob}/db/migrations/002_b.sql#L2" rel="noreferrer">CREATE INDEX CONCURRENTLY</a>`);
    await write({ [up('002_b')]: 'CREATE TABLE b (id bigint);\nCREATE INDEX CONCURRENTLY i ON b (id);' });
    const status = await pageOf('migrate-status', '--env', 'test');
    expect(status).toContain('<h1 class="bad">1 thing to set right</h1>');
    expect(status).toContain('db/migrations/002_b.sql was edited after it was applied');
    expect(status).toContain(`href="${blob}/db/migrations/001_init.sql"`);
    expect(status).not.toContain(`href="${blob}/db/migrations/002_b.sql"`);
    const audit = await pageOf('migrate-status', '--env', 'test', '--audit');
    expect(audit).toContain('<h1 class="bad">Not verified: 1 finding</h1>');
    expect(audit).toContain('applied 002_<wbr>b');
  });
});
