import { randomBytes } from 'node:crypto';
import type { Client } from 'pg';
import { withScratchServer } from '../dev-server/scratch-server.ts';
import { connectionSettings } from '../environment/connection-settings.ts';
import { chosenEnvironment, readVariables } from '../environment/read-environment.ts';
import { type ConnectionSettings, environmentNamed } from '../model/environment.ts';
import type { Journey } from '../model/journey.ts';
import { isLockstepError, LockstepError } from '../model/lockstep-error.ts';
import { connect, withConnection } from '../pg/connect.ts';
import { identifier, literal } from '../pg/sql-text.ts';

/** A server on which scratch databases may be made. */
export interface ScratchPlace {
  /** To a database of it that is there already, from which others are made and dropped. */
  readonly settings: ConnectionSettings;
  /** The variables that lead to the server. */
  readonly variables: Readonly<Record<string, string>>;
  readonly major: number;
  /** It is gone afterwards. */
  readonly isOwn: boolean;
  /** What the names of its databases begin with: nobody else's do. */
  readonly prefix: string;
  /** As a person would call it. */
  readonly name: string;
}

/** Hands over the server that `SCRATCH_URL` names, else one of its own, which is gone afterwards. */
export function withScratchPlace<T>(journey: Journey, major: number | undefined, body: (place: ScratchPlace) => Promise<T>): Promise<T> {
  const environment = chosenEnvironment(journey) ?? environmentNamed(journey.project, 'development');
  const url = readVariables(journey.project, environment, journey.variables)['SCRATCH_URL'];
  return url ? withNamedServer(url, journey, body) : withOwnServer(journey, major, body);
}

const withOwnServer = <T>({ project }: Journey, wanted: number | undefined, body: (place: ScratchPlace) => Promise<T>): Promise<T> =>
  withScratchServer(
    project.root,
    ({ major, ...server }) => {
      const settings = {
        ...server,
        database: 'postgres',
        schema: 'public',
        schemaIsChosen: false,
        tls: 'disable',
        embedded: false,
      } as const;
      const { host, port, user, password } = server;
      const variables = { DB_HOST: host, DB_PORT: String(port), DB_USER: user, DB_PASSWORD: password, DB_SSL: 'disable' };
      return body({ settings, variables, major, isOwn: true, prefix: 'rehearsal_', name: 'a scratch server of its own' });
    },
    wanted,
  ).catch((error: unknown) => {
    throw isLockstepError(error) && error.code === 'no-embedded-server' ? withoutServer(error) : error;
  });

const withoutServer = ({ what, next }: LockstepError): LockstepError =>
  new LockstepError({
    code: 'no-scratch-server',
    what: `There is no server to rehearse on. ${what}`,
    next: `${next.split('\n')[0]}\nor SCRATCH_URL=postgresql://…   a server on which databases may be made`,
  });

const PREFIX = 'lockstep_scratch_';

async function withNamedServer<T>(url: string, journey: Journey, body: (place: ScratchPlace) => Promise<T>): Promise<T> {
  const settings = connectionSettings({ DATABASE_URL: url }, environmentNamed(journey.project, 'test'));
  if (settings.embedded) throw new Error('a URL always names a server');
  const prefix = `${PREFIX}${randomBytes(5).toString('hex')}_`;
  // Its name is how others see that the databases of this run are not abandoned: it is there before they are, and goes with the process.
  const keeper = await connect(settings, keeperOf(prefix));
  try {
    const { rows } = await keeper.query<{ major: number; may: boolean; user: string }>(
      `SELECT pg_catalog.current_setting('server_version_num')::int / 10000 AS major, current_user::text AS user,
        (SELECT rolcreatedb OR rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) AS may`,
    );
    const { major = 0, may, user = '' } = rows[0] ?? {};
    if (!may) throw mayNotCreate(user);
    await dropAbandoned(keeper);
    const place = { settings, variables: { DATABASE_URL: url }, major, isOwn: false, prefix, name: `${settings.host}:${settings.port}` };
    return await body(place);
  } finally {
    await dropAll(settings, prefix).catch(() => {});
    await keeper.end().catch(() => {});
  }
}

const keeperOf = (prefix: string): string => `lockstep keeps ${prefix}`;

/** Databases of this role whose run was killed. */
async function dropAbandoned(client: Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT d.datname::text AS name FROM pg_catalog.pg_database d WHERE pg_catalog.starts_with(d.datname::text, ${literal(PREFIX)})
       AND pg_catalog.pg_get_userbyid(d.datdba) = current_user
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a WHERE a.application_name = ${literal(keeperOf(''))} || pg_catalog.substring(d.datname::text, '^${PREFIX}[0-9a-f]+_'))`,
  );
  for (const { name } of rows) await client.query(`DROP DATABASE IF EXISTS ${identifier(name)} WITH (FORCE)`);
}

async function dropAll(settings: ConnectionSettings, prefix: string): Promise<void> {
  await withConnection(settings, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `SELECT datname::text AS name FROM pg_catalog.pg_database WHERE pg_catalog.starts_with(datname::text, ${literal(prefix)})`,
    );
    for (const { name } of rows) await client.query(`DROP DATABASE IF EXISTS ${identifier(name)} WITH (FORCE)`);
  });
}

const mayNotCreate = (user: string): LockstepError =>
  new LockstepError({
    code: 'privilege-missing',
    what: `User "${user}" may not create databases on the server of SCRATCH_URL`,
    next: `as a superuser there: ALTER ROLE ${identifier(user)} CREATEDB;   or leave SCRATCH_URL out: an embedded server is started then`,
  });
