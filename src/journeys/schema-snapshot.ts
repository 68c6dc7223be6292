import { readSchemaFile, SCHEMA_FILE, schemaFileText, writeSchemaFile } from '../files/schema-file.ts';
import type { Journey } from '../model/journey.ts';
import { type ExitCode, LockstepError, listed } from '../model/lockstep-error.ts';
import { differingPlaces } from '../snapshot/differing-places.ts';
import { writeSchema } from '../snapshot/write-schema.ts';
import { isOurs, Stage } from './rehearsal-stage.ts';
import { withScratchPlace } from './scratch-place.ts';

export interface SchemaSnapshot extends Journey {
  /** Only tells whether the file is what the migrations make. */
  readonly check?: boolean;
  /** Of the scratch server; that of the file where it says one. */
  readonly major?: number;
}

/** Writes what the migrations and repeatable files make as one SQL file, from a replay on a scratch server. Touches no database of the project. */
export async function schemaSnapshot(journey: SchemaSnapshot): Promise<ExitCode> {
  const { project, emit, check = false } = journey;
  const file = readSchemaFile(project.root);
  const { unwritten, ...replayed } = await replay(journey, journey.major ?? file?.major);
  const text = await schemaFileText(project.root, replayed);
  if (check) return compare(journey, { before: file?.text, text, major: replayed.major });
  const isNew = writeSchemaFile(project.root, text);
  emit({ type: 'recorded', text: isNew ? `${SCHEMA_FILE} written` : `${SCHEMA_FILE} is as it was`, names: [] });
  if (unwritten.length > 0) emit({ type: 'note', text: `no statement makes these, so they are comments in it: ${listed(unwritten)}` });
  return 0;
}

interface Replayed {
  readonly sql: string;
  readonly unwritten: readonly string[];
  readonly major: number;
}

const replay = (journey: Journey, wanted: number | undefined): Promise<Replayed> =>
  withScratchPlace(journey, wanted, async (place) => {
    const stage = new Stage(place, journey);
    try {
      await stage.begin();
      const { failure } = await stage.run('up', { withRepeatables: true });
      if (failure) throw notReplayed(failure.what, failure.next);
      return { ...(await writeSchema(stage.session, isOurs)), major: place.major };
    } finally {
      await stage.end();
    }
  });

interface Compared {
  readonly before: string | undefined;
  readonly text: string;
  readonly major: number;
}

const MOST_LINES = 20;

function compare({ emit }: Journey, { before, text, major }: Compared): ExitCode {
  if (before === text) {
    emit({ type: 'note', text: `${SCHEMA_FILE} is what the migrations make (PostgreSQL ${major})` });
    return 0;
  }
  const places = before === undefined ? [] : differingPlaces(before, text);
  const lines = places.flatMap((place) => [...place.before.map((line) => `- ${line}`), ...place.after.map((line) => `+ ${line}`)]);
  const shown = lines.slice(0, MOST_LINES).map((line) => `\n  ${line}`);
  const more = lines.length > MOST_LINES ? `\n  … ${lines.length - MOST_LINES} more lines` : '';
  const what = before === undefined ? `${SCHEMA_FILE} is not there` : `${SCHEMA_FILE} is not what the migrations make:`;
  throw new LockstepError({
    code: 'snapshot-stale',
    what: `${what}${shown.join('')}${more}`,
    where: { file: SCHEMA_FILE },
    next: `npm run migrate:snapshot   and commit ${SCHEMA_FILE}`,
    exitCode: 1,
  });
}

const notReplayed = (what: string, next: string): LockstepError =>
  new LockstepError({ code: 'not-replayed', what: `The migrations cannot be replayed: ${what}`, next, exitCode: 1 });
