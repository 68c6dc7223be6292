import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { onServer, type TestDatabase } from '../support/database.ts';
import { pair } from '../support/project.ts';
import { BLOCKS, lockstepCommandsIn, readYaml } from './deploy-page.ts';
import { faultsOf } from './deploy-schemas.ts';
import { createAdopter } from './package.ts';

const of = (...languages: readonly string[]) => BLOCKS.filter(({ language }) => languages.includes(language));

test.each(of('yaml'))('docs/deploy.md: the YAML of $heading is what its system takes', (block) => {
  expect(faultsOf(readYaml(block))).toEqual([]);
});

test('a slip of the pen in it is seen', () => {
  for (const block of of('yaml')) {
    const [key = ''] = /[\w./-]+(?=: [^{[\n])/.exec(block.text) ?? [];
    const slip = { ...block, text: block.text.replace(`${key}:`, `${key}x:`) };
    expect(faultsOf(readYaml(slip)), slip.text).not.toEqual([]);
    expect(() => readYaml({ ...block, text: `${block.text}\n- x: {` })).toThrow();
  }
});

test.each(of('bash'))('docs/deploy.md: the shell of $heading is what bash takes', ({ text }) => {
  execFileSync('bash', ['-n', '-c', text]);
});

test('docs/deploy.md: every way that it shows has Lockstep do something, and the Job keeps its backups in the volume', () => {
  const commands = BLOCKS.flatMap((block) => lockstepCommandsIn(block).map(([, ...command]) => `${block.heading}: ${command.join(' ')}`));
  expect(commands).toMatchInlineSnapshot(`
    [
      "Kubernetes: up --env production --wait 60s --report json",
      "Kubernetes: wait --env production --timeout 10min",
      "Kubernetes: work --env production --report json",
      "GitHub Actions: lockstep up --env production --dry-run",
      "GitHub Actions: lockstep up --env production",
      "GitLab CI: lockstep up --env production",
      "Cloud Run, ECS, Fargate: up --env production",
      "Cloud Run, ECS, Fargate: up --env production",
      "A release phase (Heroku and its kin): lockstep up --env production",
    ]
  `);
  expect(BLOCKS[0]?.text).toContain('mountPath: /app/.lockstep/backups');
});

/** What a system sets in its containers. */
const VARIABLES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'Cloud Run, ECS, Fargate': { CLOUD_RUN_JOB: 'migrate' },
  'A release phase (Heroku and its kin)': { DYNO: 'release.1' },
  'GitHub Actions': { GITHUB_ACTIONS: 'true', GITHUB_SHA: '0123abc' },
  'GitLab CI': { CI: 'true', CI_COMMIT_SHA: '0123abc' },
};

/** The policy that the page shows for these systems; elsewhere a volume is mounted, or a workspace, which this machine may lack. */
function policyOf(heading: string): string {
  const section = heading.startsWith('A release phase') ? 'Cloud Run, ECS, Fargate' : heading;
  return (
    of('ts')
      .find((block) => block.heading === section)
      ?.text.trim() ?? "production: { backup: { keptBy: 'a volume' } }"
  );
}

const TREE = {
  'package.json': '{"name":"shop","type":"module"}',
  ...pair('001_carts', 'DO $$ BEGIN DELETE FROM carts; END $$;', 'SELECT 1;'),
  // Where the page sends a backup to a bucket.
  'bin/aws': '#!/bin/sh\n[ "$1 $2 $3" = "s3 cp -" ] && cat > "stored-$(basename "$4")"\n',
};

function createShop(heading: string, database: TestDatabase) {
  const knexfile = `import { defineProject, knexConfig } from 'lockstep';
export const project = defineProject({ root: import.meta.dirname, ${policyOf(heading)} });
export default knexConfig(project);
`;
  const adopter = createAdopter({ ...TREE, 'knexfile.js': knexfile }, database);
  chmodSync(path.join(adopter.root, 'bin/aws'), 0o755);
  const variables = { ...VARIABLES[heading], PATH: `${path.join(adopter.root, 'bin')}:${process.env['PATH']}`, DB_SSL: 'disable' };
  return { ...adopter, variables };
}

onServer('newest', 'docs/deploy.md', ({ freshDatabase }) => {
  const headings = [...new Set(BLOCKS.map(({ heading }) => heading))];

  test.each(headings)('what it has Lockstep do runs: %s', async (heading) => {
    const database = await freshDatabase();
    await database.query('CREATE TABLE carts (id int)');
    const { run, root, variables } = createShop(heading, database);
    const commands = BLOCKS.filter((block) => block.heading === heading).flatMap(lockstepCommandsIn);
    expect(commands.length).toBeGreaterThan(0);
    for (const command of commands) {
      // A worker waits for more.
      const ran = await run(command[1] === 'work' ? [...command, '--once'] : command, variables);
      expect([command, ran.code, ran.said]).toEqual([command, 0, expect.not.stringContaining('Unknown')]);
    }
    expect(await database.query('SELECT name FROM schema_migrations')).toEqual([{ name: '001_carts' }]);
    const [started] = await database.query(
      "SELECT details -> 'backup' AS backup FROM schema_migrations_journal WHERE event = 'run-started'",
    );
    expect(started?.['backup']).toMatchObject({ proof: 'read' });
    const isSent = policyOf(heading).includes('command:');
    expect(readdirSync(root).some((name) => name.startsWith('stored-'))).toBe(isSent);
    expect(existsSync(path.join(root, '.lockstep/backups'))).toBe(true);
  });
});
