import { expect, test } from 'vitest';
import { createCheckout } from '../support/checkout.ts';
import { onServer } from '../support/database.ts';
import { createProject, pair, refusalOf, variablesOf } from '../support/project.ts';

const FIRST = pair('001_t', 'CREATE TABLE t (id int);', 'DROP TABLE t;');
const EU = { environments: { 'eu-production': { basedOn: 'production', backup: 'off', lockTimeoutMs: 1_000 } } } as const;
const KNEXFILE = `import { defineProject, knexConfig } from 'lockstep';
export const project = defineProject({ root: import.meta.dirname, environments: ${JSON.stringify(EU.environments)} });
export default knexConfig(project);
`;

onServer('newest', 'an environment that the knexfile defines', ({ freshDatabase }) => {
  test("has a file of its own, its base's policy, and commands that lead to it", async () => {
    const database = await freshDatabase();
    const file = Object.entries(variablesOf(database)).map(([name, value]) => `${name}=${value}\n`);
    const { ours, knex, write } = await createCheckout(database);
    await write({ 'knexfile.ts': KNEXFILE, '.env.eu-production': file.join('') });
    const nothing = Object.fromEntries(Object.keys(variablesOf(database)).map((name) => [name, '']));
    const eu = ['--env', 'eu-production'];
    const policy = await ours(['migrate-status', ...eu, '--policy'], nothing);
    expect(policy.stdout).toContain('Policy of eu-production, based on production\n');
    expect(policy.stdout).toMatch(/lockTimeoutMs +1,000 ms +knexfile\.ts\n/);
    expect(policy.stdout).toMatch(/consent +ask +default\n/);
    expect((await ours(['migrate-status', ...eu], nothing)).stdout).toContain('Next: npm run migrate:dev -- --env eu-production   applies');
    // As the npm script and that command put it together.
    expect(await ours(['migrate-up', '--env', 'development', ...eu], nothing)).toMatchObject({ code: 0 });
    expect((await ours(['migrate-status'], variablesOf(database))).stdout).toContain('eu-production: ');
    expect((await ours(['seed', ...eu], nothing)).stderr).toContain('never run in production');
    expect((await ours(['migrate-status', ...eu])).stdout).toContain('Applied: 1');
    expect((await knex(['migrate:up', ...eu], nothing)).stderr).toContain(
      'eu-production asks for gates that stock Knex (migrate:up) cannot pass',
    );
  });

  test('and none that it does not define', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, FIRST, EU);
    expect(await refusalOf(project.apply({ env: 'us-production' }))).toMatchInlineSnapshot(`
      "There is no environment "us-production"; there are development, staging, production, test, eu-production (and dev, prod for short)
        Next: npm run migrate:status -- --env development"
    `);
    await project.apply({ env: 'eu-production' });
    expect(await refusalOf(project.apply({ env: 'staging' }))).toContain(
      'Next: npm run migrate:dev -- --env eu-production   where it is still',
    );
    const other = await createProject(database, FIRST);
    expect(await refusalOf(other.status({ env: undefined } as never))).toMatchInlineSnapshot(`
      "Database "DATABASE" remembers being eu-production, and the knexfile has no such environment
        Next: in knexfile.ts: environments: { 'eu-production': { basedOn: 'production' } }, or whatever it is based on   (docs/configuration.md)"
    `);
    expect((await other.apply({ env: 'staging', adopt: true })).exitCode).toBe(0);
  });

  test('and no name or base that means nothing', async () => {
    const database = await freshDatabase();
    const define = (environments: object) => refusalOf(createProject(database, {}, { environments } as never));
    expect(await define({ prod: { basedOn: 'production' } })).toMatchInlineSnapshot(`
      "The environment prod cannot have that name
        Next: in knexfile.ts: a letter, then up to 39 letters, digits, - and _; none of the four   (docs/configuration.md)"
    `);
    expect(await define({ 'eu-production': { basedOn: 'prod' } })).toMatchInlineSnapshot(`
      "The setting environments.eu-production.basedOn cannot be 'prod'
        Next: in knexfile.ts: 'development', 'staging', 'production', 'test'   (docs/configuration.md)"
    `);
    expect(await define({ eu: { basedOn: 'test', lateVersion: 'apply' } })).toContain('There is no setting environments.eu.lateVersion');
  });
});
