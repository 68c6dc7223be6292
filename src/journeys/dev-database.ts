import { type DevServer, findDevServer, resetDevServer, stopDevServer } from '../dev-server/dev-server.ts';
import { connectionSettings } from '../environment/connection-settings.ts';
import { readVariables } from '../environment/read-environment.ts';
import { environmentNamed } from '../model/environment.ts';
import type { Journey } from '../model/journey.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import { connectTarget } from '../target/connect-target.ts';
import { openEnvironment } from '../target/open-environment.ts';

export interface DevDatabase {
  readonly url: string;
  readonly place: string;
  readonly wasRunning: boolean;
}

function urlOf({ port, user, password }: DevServer, { project, variables }: Journey): string {
  const development = environmentNamed(project, 'development');
  const request = connectionSettings({ DB_NAME: readVariables(project, development, variables)['DB_NAME'] }, development);
  return `postgresql://${user}:${password}@127.0.0.1:${port}/${encodeURIComponent(request.database)}`;
}

export async function startDatabase(journey: Journey): Promise<DevDatabase> {
  const { root } = journey.project;
  const before = await findDevServer(root);
  // Whatever else the knexfile or the variables name: this is about the embedded one.
  const project = { ...journey.project, connections: {} };
  const { settings } = await openEnvironment({
    ...journey,
    project,
    env: 'development',
    variables: { DB_NAME: journey.variables['DB_NAME'] },
  });
  // Its URL leads to a database that is there.
  if (settings.embedded) await (await connectTarget({ ...journey, settings, application: 'lockstep', createMissing: true })).end();
  const server = before ?? (await findDevServer(root));
  if (!server)
    throw new LockstepError({
      code: 'server-gone',
      what: 'The embedded server was started and is gone again',
      next: 'npm run db:start',
      exitCode: 1,
    });
  return { url: urlOf(server, journey), place: server.dataDir, wasRunning: before !== undefined };
}

export const stopDatabase = (journey: Journey): Promise<boolean> => stopDevServer(journey.project.root);

/** Deletes the embedded server's data. Refuses nothing: it is this project's development data only. */
export const resetDatabase = (journey: Journey): Promise<boolean> => resetDevServer(journey.project.root);
