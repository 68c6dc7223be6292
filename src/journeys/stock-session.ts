import type { Knex } from 'knex';
import type { Client } from 'pg';
import { readProvenance } from '../files/read-provenance.ts';
import { ensureTables, judgeTables } from '../history/tables.ts';
import { findUnansweredRollback } from '../history/unanswered-rollback.ts';
import { endStockCommand, type StockCommand } from '../knex/stock-command.ts';
import { applyCommand, ROLLBACK_COMMAND } from '../model/command.ts';
import { historySchemaOf, type Project } from '../model/environment.ts';
import type { Emit } from '../model/event.ts';
import type { JournalDetails } from '../model/history.ts';
import { LockstepError, listed, refuseAll } from '../model/lockstep-error.ts';
import { type Direction, isRepeatable, type Migration } from '../model/migration.ts';
import { targetName } from '../model/target.ts';
import { schemaMissing } from '../pg/create-missing.ts';
import { releaseRunLock } from '../pg/run-lock.ts';
import { startHeartbeat } from '../pg/session.ts';
import { loadStep } from '../plan/load-step.ts';
import { makePlan } from '../plan/make-plan.ts';
import { endRun } from '../run/record-step.ts';
import { runPlan } from '../run/run-plan.ts';
import type { OpenEnvironment } from '../target/open-environment.ts';
import { lookFirst } from '../target/open-target.ts';
import { contextOf, type Entered, enterRun } from '../target/with-run.ts';
import { unansweredNote } from './carry-out.ts';
import { refuseProduction } from './seed.ts';

const ALLOW = 'MIGRATE_ALLOW_STOCK';

/**
 * Stock Knex hands over one migration at a time, so no gate sees its plan.
 * @returns what the journal is to keep
 * @throws LockstepError (exit 3) where the policy wants gates, unless the database's name is given for consent
 */
function verifyStockAllowed({ variables, command }: Stock, { environment, policy, target }: Entered): JournalDetails {
  const by = command?.name || 'knex in code';
  if (policy.allowStock) return { stock: by };
  if (variables[ALLOW] === target.database) return { stock: by, allowed: `${ALLOW}=${target.database}` };
  const isUndoing = command?.name === 'migrate:rollback' || command?.name === 'migrate:down';
  throw new LockstepError({
    code: 'stock-refused',
    what: `${environment} asks for gates that stock Knex (${by}) cannot pass: it hands over one migration at a time`,
    next: `${isUndoing ? ROLLBACK_COMMAND : applyCommand(environment)}\nor, without any gate: ${ALLOW}=${target.database} and the same command again`,
    exitCode: 3,
  });
}

export interface Stock {
  readonly project: Project;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly command: StockCommand | undefined;
  readonly emit: Emit;
}

type StockEntered = Entered & { readonly gateResults: JournalDetails };

// The stock CLI ends a run by ending the process.
const NEVER = new AbortController().signal;

/** One environment of the knexfile in one process: what its connections have been found to be. */
export class StockSession {
  readonly env: string | undefined;
  private readonly stock: Stock;
  private readonly entered = new WeakMap<Client, StockEntered & { readonly stopHeartbeat: () => void }>();
  private opened: OpenEnvironment | undefined;

  constructor(stock: Stock, env: string | undefined) {
    this.stock = stock;
    this.env = env;
  }

  open(opened: OpenEnvironment): void {
    this.opened = opened;
  }

  /** Called for each new connection. Under a mutating command of the CLI the connection becomes the RunLock, and the plan is checked. */
  async prepare(client: Client): Promise<void> {
    const { command } = this.stock;
    if (!command) return;
    if (!command.isMutating) return this.prepareToRead(client, command);
    const entered = await this.enter(client);
    if (command.name === 'seed:run') refuseProduction(entered);
    if (command.undoesLast) await this.answerUnanswered(entered);
    if (command.isApplying) await this.planApply(entered);
  }

  /** Knex runs each migration once: what is edited in place is none of its business. */
  private async planApply(known: StockEntered): Promise<void> {
    const { plan, refusals } = await makePlan('up', { root: this.stock.project.root, known });
    refuseAll(refusals);
    const waiting = plan.steps.filter(({ migration }) => isRepeatable(migration)).map(({ migration }) => migration.name);
    if (waiting.length === 0) return;
    const text = `stock Knex does not run repeatable files: ${listed(waiting)}`;
    this.stock.emit({ type: 'note', text, next: applyCommand(known.environment) });
  }

  private async prepareToRead(client: Client, { name }: StockCommand): Promise<void> {
    const { settings } = this.settings();
    const { found, history, rows } = await lookFirst(client, settings);
    if (!found.hasSchema) throw schemaMissing(settings);
    // Knex creates missing tables itself, in a race with others; ours are made under a lock.
    if (name !== '' && !judgeTables(history, rows).isComplete) await ensureTables(history, rows);
  }

  /** Whoever repeats a rollback that was cut off after its work was done gets its answer, and not one migration less. */
  private async answerUnanswered({ history, applied, environment }: StockEntered): Promise<void> {
    const { emit, command } = this.stock;
    const unanswered = await findUnansweredRollback(history, applied);
    // A batch of several, as stock Knex made them, is rolled back one by one: what is left of it is still to be undone.
    if (!unanswered || applied.some(({ batch }) => batch === unanswered.batch)) return;
    await history.client.query(endRun(history, unanswered.run, 'done'));
    emit(unansweredNote(unanswered.name, environment, `npx knex ${command?.name}`));
    await history.client.end();
    endStockCommand();
  }

  /** Runs one migration as a run of its own, on the connection that Knex hands out. @throws LockstepError when it fails */
  async execute(knex: Knex, migration: Migration, direction: Direction): Promise<void> {
    const { project, emit } = this.stock;
    const client = (await knex.client.acquireConnection()) as Client;
    try {
      const entered = this.entered.get(client) ?? (await this.enter(client));
      const { policy, gateResults } = entered;
      const context = contextOf({ project, emit, variables: this.stock.variables, interruption: NEVER }, entered);
      const step = await loadStep({ root: project.root, emptyScripts: policy.emptyScripts }, migration, direction);
      const { failed } = await runPlan(
        { ...context, gateResults, emit: this.tellUndone(direction) },
        { target: targetName(entered), direction, steps: [step] },
      );
      if (failed) throw new LockstepError({ ...failed.failure, exitCode: 1 });
    } finally {
      // Outside the CLI the connection goes back to an application's pool.
      if (!this.stock.command) await this.leave(client).catch(() => {});
      await knex.client.releaseConnection(client);
    }
  }

  /** A rollback is told as soon as it is done: Knex still has its own bookkeeping to do before it answers. */
  private tellUndone(direction: Direction): Emit {
    const { emit, command } = this.stock;
    return (event) => (command && direction === 'down' && event.type === 'step-done' ? emit(event) : undefined);
  }

  private async enter(client: Client): Promise<StockEntered> {
    const { project, emit } = this.stock;
    const { settings, chosen } = this.settings();
    const quiet: typeof emit = (event) => (event.type === 'connected' ? undefined : emit(event));
    const found = await enterRun({ project, emit: quiet, interruption: NEVER }, { settings, chosen }, client);
    const allowed = verifyStockAllowed(this.stock, found);
    const entered = { ...found, gateResults: { ...allowed, ...(await readProvenance(project.root, this.stock.variables)) } };
    const stopHeartbeat = startHeartbeat(client);
    client.once('end', stopHeartbeat);
    this.entered.set(client, { ...entered, stopHeartbeat });
    return entered;
  }

  private async leave(client: Client): Promise<void> {
    this.entered.get(client)?.stopHeartbeat();
    this.entered.delete(client);
    await client.query('RESET ALL');
    await releaseRunLock(client, historySchemaOf(this.settings().settings));
  }

  private settings(): OpenEnvironment {
    if (!this.opened) throw new Error('a connection exists that nobody asked settings for');
    return this.opened;
  }
}
