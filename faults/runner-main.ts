// A real runner process that has loaded everything and waits for "go": what the npm scripts and the stock CLI do, without the start.
import knexFactory, { type Knex } from 'knex';
import { listenForSignals } from '../src/cli/interruption.ts';
import { defineProject } from '../src/environment/define-project.ts';
import { apply } from '../src/journeys/apply.ts';
import { rollback } from '../src/journeys/rollback.ts';
import { status } from '../src/journeys/status.ts';
import { stockKnexfile } from '../src/journeys/stock.ts';
import { work } from '../src/journeys/work.ts';
import type { Journey } from '../src/model/journey.ts';
import { isLockstepError } from '../src/model/lockstep-error.ts';
import { databaseRefusal } from '../src/pg/failure.ts';
import { plainReporter } from '../src/report/plain.ts';
import { parseScript } from '../src/sql/script/parse-script.ts';
import type { Order } from './runner.ts';

const emit = plainReporter((text) => process.stdout.write(text)).report;
const NEVER = new AbortController().signal;
let interruption: AbortSignal | undefined;

const projectOf = ({ root, isBackground }: Order) =>
  defineProject({ root, ...(isBackground && { development: { backfills: 'background' as const } }) });

/** Applies up to a version when one is named, else everything. */
async function ours({ command, to, isBackground }: Order, journey: Journey): Promise<number> {
  if (command === 'up') {
    const exitCode = await apply({ ...journey, ...(to !== undefined && { to }) });
    return isBackground && to === undefined && exitCode === 0 ? work({ ...journey, isOnce: true }) : exitCode;
  }
  return rollback({ ...journey, ...(command === 'down-to-001' && { to: '001' }) });
}

async function stock(order: Order): Promise<number> {
  const { command, to, variables } = order;
  const words = command === 'up' ? ['migrate:latest'] : ['migrate:rollback'];
  process.argv = [process.execPath, '/knex/bin/cli.js', ...words, '--env', 'development'];
  Object.assign(process.env, variables);
  const config = stockKnexfile(projectOf(order), emit)['development'];
  const knex = knexFactory(config as Knex.Config);
  try {
    const [, names] =
      command !== 'up' ? await knex.migrate.rollback(undefined, false) : to === undefined ? await knex.migrate.latest() : [0, []];
    process.stdout.write(names.map((name: string) => `${name} rolled back or applied\n`).join(''));
    return 0;
  } finally {
    await knex.destroy();
  }
}

async function obey(order: Order): Promise<{ readonly exitCode: number; readonly status?: unknown }> {
  const { variables } = order;
  if (order.program === 'ours') interruption ??= listenForSignals();
  const journey = { project: projectOf(order), env: 'development', variables, emit, interruption: interruption ?? NEVER };
  try {
    if (order.command === 'status') return { exitCode: 0, status: await status({ ...journey, emit: () => undefined }) };
    return { exitCode: order.program === 'stock' ? await stock(order) : await ours(order, journey) };
  } catch (error) {
    return { exitCode: tell(error, order) };
  }
}

/** As the script wrapper does; the stock CLI has none. @returns the exit code */
function tell(thrown: unknown, { program }: Order): number {
  const error = program === 'ours' ? (databaseRefusal(thrown) ?? thrown) : thrown;
  process.stdout.write(`${isLockstepError(error) ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
  return isLockstepError(error) ? error.exitCode : 1;
}

process.on('message', (order: Order) => {
  void obey(order).then((answer) => process.send?.(answer));
});
process.on('disconnect', () => process.exit());
await parseScript({ path: 'warm-up.sql', text: 'SELECT 1;', checksum: '' });
process.send?.('ready');
