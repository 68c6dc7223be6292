import type { Client } from 'pg';
import { readState } from '../draft/read-state.ts';
import { chosenEnvironment, readVariables } from '../environment/read-environment.ts';
import { readVerifiedMigrations } from '../files/read-migrations.ts';
import type { Journey } from '../model/journey.ts';
import { isLockstepError, LockstepError } from '../model/lockstep-error.ts';
import { ask } from '../pg/ask.ts';
import { Look } from '../recipes/recipe/look.ts';
import type { OpenTarget } from '../target/open-target.ts';
import { withReader } from '../target/with-reader.ts';
import { isUp } from './lint-database.ts';
import { isOurs, Stage } from './rehearsal-stage.ts';
import { withScratchPlace } from './scratch-place.ts';

/** What is done with the schema, and where that was read. */
type Body<T> = (look: Look, source: string) => Promise<T>;

/**
 * Hands over the schema that the next migration will meet: of the database that was named, of development's where it is up and has every
 * file, else of the files as they apply on a scratch server.
 */
export async function withLook<T>(journey: Journey, body: Body<T>): Promise<T> {
  const isNamed = chosenEnvironment(journey) !== undefined;
  if (!isNamed && !(await isUp(journey))) return fromFiles(journey, body);
  const read = await fromDatabase(journey, body, isNamed);
  return read === undefined ? fromFiles(journey, body) : read.value;
}

async function fromDatabase<T>(journey: Journey, body: Body<T>, isNamed: boolean): Promise<{ readonly value: T } | undefined> {
  let isRead = false;
  try {
    return await withReader({ ...journey, emit: isNamed ? journey.emit : () => {} }, async (target) => {
      const pending = await pendingThere(journey, target);
      if (!isNamed && pending > 0) return undefined;
      isRead = true;
      const more = pending > 0 ? `, where ${pending} ${pending === 1 ? 'migration is' : 'migrations are'} pending` : '';
      return {
        value: await body(
          await lookAt(journey, target.history.client),
          `${target.environment}, PostgreSQL ${target.target.serverVersion}${more}`,
        ),
      };
    });
  } catch (error) {
    if (isNamed || isRead || !isLockstepError(error)) throw error;
    return undefined;
  }
}

async function pendingThere({ project }: Journey, { applied }: OpenTarget): Promise<number> {
  const done = new Set(applied.map(({ name }) => name));
  return (await readVerifiedMigrations(project.root)).filter(({ name }) => !done.has(name)).length;
}

const fromFiles = <T>(journey: Journey, body: Body<T>): Promise<T> =>
  withScratchPlace(journey, undefined, async (place) => {
    const stage = new Stage(place, journey);
    try {
      await stage.begin();
      const { failure } = await stage.run('up', { withRepeatables: true });
      if (failure)
        throw new LockstepError({
          code: 'not-replayed',
          what: `The files do not apply on the scratch server, so nothing says what the recipe will meet: ${failure.what}`,
          ...(failure.where && { where: failure.where }),
          next: 'npm run migrate:rehearse   and again when it holds',
          exitCode: 1,
        });
      return await body(await lookAt(journey, stage.session), `the files, applied on ${place.name}, PostgreSQL ${place.major}`);
    } finally {
      await stage.end();
    }
  });

async function lookAt(journey: Journey, client: Client): Promise<Look> {
  const first = readVariables(journey.project, chosenEnvironment(journey), journey.variables)['DB_SCHEMA'];
  const [path, keywords] = await ask(
    client,
    { sql: 'SELECT pg_catalog.current_schemas(false)::text[] AS path', read: (rows) => (rows[0] as { path: readonly string[] }).path },
    {
      sql: "SELECT word FROM pg_catalog.pg_get_keywords() WHERE catcode <> 'U'",
      read: (rows) => new Set(rows.map(({ word }) => String(word))),
    },
  );
  const state = await readState(client, isOurs);
  return new Look({ state, client, path: first === undefined ? path : [first, ...path], keywords, major: state.major });
}
