import type { Phase } from './phase.ts';

/** What a connection says about the server and database behind it. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly schema: string;
  /** `18.4` */
  readonly serverVersion: string;
  readonly serverMajor: number;
  readonly isReadOnly: boolean;
  readonly isStandby: boolean;
}

/** What a target is called in events, plans and outcomes: its environment, or its database where nobody named one. */
export const targetName = (opened: { readonly chosen: string | undefined; readonly settings: Pick<Target, 'database'> }): string =>
  opened.chosen ?? opened.settings.database;

/** A session that holds the RunLock, as seen from another one. Names are missing where the viewer may not see them. */
export interface RunLockHolder {
  readonly pid: number;
  readonly application?: string;
  readonly host?: string;
  readonly since?: Date;
}

export interface Running {
  readonly holder: RunLockHolder;
  /** Name of the migration that runs, where the holder says so. */
  readonly name?: string;
  readonly direction?: 'up' | 'down';
  readonly part?: string;
  readonly state?: string;
  readonly waitsFor: readonly Blocker[];
  /** What its statement is doing, where that takes long and the server tells. */
  readonly phase?: Phase;
}

export interface Blocker {
  /** 0 for a prepared transaction, which has none. */
  readonly pid: number;
  /** Its name, for a prepared transaction (manual: sql-prepare-transaction). */
  readonly prepared?: string;
  readonly user?: string;
  readonly application?: string;
  readonly state?: string;
  readonly since?: Date;
  readonly query?: string;
}
