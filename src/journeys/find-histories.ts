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
  /** It has tables of its own, of whatever origin. */
  readonly hasTables: boolean;
  /** Why it could not be asked. */
  readonly failure?: string;
}

const ANY_TABLE = `SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' LIMIT 1`;

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
      const { rows: tables } = await client.query(ANY_TABLE);
      return { place, found: [...knex, ...(await findForeignHistories(client, schema))], hasTables: tables.length > 0 };
    });
  } catch (error) {
    return { place, found: [], hasTables: false, failure: String((error as Error).message).split('\n')[0] ?? '' };
  }
}
