import type { Environment } from '../model/environment.ts';
import type { Journey } from '../model/journey.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import { withConnection } from '../pg/connect.ts';
import type { CopySource } from './copy-source.ts';
import type { ScratchPlace } from './scratch-place.ts';

// Whoever may connect may read it, and no two servers begin in the same microsecond on the same port.
const WHICH = `SELECT pg_catalog.pg_postmaster_start_time()::text || ' ' || pg_catalog.current_setting('port') AS server`;

/** A copy burdens the server that it is made on. @throws LockstepError (exit 3) where that is production's own */
export async function verifyOtherServer(
  { emit }: Pick<Journey, 'emit'>,
  place: ScratchPlace,
  { source, environment }: { readonly source: CopySource; readonly environment: Environment },
): Promise<void> {
  if (place.isOwn) return;
  const ask = (settings: ScratchPlace['settings']) =>
    withConnection(settings, async (client) => (await client.query<{ server: string }>(WHICH)).rows[0]?.server);
  if ((await ask(place.settings)) !== (await ask(source.live.settings))) return;
  if (environment.basedOn !== 'production')
    return emit({
      type: 'note',
      text: `SCRATCH_URL leads to the server of ${source.name} itself: the copy is made there, in a database of its own`,
    });
  throw new LockstepError({
    code: 'scratch-is-source',
    what: `SCRATCH_URL leads to the server of ${source.name} itself, and a copy of its rows would burden it; nothing was copied`,
    next: 'set SCRATCH_URL to another server, or leave it out: a server is started here then',
    exitCode: 3,
  });
}
