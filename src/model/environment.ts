import type { Policy, PolicySettings } from './policy.ts';

export const ENVIRONMENTS = ['development', 'staging', 'production', 'test'] as const;
export type EnvironmentName = (typeof ENVIRONMENTS)[number];

/** `verify-full` checks certificate and host name, `require` only encrypts, `prefer` encrypts if the server offers it. */
export type TlsMode = 'disable' | 'prefer' | 'require' | 'verify-full';

/** Where a target is and how to get in. */
export interface ConnectionSettings {
  /** A host name, an address, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password?: string;
  readonly database: string;
  /** First in the search path when it was asked for by name; holds the history tables unless they have a schema of their own. */
  readonly schema: string;
  readonly schemaIsChosen: boolean;
  /** Knex's `schemaName` and `tableName`, where the history is not `schema_migrations` in `schema`. */
  readonly historySchema?: string;
  readonly historyTable?: string;
  readonly tls: TlsMode;
  /** PEM text or the path of the certificate authority's file. */
  readonly tlsCa?: string;
  /** The client's own certificate and its key, each as PEM text or a path. */
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  /** Start-up options as `PGOPTIONS` has them: `-c statement_timeout=5s`. */
  readonly options?: string;
  readonly embedded: boolean;
  /** How long a server that does not answer yet is waited for. Milliseconds. */
  readonly waitMs?: number;
}

export const historySchemaOf = ({ historySchema, schema }: Pick<ConnectionSettings, 'historySchema' | 'schema'>): string =>
  historySchema ?? schema;

/** A project: its folder and what its knexfile says about each environment. */
export interface Project {
  /** Absolute path. */
  readonly root: string;
  /** Where the history is kept, in Knex's words; without a schema of its own in that of the connection. */
  readonly history: { readonly tableName?: string; readonly schemaName?: string };
  readonly policies: Readonly<Record<EnvironmentName, Policy>>;
  /** What of them the knexfile says itself; the rest are defaults. */
  readonly said: Readonly<Record<EnvironmentName, PolicySettings>>;
}

const ALIASES: Readonly<Record<string, EnvironmentName>> = { dev: 'development', prod: 'production' };

/** Resolves `dev` and `prod`; undefined for a name that is none of the four. */
export function findEnvironmentName(name: string): EnvironmentName | undefined {
  return ALIASES[name] ?? ENVIRONMENTS.find((known) => known === name);
}
