import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { linksOf } from '../../src/files/read-links.ts';
import { commitUrl, fileUrl, readRepositoryHost } from '../../src/files/repository-host.ts';

test.each([
  ['https://github.com/acme/shop.git', 'https://github.com/acme/shop'],
  ['https://github.com/acme/shop/', 'https://github.com/acme/shop'],
  ['https://ann:ghp_s3cr3t@github.com/acme/shop.git', 'https://github.com/acme/shop'],
  ['https://x-access-token:ghs_s3cr3t@github.example.com:8443/acme/shop', 'https://github.example.com:8443/acme/shop'],
  ['git@github.com:acme/shop.git', 'https://github.com/acme/shop'],
  ['github.com:acme/shop', 'https://github.com/acme/shop'],
  ['ssh://git@github.com:22/acme/shop.git', 'https://github.com/acme/shop'],
  ['ssh://git@ssh.github.com:443/acme/shop.git', 'https://github.com/acme/shop'],
  ['git://github.com/acme/shop.git', 'https://github.com/acme/shop'],
  ['git@gitlab.com:acme/teams/shop.git', 'https://gitlab.com/acme/teams/shop'],
  ['ssh://git@gitlab.example.com:2222/acme/shop.git', 'https://gitlab.example.com/acme/shop'],
  ['http://oauth2:s3cr3t@gitlab.local:8080/acme/shop.git', 'http://gitlab.local:8080/acme/shop'],
  ['git@git.example.com:acme/shop.git', 'https://git.example.com/acme/shop'],
  ['git@bitbucket.org:acme/shop.git', undefined],
  ['git@evilgithub.com:acme/shop.git', undefined],
  ['git@work:acme/shop.git', undefined],
  ['git@github.com:shop.git', undefined],
  ['/srv/git/shop.git', undefined],
  ['../shop', undefined],
  ['C:\\work\\shop', undefined],
  ['file:///srv/git/github.com/shop.git', undefined],
  ['', undefined],
])('the remote %s is at %s', (remote, url) => {
  expect(readRepositoryHost(remote, { CI_SERVER_URL: 'https://git.example.com' })?.url).toBe(url);
});

test('GitHub and GitLab have each their own addresses, and a file name is no part of them', () => {
  const [github, gitlab] = ['https://github.com/a/b', 'https://gitlab.com/a/b'].map((url) => readRepositoryHost(url, {}));
  if (!github || !gitlab) throw new Error('neither is known');
  expect([
    commitUrl(github, 'abc'),
    fileUrl(github, 'abc', { file: 'db/1#2 ?.sql', line: 3 }),
    commitUrl(gitlab, 'abc'),
    fileUrl(gitlab, 'abc', { file: 'db/x.sql' }),
  ]).toEqual([
    'https://github.com/a/b/commit/abc',
    'https://github.com/a/b/blob/abc/db/1%232%20%3F.sql#L3',
    'https://gitlab.com/a/b/-/commit/abc',
    'https://gitlab.com/a/b/-/blob/abc/db/x.sql',
  ]);
});

/** A project in a folder of a repository, with one commit. */
function createRepository(remote?: string) {
  const above = mkdtempSync(path.join(os.tmpdir(), 'lockstep-repository-'));
  onTestFinished(() => rmSync(above, { recursive: true, force: true }));
  const root = path.join(above, 'services/shop');
  const write = (file: string, text: string): void => {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  };
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-C', root, '-c', 'user.name=ann', '-c', 'user.email=ann@example.com', ...args], { encoding: 'utf8' }).trim();
  for (const name of ['kept', 'edited', 'staged', 'gone', 'renamed']) write(`db/migrations/${name}.sql`, 'SELECT 1;\n');
  write('.gitignore', 'ignored.sql\n');
  symlinkSync('kept.sql', path.join(root, 'db/migrations/link.sql'));
  execFileSync('git', ['init', '-q', above]);
  git('add', '-A');
  git('commit', '-qm', 'first');
  if (remote) git('remote', 'add', 'origin', remote);
  return { root, write, git };
}

test('only what is in the commit as it is on disk has a link', () => {
  const { root, write, git } = createRepository('git@github.com:acme/shop.git');
  write('db/migrations/edited.sql', '-- a line more\nSELECT 1;\n');
  write('db/migrations/staged.sql', 'SELECT 2;\n');
  git('add', 'db/migrations/staged.sql');
  git('mv', 'db/migrations/renamed.sql', 'db/migrations/other.sql');
  rmSync(path.join(root, 'db/migrations/gone.sql'));
  write('db/migrations/new.sql', 'SELECT 1;\n');
  write('db/migrations/ignored.sql', 'SELECT 1;\n');
  const links = linksOf(root, {})();
  const hash = git('rev-parse', 'HEAD');
  expect(links.head).toBe(hash);
  expect(links.commit(hash)).toBe(`https://github.com/acme/shop/commit/${hash}`);
  const linked = ['kept', 'edited', 'staged', 'gone', 'renamed', 'other', 'new', 'ignored', 'link', '../../../../x'].flatMap(
    (name) => links.file({ file: `db/migrations/${name}.sql`, line: 2 }) ?? [],
  );
  expect(linked).toEqual([`https://github.com/acme/shop/blob/${hash}/services/shop/db/migrations/kept.sql#L2`]);
});

test('a run leads to its own commit, and not to what was edited, or committed since', () => {
  const { root, write, git } = createRepository('https://gitlab.com/acme/shop');
  const commit = git('rev-parse', 'HEAD');
  write('db/migrations/edited.sql', '-- a line more\nSELECT 1;\n');
  git('commit', '-qam', 'second');
  const { file } = linksOf(root, {})({ commit, dirty: ['db/migrations/staged.sql'] });
  expect(['kept', 'edited', 'staged'].flatMap((name) => file({ file: `db/migrations/${name}.sql` }) ?? [])).toEqual([
    `https://gitlab.com/acme/shop/-/blob/${commit}/services/shop/db/migrations/kept.sql`,
  ]);
});

test('without a remote, or without Git, there are no links', () => {
  const { root, git } = createRepository();
  const { head, commit, file } = linksOf(root, {})();
  expect([head, commit('abc'), file({ file: 'db/migrations/kept.sql' })]).toEqual([git('rev-parse', 'HEAD'), undefined, undefined]);
  const bare = mkdtempSync(path.join(os.tmpdir(), 'lockstep-no-git-'));
  onTestFinished(() => rmSync(bare, { recursive: true, force: true }));
  expect(linksOf(bare, {})().head).toBeUndefined();
});
