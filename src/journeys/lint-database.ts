import { findDevServer } from '../dev-server/dev-server.ts';
import { chosenEnvironment, namesServer, readConnection } from '../environment/read-environment.ts';
import { hasChecksum } from '../files/migration-text.ts';
import { readMigrations } from '../files/read-migrations.ts';
import { readCatalogSchema } from '../lint/schema/catalog.ts';
import type { Schema } from '../lint/schema/schema.ts';
import { environmentNamed, hasOwnRows } from '../model/environment.ts';
import type { HistoryRow } from '../model/history.ts';
import type { Journey } from '../model/journey.ts';
import { isLockstepError } from '../model/lockstep-error.ts';
import type { Policy } from '../model/policy.ts';
import type { OpenTarget } from '../target/open-target.ts';
import { withReader } from '../target/with-reader.ts';

export interface LintQuestion extends Journey {
  /** Versions, names or files. */
  readonly only?: readonly string[];
  /** Every file, whether or not it is applied. */
  readonly all?: boolean;
}

/** What a database tells lint. */
export interface Known {
  /** `staging, PostgreSQL 17.2` */
  readonly source: string;
  readonly schema: Schema;
  readonly applied: ReadonlySet<string>;
  readonly major: number;
  readonly policy: Policy;
}

/** Of the environment that was named; without a database what production allows. */
export const policyOf = (journey: LintQuestion): Policy =>
  (chosenEnvironment(journey) ?? environmentNamed(journey.project, 'production')).policy;

/** The database that was named, or development's where it is up: nothing is started for a look. Undefined where none is to be asked, or the files are older than what is applied. */
export async function findKnown(journey: LintQuestion): Promise<Known | undefined> {
  const isNamed = chosenEnvironment(journey) !== undefined;
  if (!isNamed && (journey.all || !(await isUp(journey)))) return undefined;
  try {
    const known = await withReader({ ...journey, emit: isNamed ? journey.emit : () => {} }, (target) => knownOf(journey, target));
    // A change of what is applied already is judged by the files before it.
    return journey.all || (journey.only ?? []).some((word) => isApplied(known, word)) ? undefined : known;
  } catch (error) {
    if (isNamed || !isLockstepError(error)) throw error;
    return undefined;
  }
}

const isApplied = ({ applied }: Known, word: string): boolean =>
  [...applied].some((name) => name === word || word.includes(name) || sameVersion(name, word));

const sameVersion = (name: string, word: string): boolean => /^\d+$/.test(word) && Number.parseInt(name, 10) === Number(word);

/** Whether development has a server that answers, or one is named. */
export async function isUp({ project, variables }: Pick<Journey, 'project' | 'variables'>): Promise<boolean> {
  return namesServer(await readConnection(project, undefined, variables)) || (await findDevServer(project.root)) !== undefined;
}

/** A repeatable file that was edited since is to run again. */
async function appliedAsTheyRead(root: string, rows: readonly HistoryRow[]): Promise<readonly string[]> {
  const files = (await readMigrations(root)).repeatables;
  return rows.flatMap(({ name, checksum }) => {
    const file = files.find((one) => one.name === name);
    return file && checksum !== undefined && hasChecksum(root, file, checksum) ? [name] : [];
  });
}

async function knownOf({ project }: LintQuestion, target: OpenTarget): Promise<Known> {
  const { environment, applied, repeatables } = target;
  const { serverVersion, serverMajor } = target.target;
  return {
    source: `${environment}, PostgreSQL ${serverVersion}`,
    schema: await readCatalogSchema(target.history.client, hasOwnRows(project, environment)),
    applied: new Set([...applied.map(({ name }) => name), ...(await appliedAsTheyRead(project.root, repeatables))]),
    major: serverMajor,
    policy: target.policy,
  };
}
