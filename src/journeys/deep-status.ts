import { randomBytes } from 'node:crypto';
import type { Journey } from '../model/journey.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import type { Target } from '../model/target.ts';
import { withConnection } from '../pg/connect.ts';
import { createRoles, listRoles } from '../pg/roles.ts';
import { identifier, literal } from '../pg/sql-text.ts';
import { compareSnapshots } from '../snapshot/compare-snapshots.ts';
import { isAbout, type Snapshot, takeSnapshot } from '../snapshot/take-snapshot.ts';
import type { OpenTarget } from '../target/open-target.ts';
import { withReader } from '../target/with-reader.ts';
import { isOurs, Stage } from './rehearsal-stage.ts';
import { type ScratchPlace, withScratchPlace } from './scratch-place.ts';

/** How a database differs from what its migrations make. */
export interface DeepStatus {
  readonly environment: string;
  readonly server: Target;
  /** How many migrations were replayed. */
  readonly replayed: number;
  /** `-` only the migrations make it, `+` only the database has it. */
  readonly differences: readonly string[];
}

interface Live {
  readonly environment: string;
  readonly server: Target;
  readonly schema: Snapshot;
  readonly roles: readonly string[];
  /** The newest by version. */
  readonly highest: string | undefined;
  readonly replayed: number;
  readonly hasRepeatables: boolean;
}

/** Replays what is applied on a scratch server, and compares. Takes no lock in the database, and writes nothing there. */
export async function deepStatus(journey: Journey): Promise<DeepStatus> {
  const { schema, ...live } = await withReader(journey, readLive);
  const { environment, server, replayed } = live;
  const replay = await withScratchPlace(journey, server.serverMajor, async (place) => replayOn(await asRole(place, live), journey, live));
  return { environment, server, replayed, differences: compareSnapshots(replay, schema) };
}

async function readLive({ history, applied, repeatables, environment, target, settings }: OpenTarget): Promise<Live> {
  const { client, names } = history;
  const own = `${history.schema}.${names.rows}`;
  const schema = (await takeSnapshot(client)).filter((line) => !isAbout(line, (name) => name.startsWith(own)));
  return {
    environment,
    server: { ...target, schema: settings.schema },
    schema,
    roles: await listRoles(client),
    highest: applied.at(-1)?.name,
    replayed: applied.length,
    hasRepeatables: repeatables.length > 0,
  };
}

/** What is made belongs to whoever makes it: on a server of one's own that may be a role of the same name. */
async function asRole(place: ScratchPlace, { server, roles }: Omit<Live, 'schema'>): Promise<ScratchPlace> {
  const { isOwn } = place;
  await withConnection(place.settings, async (client) => {
    await createRoles(client, roles);
    if (isOwn && server.user !== place.settings.user)
      await client.query(`ALTER ROLE ${identifier(server.user)} LOGIN SUPERUSER PASSWORD ${literal(PASSWORD)}`);
  });
  if (!isOwn || server.user === place.settings.user) return place;
  const settings = { ...place.settings, user: server.user, password: PASSWORD };
  return { ...place, settings, variables: { ...place.variables, DB_USER: server.user, DB_PASSWORD: PASSWORD } };
}

const PASSWORD = randomBytes(18).toString('base64url');

async function replayOn(place: ScratchPlace, journey: Journey, { highest, hasRepeatables }: Omit<Live, 'schema'>): Promise<Snapshot> {
  const stage = new Stage(place, journey);
  try {
    await stage.begin();
    const { failure } = highest === undefined ? {} : await stage.run('up', { to: highest, withRepeatables: hasRepeatables });
    if (failure) throw notReplayed(failure.what, failure.next);
    return (await takeSnapshot(stage.session)).filter((line) => !isAbout(line, isOurs));
  } finally {
    await stage.end();
  }
}

const notReplayed = (what: string, next: string): LockstepError =>
  new LockstepError({ code: 'not-replayed', what: `What is applied cannot be replayed: ${what}`, next, exitCode: 1 });
