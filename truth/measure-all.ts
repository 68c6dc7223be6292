import { makeFolder, missingServers, removeFolder, startFaultServer } from '../faults/server.ts';
import { LockstepError } from '../src/model/lockstep-error.ts';
import { type Cell, type Row, rowOf } from './cell.ts';
import { FORMS, holdsOn, MAJORS } from './forms.ts';
import { measure } from './measure.ts';
import { openSessions } from './sessions.ts';

const FIRST_SERVER = 60;

/** Every form on every major: one server each, at the same time. */
export async function measureAll(tell: (text: string) => void): Promise<readonly Row[]> {
  const missing = missingServers(MAJORS);
  if (missing.length > 0)
    throw new LockstepError({
      code: 'server-missing',
      what: `The truth table is measured on PostgreSQL ${missing.join(', ')} as well, which is not installed`,
      next: 'npm ci --prefix test/servers-all',
      exitCode: 2,
    });
  const folder = await makeFolder();
  try {
    const all = await Promise.all(MAJORS.map((major) => measureOn(major, folder, tell)));
    return FORMS.map((form) => {
      const measured = all.map((cells, index) => [MAJORS[index] ?? 0, cells.get(form.id)] as const);
      return rowOf(form, new Map(measured.flatMap(([major, cell]) => (cell ? [[major, cell] as const] : []))));
    });
  } finally {
    removeFolder(folder);
  }
}

async function measureOn(major: number, folder: string, tell: (text: string) => void): Promise<ReadonlyMap<string, Cell>> {
  const server = await startFaultServer({ folder, major, isDurable: false, number: FIRST_SERVER + major });
  try {
    await server.query('postgres', 'CREATE DATABASE truth');
    const sessions = await openSessions(() => server.connect('truth'));
    const cells = new Map<string, Cell>();
    for (const form of FORMS.filter((one) => holdsOn(one, major))) {
      try {
        cells.set(form.id, await measure(form, sessions));
      } catch (error) {
        throw new Error(`${form.id} cannot be measured on PostgreSQL ${major}`, { cause: error });
      }
    }
    await sessions.close();
    tell(`PostgreSQL ${major}: ${cells.size} forms\n`);
    return cells;
  } finally {
    await server.stop();
  }
}
