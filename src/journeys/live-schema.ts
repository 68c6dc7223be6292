/** A database as it is, and a scratch server on which the same can be made of its migrations. */
import { randomBytes } from 'node:crypto';
import type { ConnectionSettings } from '../model/environment.ts';
import type { Target } from '../model/target.ts';
import { withConnection } from '../pg/connect.ts';
import { createRoles, listRoles } from '../pg/roles.ts';
import { identifier, literal } from '../pg/sql-text.ts';
import { isAbout, type Snapshot, takeSnapshot } from '../snapshot/take-snapshot.ts';
import type { OpenTarget } from '../target/open-target.ts';
import type { ScratchPlace } from './scratch-place.ts';

/** What a database tells of its schema, and of what is applied there. */
export interface Live {
  readonly environment: string;
  readonly server: Target;
  readonly schema: Snapshot;
  readonly roles: readonly string[];
  readonly replayed: number;
  readonly names: readonly string[];
  readonly hasRepeatables: boolean;
  /** The environment that the database remembers being. */
  readonly remembered: string | undefined;
  readonly settings: ConnectionSettings;
  readonly isOurs: (name: string) => boolean;
}

/** In a transaction that can write nothing. */
export async function readLive({ history, applied, repeatables, environment, target, settings, remembered }: OpenTarget): Promise<Live> {
  const { client, names } = history;
  const own = `${history.schema}.${names.rows}`;
  const isOurs = (name: string): boolean => name.startsWith(own);
  const schema = (await takeSnapshot(client)).filter((line) => !isAbout(line, isOurs));
  return {
    environment,
    server: { ...target, schema: settings.schema },
    schema,
    roles: await listRoles(client),
    replayed: applied.length,
    names: applied.map(({ name }) => name),
    remembered: remembered?.environment,
    settings,
    isOurs,
    hasRepeatables: repeatables.length > 0,
  };
}

/** What is made belongs to whoever makes it: on a scratch server of its own that may be a role of the same name. */
export async function asRole(place: ScratchPlace, { server, roles }: Pick<Live, 'server' | 'roles'>): Promise<ScratchPlace> {
  await withConnection(place.settings, async (client) => {
    await createRoles(client, roles);
    if (server.user !== place.settings.user)
      await client.query(`ALTER ROLE ${identifier(server.user)} LOGIN SUPERUSER PASSWORD ${literal(PASSWORD)}`);
  });
  if (server.user === place.settings.user) return place;
  const settings = { ...place.settings, user: server.user, password: PASSWORD };
  return { ...place, settings, variables: { ...place.variables, DB_USER: server.user, DB_PASSWORD: PASSWORD } };
}

const PASSWORD = randomBytes(18).toString('base64url');
