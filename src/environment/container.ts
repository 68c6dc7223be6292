import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { attempt } from '../model/attempt.ts';
import { holds, mountOf } from './mounts.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** Where no folder outlives the process, whatever is mounted. */
const WITHOUT_DISK: Variables = { DYNO: 'a Heroku dyno' };

/** What the platforms set in each of their containers. */
const PLATFORMS: Variables = {
  KUBERNETES_SERVICE_HOST: 'a Kubernetes pod',
  K_SERVICE: 'a Cloud Run service',
  CLOUD_RUN_JOB: 'a Cloud Run job',
  ECS_CONTAINER_METADATA_URI_V4: 'an ECS task',
  ECS_CONTAINER_METADATA_URI: 'an ECS task',
  CONTAINER_APP_NAME: 'an Azure container app',
  FLY_MACHINE_ID: 'a Fly.io machine',
  RENDER_SERVICE_ID: 'a Render service',
};

/** What the engines leave in theirs. */
const FILES: Variables = { '.dockerenv': 'a Docker container', 'run/.containerenv': 'a Podman container' };

/** Of process 1, where control groups are not in a namespace of their own. LXC is not among them: its containers keep their disks. */
const CGROUP = /[/:-](?:docker|libpod|kubepods|containerd|cri-o|ecs)\b/;

const named = (names: Variables, isThere: (name: string) => boolean): string | undefined =>
  names[Object.keys(names).find((name) => isThere(name)) ?? ''];

const readOf = (machine: string, pid: string, file: string): string =>
  attempt(() => readFileSync(path.join(machine, 'proc', pid, file), 'utf8')) ?? '';

/** Whether this is the first process, or descends from it. Who joined later, as by `docker exec`, has no parent here (`PPid` 0, proc_pid_status(5)). */
function descends(machine: string): boolean {
  let pid = process.pid === 1 ? '1' : 'self';
  while (pid !== '' && pid !== '0' && pid !== '1') pid = /^PPid:\s*(\d+)/m.exec(readOf(machine, pid, 'status'))?.[1] ?? '';
  return pid === '1';
}

/** Whether the container was started for a migration, or for a script of the project's that migrates: it ends with it. */
function endsWithUs(folder: string, machine: string): boolean {
  if (process.pid === 1 || /lockstep|migrate/.test(readOf(machine, '1', 'cmdline'))) return true;
  const workdir = attempt(() => readlinkSync(path.join(machine, 'proc/1/cwd'))) ?? '/';
  return workdir !== '/' && holds(workdir, folder) && descends(machine);
}

/** What this container is called; undefined outside of one. */
function findContainer(folder: string, variables: Variables, machine: string): string | undefined {
  const platform = named(PLATFORMS, (name) => Boolean(variables[name]));
  // One in which people work, or a CI job runs, outlives the command.
  if (platform !== undefined || !endsWithUs(folder, machine)) return platform;
  return (
    named(FILES, (name) => existsSync(path.join(machine, name))) ??
    (CGROUP.test(readOf(machine, '1', 'cgroup')) ? 'a container' : undefined) ??
    (mountOf('/', machine)?.type === 'overlay' ? 'a container' : undefined)
  );
}

/** File systems that are in memory, or a layer above an image. */
const FLEETING = new Set(['tmpfs', 'ramfs', 'overlay', 'rootfs']);

// As mountinfo has the origin of a volume: Kubernetes' emptyDir, and those that engines make for a VOLUME without a name and remove with `--rm`.
const UNNAMED = /kubernetes\.io~empty-dir\/|\/volumes\/[0-9a-f]{64}(?:\/|$)|\/containers\/[0-9a-f]{64}\/volumes\//;

/** What a folder is gone with. */
export interface Vanishing {
  readonly container: string;
  /** Whether a volume could be mounted there. */
  readonly takesVolumes: boolean;
}

/**
 * The container with which a folder is gone; undefined where it outlives it, or there is none.
 * @param folder absolute; it need not be there yet
 * @param machine where the root of the file system is, for tests
 */
export function findVanishing(folder: string, variables: Variables, machine = '/'): Vanishing | undefined {
  const platform = named(WITHOUT_DISK, (name) => Boolean(variables[name]));
  if (platform !== undefined) return { container: platform, takesVolumes: false };
  const container = findContainer(folder, variables, machine);
  const mount = container === undefined ? undefined : mountOf(folder, machine);
  const isGone = mount && (mount.point === '/' || FLEETING.has(mount.type) || UNNAMED.test(mount.origin));
  return container !== undefined && isGone ? { container, takesVolumes: true } : undefined;
}
