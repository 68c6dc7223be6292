import path from 'node:path';
import { startDevServer } from '../dev-server/dev-server.ts';
import { connectionSettings } from '../environment/connection-settings.ts';
import { chosenEnvironment, readVariables } from '../environment/read-environment.ts';
import type { ConnectionSettings, EnvironmentName } from '../model/environment.ts';
import type { Emit } from '../model/event.ts';
import type { Journey } from '../model/journey.ts';

export interface OpenEnvironment {
  /** Undefined when nobody named one: the database then remembers it. */
  readonly chosen: EnvironmentName | undefined;
  readonly settings: ConnectionSettings;
}

/** Finds out where to connect, and starts the embedded server where development has nothing else. */
export async function openEnvironment({
  project,
  env,
  variables,
  emit,
  waitMs,
}: Pick<Journey, 'project' | 'env' | 'variables' | 'emit' | 'waitMs'>): Promise<OpenEnvironment> {
  const chosen = chosenEnvironment(env, variables);
  const settings = connectionSettings(readVariables(project.root, chosen, variables), chosen);
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
