import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findVanishing } from '../../src/environment/container.ts';
import type { Tree } from '../support/project.ts';

const FOLDER = '/app/.lockstep/backups';
const HEX = '0123456789abcdef'.repeat(4);

// What the engines write, shortened: number, parent, device, origin, point, options, type.
const mount = (origin: string, point: string, type: string): string => `2 1 0:9 ${origin} ${point} rw,relatime shared:7 - ${type} x rw`;
const OVERLAY = mount('/', '/', 'overlay');
const DISK = mount('/', '/', 'ext4');
const mounts = (...lines: readonly string[]): Tree => ({ 'proc/self/mountinfo': `${lines.join('\n')}\n` });
/** The first process of a container that was started for a migration. */
const JOB: Tree = { 'proc/1/cmdline': 'node\0run.mjs\0migrate-up\0--env\0production\0' };
const child = (name: string, parent: number): Tree => ({ [`proc/${name}/status`]: `Name:\tnode\nPid:\t9\nPPid:\t${parent}\n` });
/** … for a script of the project's, which migrates and then serves. */
const SCRIPT: Tree = { 'proc/1/cmdline': 'sh\0./start.sh\0', ...child('self', 8), ...child('8', 1) };
const DOCKER: Tree = { '.dockerenv': '' };

/** A machine of which only these files are known, and where its first process works. */
function machineOf(tree: Tree, workdir = '/'): string {
  const root = mkdtempSync(path.join(os.tmpdir(), 'lockstep-machine-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(path.join(root, 'proc/1'), { recursive: true });
  symlinkSync(workdir, path.join(root, 'proc/1/cwd'));
  for (const [file, text] of Object.entries(tree)) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  }
  return root;
}

test.each<readonly [string, Tree, Record<string, string>, string]>([
  ['Docker, on the layer of the container', { ...DOCKER, ...mounts(OVERLAY) }, {}, 'a Docker container'],
  ['Docker, whose storage is a disk', { ...DOCKER, ...mounts(DISK) }, {}, 'a Docker container'],
  ['Podman', { 'run/.containerenv': '', ...mounts(OVERLAY) }, {}, 'a Podman container'],
  [
    'containerd, which tells only its control group',
    { 'proc/1/cgroup': '0::/kubepods/besteffort/pod7\n', ...mounts(DISK) },
    {},
    'a container',
  ],
  ['an engine that tells nothing', mounts(OVERLAY), {}, 'a container'],
  [
    'Kubernetes, where another folder is a volume',
    mounts(OVERLAY, mount('/', '/app/.lock', 'ext4')),
    { KUBERNETES_SERVICE_HOST: '10.0.0.1' },
    'a Kubernetes pod',
  ],
  [
    'an emptyDir, which goes with its pod',
    mounts(OVERLAY, mount('/var/lib/kubelet/pods/7/volumes/kubernetes.io~empty-dir/backups', FOLDER, 'ext4')),
    { KUBERNETES_SERVICE_HOST: '10.0.0.1' },
    'a Kubernetes pod',
  ],
  [
    'a VOLUME that nobody named, which goes with --rm',
    { ...DOCKER, ...mounts(OVERLAY, mount(`/docker/volumes/${HEX}/_data`, FOLDER, 'ext4')) },
    {},
    'a Docker container',
  ],
  ['memory', { ...DOCKER, ...mounts(OVERLAY, mount('/', '/app', 'ext4'), mount('/', FOLDER, 'tmpfs')) }, {}, 'a Docker container'],
  ['Cloud Run', mounts(mount('/', '/', '9p')), { CLOUD_RUN_JOB: 'migrate' }, 'a Cloud Run job'],
  [
    'a release phase of Heroku, where no folder stays',
    mounts(OVERLAY, mount('/app', '/app', 'ext4')),
    { DYNO: 'release.1' },
    'a Heroku dyno',
  ],
])('a backup would vanish in %s', (_, ...[tree, variables, container]) => {
  expect(findVanishing(FOLDER, variables, machineOf({ ...JOB, ...tree }))).toMatchObject({ container });
});

test.each<readonly [string, Tree, Record<string, string>]>([
  ['on a machine', mounts(DISK), {}],
  ['on a machine whose /tmp is in memory', mounts(DISK, mount('/', '/app', 'tmpfs')), {}],
  ['in a system container, whose disk stays', { 'proc/1/cgroup': '0::/lxc.payload.web\n', ...mounts(DISK) }, {}],
  ['where no system tells, as on macOS', {}, { KUBERNETES_SERVICE_HOST: '10.0.0.1' }],
  ['in a container in which people work', { 'proc/1/cmdline': 'sleep\0infinity\0', ...DOCKER, ...mounts(OVERLAY) }, {}],
  ['in a named volume', { ...DOCKER, ...mounts(OVERLAY, mount('/docker/volumes/backups/_data', FOLDER, 'ext4')) }, {}],
  ['in a folder of the host', { ...DOCKER, ...mounts(OVERLAY, mount('/srv/backups', '/app/.lockstep', 'xfs')) }, {}],
  ['in a claimed volume', mounts(OVERLAY, mount('/', FOLDER, 'nfs4')), { KUBERNETES_SERVICE_HOST: '10.0.0.1' }],
  // The runner mounts its workspace, and `actions/upload-artifact` takes the files from there.
  [
    'in the workspace of a GitHub job with a container',
    { ...DOCKER, ...mounts(OVERLAY, mount('/home/runner/work', '/app', 'ext4')) },
    { GITHUB_ACTIONS: 'true' },
  ],
  [
    'in the build folder of a GitLab runner with Docker',
    {
      ...DOCKER,
      ...mounts(
        OVERLAY,
        mount('/docker/volumes/runner-x-project-7-concurrent-0-cache-c33bcaa1fd2c77edfc3893b41966cea8/_data', '/app', 'ext4'),
      ),
    },
    { GITLAB_CI: 'true' },
  ],
])('a backup stays %s', (_, tree, variables) => {
  expect(findVanishing(FOLDER, variables, machineOf({ ...JOB, ...tree }))).toBeUndefined();
});

test('a script of the project that starts the container ends with it; who joined later, or works elsewhere, does not', () => {
  const find = (tree: Tree, workdir: string) =>
    findVanishing(FOLDER, {}, machineOf({ ...SCRIPT, ...DOCKER, ...mounts(OVERLAY), ...tree }, workdir));
  expect(find({}, '/app')).toMatchObject({ container: 'a Docker container' });
  expect(find(child('8', 0), '/app')).toBeUndefined();
  expect(find({ 'proc/8/status': '' }, '/app')).toBeUndefined();
  expect(find({}, '/')).toBeUndefined();
  expect(find({}, '/application')).toBeUndefined();
});

test('a link is followed, a name with a space is read, and of two mounts at one place the later one counts', () => {
  const place = mkdtempSync(path.join(os.tmpdir(), 'lockstep a place-'));
  onTestFinished(() => rmSync(place, { recursive: true, force: true }));
  const point = place.replaceAll(' ', '\\040');
  const covered = { ...DOCKER, ...mounts(OVERLAY, mount('/', point, 'ext4'), mount('/', point, 'tmpfs')) };
  const find = (tree: Tree) => findVanishing(path.join(place, 'not there yet'), {}, machineOf({ ...JOB, ...tree }));
  expect(find({ ...DOCKER, ...mounts(OVERLAY, mount('/', point, 'ext4')) })).toBeUndefined();
  expect(find(covered)).toBeDefined();
});
