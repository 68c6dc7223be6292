import type { Journey } from '../model/journey.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import type { Target } from '../model/target.ts';
import { compareSnapshots } from '../snapshot/compare-snapshots.ts';
import { isAbout, type Snapshot, type SnapshotLine, takeSnapshot } from '../snapshot/take-snapshot.ts';
import { withReader } from '../target/with-reader.ts';
import { asRole, type Live, readLive } from './live-schema.ts';
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

/** Replays what is applied on a scratch server, and compares. Takes no lock in the database, and writes nothing there. */
export async function deepStatus(journey: Journey): Promise<DeepStatus> {
  const { schema, ...live } = await withReader(journey, readLive);
  const { environment, server, replayed } = live;
  const replay = await withScratchPlace(journey, server.serverMajor, async (place) => {
    if (place.isOwn) return replayOn(await asRole(place, live), journey, live);
    // On a server of others roles are none of our business: what belongs to whoever replays belongs here to whoever migrates.
    const [own, here] = [place.settings.user, server.user];
    return (await replayOn(place, journey, live)).map((line) =>
      line.kind === 'owner' && line.definition === own ? { ...line, definition: here } : line,
    );
  });
  return { environment, server, replayed, differences: compareSnapshots(replay.filter(isMigrated), schema.filter(isMigrated)) };
}

/** What belongs to the database as a whole is set where that is made: on a scratch database nothing of it is. */
const isMigrated = ({ kind, name }: SnapshotLine): boolean =>
  kind !== 'setting' && !(['comment', 'security label'].includes(kind) && /^database(?: by |$)/.test(name));

async function replayOn(place: ScratchPlace, journey: Journey, { names, hasRepeatables }: Omit<Live, 'schema'>): Promise<Snapshot> {
  const stage = new Stage(place, journey);
  try {
    await stage.begin();
    const { failure } = await stage.run('up', { only: names, withRepeatables: hasRepeatables });
    if (failure) throw notReplayed(failure.what, failure.next);
    return (await takeSnapshot(stage.session)).filter((line) => !isAbout(line, isOurs));
  } finally {
    await stage.end();
  }
}

const notReplayed = (what: string, next: string): LockstepError =>
  new LockstepError({ code: 'not-replayed', what: `What is applied cannot be replayed: ${what}`, next, exitCode: 1 });
