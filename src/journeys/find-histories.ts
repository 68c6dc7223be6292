import { connectionSettings } from '../environment/connection-settings.ts';
import { namesServer, readConnection } from '../environment/read-environment.ts';
import { parseKnexTable, readKnexTable } from '../history/knex-table.ts';
import { type FoundHistory, findForeignHistories } from '../import/histories.ts';
import type { Project } from '../model/environment.ts';
import type { Journey } from '../model/journey.ts';
import { withConnection } from '../pg/connect.ts';

/** What the database that is configured for development knows of other tools. */
export interface Histories {
  /** `shop on 127.0.0.1:5432` */
  readonly place: string;
  readonly found: readonly Pick<FoundHistory, 'table' | 'tools' | 'keys' | 'upTo'>[];
  /** Why it could not be asked. */
  readonly failure?: string;
}

/** Looks only, and only where a server is named: nothing is started. */
export async function findHistories(project: Project, processVariables: Journey['variables']): Promise<Histories | undefined> {
  const variables = await readConnection(project, undefined, processVariables);
  if (!namesServer(variables)) return undefined;
  const settings = connectionSettings(variables, undefined);
  if (settings.embedded) return undefined;
  const { host, port, database, schema } = settings;
  const place = `${database} on ${host}:${port}`;
  try {
    return await withConnection(settings, async (client) => {
      const table = project.stock?.tableName ?? 'knex_migrations';
      const rows = await readKnexTable(client, parseKnexTable(table, schema));
      const knex = rows ? [{ table, tools: ['knex'], keys: rows.map(({ name }) => name) }] : [];
      return { place, found: [...knex, ...(await findForeignHistories(client, schema))] };
    });
  } catch (error) {
    return { place, found: [], failure: String((error as Error).message).split('\n')[0] ?? '' };
  }
}
