import path from 'node:path';
import { startDevServer } from '../dev-server/dev-server.ts';
import { connectionSettings } from '../environment/connection-settings.ts';
import { chosenEnvironment, readConnection } from '../environment/read-environment.ts';
import type { ConnectionSettings, Environment } from '../model/environment.ts';
import type { Emit } from '../model/event.ts';
import type { Journey } from '../model/journey.ts';
import { isLockstepError } from '../model/lockstep-error.ts';
import { targetName } from '../model/target.ts';

export interface OpenEnvironment {
  /** Undefined when nobody named one: the database then remembers it. */
  readonly chosen: string | undefined;
  readonly settings: ConnectionSettings;
}

type Asked = Pick<Journey, 'project' | 'env' | 'variables'>;

const settingsOf = async ({ project, variables }: Asked, environment: Environment | undefined) =>
  connectionSettings(await readConnection(project, environment, variables), environment);

/** The name that the target of a command would have, before anything is opened; undefined where its settings are broken. */
export async function findTargetName(journey: Asked): Promise<string | undefined> {
  try {
    const environment = chosenEnvironment(journey);
    const chosen = environment?.name;
    return chosen ?? targetName({ chosen, settings: await settingsOf(journey, environment) });
  } catch (error) {
    if (isLockstepError(error)) return undefined;
    throw error;
  }
}

/** Finds out where to connect, and starts the embedded server where development has nothing else. */
export async function openEnvironment(journey: Asked & Pick<Journey, 'emit' | 'waitMs'>): Promise<OpenEnvironment> {
  const { project, emit, waitMs } = journey;
  const environment = chosenEnvironment(journey);
  const chosen = environment?.name;
  const settings = await settingsOf(journey, environment);
  const { schemaName, tableName } = project.history;
  const own = { ...(schemaName && { historySchema: schemaName }), ...(tableName && { historyTable: tableName }) };
  if (!settings.embedded)
    return { chosen, settings: { ...(settings as ConnectionSettings), ...own, ...(waitMs !== undefined && { waitMs }) } };
  return { chosen, settings: { ...(await embeddedSettings(project.root, settings, emit)), ...own } };
}

async function embeddedSettings(
  root: string,
  request: { readonly database: string; readonly schema: string; readonly schemaIsChosen: boolean },
  emit: Emit,
): Promise<ConnectionSettings> {
  const { host, port, user, password, dataDir, wasRunning } = await startDevServer(root);
  if (!wasRunning)
    emit({
      type: 'server-started',
      place: path.relative(root, dataDir).startsWith('..') ? dataDir : path.relative(root, dataDir),
      url: `${host}:${port}`,
    });
  const { database, schema, schemaIsChosen } = request;
  return { host, port, user, password, database, schema, schemaIsChosen, tls: 'disable', embedded: true };
}
