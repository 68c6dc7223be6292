import { LockstepError } from './lockstep-error.ts';
import type { Policy, PolicySettings } from './policy.ts';

/** What every project has; the knexfile may base others on them. */
export const ENVIRONMENTS = ['development', 'staging', 'production', 'test'] as const;
export type BaseEnvironment = (typeof ENVIRONMENTS)[number];

/** `production`, or what a knexfile bases on it: `eu-production`. */
export interface Environment {
  readonly name: string;
  /** Itself, for one of the four. Decides about TLS, `.env`, seeds and whatever else is meant for production. */
  readonly basedOn: BaseEnvironment;
  readonly policy: Policy;
  /** What the knexfile says itself; the rest are defaults. */
  readonly said: PolicySettings;
}

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

/** What a plain knexfile says about its migrations. */
export interface StockMigrations {
  /** Below the root. */
  readonly directory?: string;
  readonly tableName?: string;
}

/** A project: its folder and what its knexfile says about each environment. */
export interface Project {
  /** Absolute path. */
  readonly root: string;
  /** Where the history is kept, in Knex's words; without a schema of its own in that of the connection. */
  readonly history: { readonly tableName?: string; readonly schemaName?: string };
  readonly environments: readonly Environment[];
  /** By environment: what counts as its variables where nothing else says where to connect. Asked only then. */
  readonly connections: Readonly<Record<string, () => Promise<Readonly<Record<string, string>>>>>;
  readonly stock?: StockMigrations;
}

export const ALIASES: Readonly<Record<string, BaseEnvironment>> = { dev: 'development', prod: 'production' };

type Environments = Pick<Project, 'environments'>;

/** Resolves `dev` and `prod` too; undefined for a name that the project does not have. */
export const findEnvironment = ({ environments }: Environments, name: string | undefined): Environment | undefined =>
  environments.find((known) => known.name === name || known.name === ALIASES[name ?? '']);

/** @throws LockstepError for a name that the project does not have */
export function environmentNamed(project: Environments, name: string): Environment {
  const known = findEnvironment(project, name);
  if (known) return known;
  throw new LockstepError({
    code: 'unknown-environment',
    what: `There is no environment "${name}"; there are ${project.environments.map((one) => one.name).join(', ')} (and dev, prod for short)`,
    next: 'npm run migrate:status -- --env development',
  });
}

/** How many rows a development or test database has says nothing about the others. */
export function hasOwnRows(project: Environments, name: string): boolean {
  const { basedOn } = findEnvironment(project, name) ?? {};
  return basedOn !== 'development' && basedOn !== 'test';
}
