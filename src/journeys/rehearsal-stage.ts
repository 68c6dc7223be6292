/** A scratch server as the stage of a rehearsal: databases that are made, migrated by the executor, and thrown away. */
import type { Client } from 'pg';
import { chosenEnvironment, readVariables } from '../environment/read-environment.ts';
import { type ConnectionSettings, environmentNamed, type Project } from '../model/environment.ts';
import type { Event } from '../model/event.ts';
import { given } from '../model/given.ts';
import type { Journey } from '../model/journey.ts';
import { isLockstepError } from '../model/lockstep-error.ts';
import type { Direction } from '../model/migration.ts';
import type { Failure } from '../model/outcome.ts';
import { DEFAULT_POLICIES } from '../model/policy.ts';
import type { StatementTrace } from '../model/statement-trace.ts';
import { connect, withConnection } from '../pg/connect.ts';
import { listRoles } from '../pg/roles.ts';
import { identifier } from '../pg/sql-text.ts';
import { type Generated, generateRows, ROWS_PER_TABLE } from '../rehearse/generate-rows.ts';
import type { Picture } from '../rehearse/judge.ts';
import { listTables, readTablesWithFew } from '../rehearse/read-tables.ts';
import { takeDataPicture } from '../rehearse/row-pictures.ts';
import { withoutValues } from '../rehearse/without-values.ts';
import { isAbout, takeSnapshotAgain } from '../snapshot/take-snapshot.ts';
import { type Baseline, markApplied } from './baseline.ts';
import { carryOut } from './carry-out.ts';
import type { ScratchPlace } from './scratch-place.ts';

/** How a run on the stage went. */
export interface Ran {
  readonly ms: number;
  readonly failure?: Failure;
}

interface Wish {
  /** The version to stop at; of a rollback the one that stays. */
  readonly to?: string;
  /** Only these, by name. */
  readonly only?: readonly string[];
  readonly withRepeatables?: boolean;
  readonly trace?: StatementTrace;
  /** Takes what the server says. */
  readonly hear?: (notice: string) => void;
}

/** One scratch database, and the project as it is migrated there: nothing is asked, backed up or refused for the sake of production. */
export class Stage {
  private readonly journey: Journey;
  private readonly place: ScratchPlace;
  private number = 0;
  /** Those of the server as it was found. */
  private roles: readonly string[] | undefined;
  /** A database as it was at some version: the stage is built faster from it than from nothing. */
  private kept: string | undefined;
  /** A database with a copy of real rows, from which everything begins. */
  private base: string | undefined;
  private client: Client | undefined;
  private isNew = false;
  private readonly left: { readonly name: string; readonly below: string | undefined }[] = [];

  /** What the project's variables say: the first of the search path. */
  private readonly schema: string | undefined;

  constructor(place: ScratchPlace, journey: Journey) {
    this.schema = readVariables(journey.project, chosenEnvironment(journey), journey.variables)['DB_SCHEMA'];
    this.place = place;
    this.journey = {
      project: permissive(journey.project, journey.env),
      env: 'test',
      variables: {},
      emit: () => {},
      interruption: journey.interruption,
    };
  }

  /** Begins anew in an empty database. */
  async begin(): Promise<void> {
    await this.leave();
    if (this.kept) await this.drop(this.kept);
    this.kept = this.base;
    if (!this.base) await this.dropRoles();
    this.isNew = true;
    await this.enter(this.base ?? 'template0');
  }

  /** Begins anew with what was kept last, or with nothing. */
  async restore(): Promise<void> {
    await this.leave();
    this.isNew = !this.kept;
    await this.enter(this.kept ?? 'template0');
  }

  /** What is there now, a copy of real rows, is where everything begins from now on. */
  async keepAsBase(): Promise<void> {
    await this.keep();
    this.base = this.kept;
  }

  get holdsRealRows(): boolean {
    return this.base !== undefined;
  }

  /** Keeps the stage as it is now, and goes on in a copy of it. */
  async keep(): Promise<void> {
    const older = this.kept;
    this.kept = this.at.database;
    await this.leave();
    if (older) await this.drop(older);
    await this.enter(this.kept);
  }

  async end(): Promise<void> {
    await this.leave();
    if (this.kept) await this.drop(this.kept);
    const { base } = this;
    this.base = undefined;
    if (base) await this.drop(base);
  }

  /** Roles belong to the server: what migrations made would be in their own way. On a server of others they are none of our business. */
  private async dropRoles(): Promise<void> {
    if (!this.place.isOwn) return;
    await withConnection(this.place.settings, async (client) => {
      const roles = await listRoles(client);
      this.roles ??= roles;
      for (const name of roles) if (!this.roles.includes(name)) await client.query(`DROP ROLE ${identifier(name)}`).catch(() => {});
    });
  }

  private async enter(template: string): Promise<void> {
    this.number += 1;
    // The files of many rows are copied faster than they are logged; 14 knows no other way.
    const strategy = this.holdsRealRows && this.place.major >= 15 ? ' STRATEGY file_copy' : '';
    const sql = `CREATE DATABASE ${identifier(this.at.database)} TEMPLATE ${identifier(template)}${strategy}`;
    await withConnection(this.place.settings, (client) => client.query(sql));
    this.client = await connect(this.at, 'lockstep rehearsal');
  }

  /** Closes the session; its database goes with it, unless it is kept. */
  private async leave(): Promise<void> {
    if (!this.client) return;
    await this.client.end().catch(() => {});
    this.client = undefined;
    if (this.at.database !== this.kept) await this.drop(this.at.database);
  }

  private async drop(database: string): Promise<void> {
    if (database === this.base) return;
    const sql = `DROP DATABASE IF EXISTS ${identifier(database)} WITH (FORCE)`;
    await withConnection(this.place.settings, (client) => client.query(sql));
  }

  get session(): Client {
    if (!this.client) throw new Error('the stage is not set');
    return this.client;
  }

  /** Never throws for what a file or the server says. */
  async run(direction: Direction, { to, only, withRepeatables = false, trace, hear }: Wish = {}): Promise<Ran> {
    const startedAt = performance.now();
    let failure: Failure | undefined;
    const emit = (event: Event): void => {
      if (event.type === 'step-failed') failure = event.failure;
      if (event.type === 'notice') hear?.(event.text);
    };
    try {
      if (direction === 'up') await this.passLeft();
      await carryOut(
        {
          ...this.journey,
          variables: this.variables,
          emit,
          // Nobody reads the journal of a stage, and each answer of Git takes its time.
          provenance: {},
          repeatables: withRepeatables ? 'always' : 'never',
          ...given({ to, only, trace }),
        },
        direction,
      );
    } catch (error) {
      if (!isLockstepError(error)) throw error;
      failure = error;
    }
    const shown = failure && this.holdsRealRows ? withoutValues(failure) : failure;
    return { ms: performance.now() - startedAt, ...(shown && { failure: shown }) };
  }

  /** Records a migration that cannot run here, so that those above it can, now and whenever the stage is built anew. */
  async leaveOut(name: string, below: string | undefined): Promise<void> {
    await this.mark(name);
    this.left.push({ name, below });
    await this.keep();
  }

  /** In a database that is new, what was left out is left out again. */
  private async passLeft(): Promise<void> {
    if (!this.isNew) return;
    this.isNew = false;
    for (const { name, below } of this.left) {
      if (below !== undefined) await this.run('up', { to: below });
      await this.mark(name);
    }
  }

  /** Records it as applied. */
  async mark(to: string): Promise<void> {
    const wish: Baseline = { ...this.journey, variables: this.variables, to };
    await markApplied(wish);
  }

  /** Fills tables that have few rows; beside real ones none are made. */
  async fill(): Promise<Generated> {
    if (this.holdsRealRows) return { rows: 0, empty: [] };
    await this.session.query('BEGIN');
    const generated = await generateRows(
      this.session,
      await readTablesWithFew(this.session, await listTables(this.session, isOurs), ROWS_PER_TABLE),
    );
    await this.session.query('COMMIT');
    return generated;
  }

  /** @param known an earlier one, since which only rows have changed */
  async picture(known?: Picture): Promise<Picture> {
    const schema = known?.schema ?? (await takeSnapshotAgain(this.session)).filter((line) => !isAbout(line, isOurs));
    const data = await takeDataPicture(this.session, await listTables(this.session, isOurs), isOurs);
    return { schema, data: { ...data, isReal: this.holdsRealRows } };
  }

  /** For whoever brings rows here. */
  get scratch(): { readonly settings: ConnectionSettings; readonly prefix: string } {
    return { settings: this.at, prefix: this.place.prefix };
  }

  /** Leads others to the stage's database. */
  get at(): ConnectionSettings {
    return { ...this.place.settings, database: `${this.place.prefix}${this.number}` };
  }

  private get variables(): Record<string, string> {
    return { ...this.place.variables, ...given({ DB_SCHEMA: this.schema }), DB_NAME: this.at.database };
  }
}

/** Tables, sequences and functions of the history, on the stage. */
export const isOurs = (name: string): boolean => /^[^.]+\.schema_migrations/.test(name);

/** What stands in the way of production stands in nobody's way here; what a file must look like stays as it is. */
function permissive(project: Project, env = 'development'): Project {
  const { emptyScripts } = environmentNamed(project, env).policy;
  const policy = { ...DEFAULT_POLICIES.test, emptyScripts, rollbacks: 'optional' as const, snapshot: 'off' as const };
  return { root: project.root, history: {}, environments: [{ name: 'test', basedOn: 'test', policy, said: {} }], connections: {} };
}
