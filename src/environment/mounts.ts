import { readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { attempt } from '../model/attempt.ts';

/** A line of /proc/self/mountinfo (proc_pid_mountinfo(5)). */
export interface Mount {
  readonly point: string;
  /** Of what is mounted, its path within its own file system. */
  readonly origin: string;
  readonly type: string;
}

const LINE = /^\S+ \S+ \S+ (\S+) (\S+) .*? - (\S+) /;

/** Spaces and the like are written in octal. */
const plain = (text = ''): string => text.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

function readMounts(machine: string): readonly Mount[] {
  const text = attempt(() => readFileSync(path.join(machine, 'proc/self/mountinfo'), 'utf8')) ?? '';
  return text.split('\n').flatMap((line) => {
    const [whole, origin, point, type = ''] = LINE.exec(line) ?? [];
    return whole === undefined ? [] : [{ point: plain(point), origin: plain(origin), type }];
  });
}

/** Without what is not there yet; links followed. */
function nearest(folder: string): string {
  const found = attempt(() => realpathSync(folder));
  return found ?? path.join(nearest(path.dirname(folder)), path.basename(folder));
}

/** Whether a path lies at or below another. */
export const holds = (point: string, file: string): boolean => point === '/' || file === point || file.startsWith(`${point}/`);

/** What a path lies on; of mounts at one place the last one counts. Undefined where nothing tells, as outside of Linux. */
export function mountOf(file: string, machine: string): Mount | undefined {
  const place = nearest(file);
  return readMounts(machine)
    .filter(({ point }) => holds(point, place))
    .toSorted((a, b) => a.point.length - b.point.length)
    .at(-1);
}
