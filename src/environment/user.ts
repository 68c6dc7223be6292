import os from 'node:os';
import { attempt } from '../model/attempt.ts';

/** Who runs this. A container may run as a number that no account has, and Node then throws. */
export const userName = (): string => attempt(() => os.userInfo().username) ?? `uid ${process.getuid?.()}`;

/** Where such a number has no home either, a folder that is not there. */
export const homeFolder = (): string => attempt(() => os.homedir()) ?? '/nonexistent';

/** Who runs it, and on which machine: `ann@ci`. */
export const runnerName = (): string => `${userName()}@${os.hostname()}`;
