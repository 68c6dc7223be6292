import { LockstepError } from '../model/lockstep-error.ts';

const OTHER_SERVER = 'name a server: DB_HOST=db.example.com DB_NAME=app DB_USER=app, or DATABASE_URL=postgres://app@db.example.com/app';

export function noEmbeddedServer(reason: string, remedy?: string): LockstepError {
  return new LockstepError({
    code: 'no-embedded-server',
    what: `The embedded PostgreSQL 18 is not available here: ${reason}`,
    next: remedy ? `${remedy}\nor ${OTHER_SERVER}` : OTHER_SERVER,
  });
}

interface Failure {
  readonly what: string;
  readonly said?: string;
  readonly file: string;
  readonly next: string;
}

export function serverFailure({ what, said = '', file, next }: Failure): LockstepError {
  const frame = meaningfulLines(said).join('\n');
  return new LockstepError({
    code: 'dev-server-failed',
    what,
    where: { file, ...(frame && { frame }) },
    next: `${next}\nor ${OTHER_SERVER}`,
  });
}

/** The last lines that name a reason, without their timestamps. */
export function meaningfulLines(said: string): readonly string[] {
  const lines = said
    .split(/\r?\n/)
    .map((line) => line.replace(/^\d{4}-\d\d-\d\d \S+ \S+ \[\d+\] /, '').trim())
    .filter(Boolean);
  const reasons = lines.filter((line) =>
    /\b(PANIC|FATAL|ERROR|HINT|DETAIL|error|hint|detail):|could not|invalid value|syntax error/.test(line),
  );
  return [...new Set(reasons.length > 0 ? reasons : lines)].slice(-4);
}

/** Another process holds the data folder and does not let go. */
export function serverBusy(dataDir: string, pids: readonly number[]): LockstepError {
  const who = pids.length > 0 ? `process ${pids.join(', ')}` : 'another command';
  return new LockstepError({
    code: 'dev-server-busy',
    what: `The development server does not come up: ${who} holds its data folder and does not answer`,
    where: { file: dataDir },
    next:
      pids.length > 0
        ? `kill -QUIT ${pids.join(' ')}\nthen run the command again`
        : 'wait for the other command to end, then run this one again',
  });
}

/** The data folder can be reached but not read. */
export function foreignData(dataDir: string, owner: string): LockstepError {
  return new LockstepError({
    code: 'dev-server-foreign',
    what: `The development server's data folder belongs to another account (${owner})`,
    where: { file: dataDir },
    next: `run the command as root or as ${owner}\nor ${OTHER_SERVER}`,
  });
}

/** Neither the project nor the fallback can hold the data. */
export function noDataFolder(places: readonly string[]): LockstepError {
  return new LockstepError({
    code: 'no-data-folder',
    what: `The development server has nowhere to keep its data: neither ${places.join(' nor ')} can be written`,
    next: OTHER_SERVER,
  });
}
