import type { Knex } from 'knex';
import type { Client } from 'pg';
import { LockstepError } from '../model/lockstep-error.ts';
import { HOST_KEY, type ScriptHost } from './sql-migration.ts';

/**
 * A Knex whose only connection is the one that holds the RunLock, for code migrations. While a transaction is open on it,
 * the plain instance refuses: what it did would neither see nor belong to the transaction.
 */
export async function bindKnex(connection: Client, host: ScriptHost): Promise<Knex> {
  const { default: knex } = await import('knex');
  const instance = knex({ client: 'pg', [HOST_KEY]: host, log: { warn() {}, error() {}, deprecate() {}, debug() {} } } as Knex.Config);
  const turns: (() => void)[] = [];
  let isTaken = false;
  Object.assign(instance.client, {
    // Knex leaves the driver out when no connection is configured, and its query compiler asks for the version.
    driver: {},
    version: '14',
    acquireConnection: async () => {
      // A transaction keeps the connection until its body ends, and the body waits for us; a plain query gives it back.
      if (isTaken && isInTransaction(connection)) throw secondConnection();
      if (isTaken) await new Promise<void>((resolve) => turns.push(resolve));
      isTaken = true;
      return connection;
    },
    releaseConnection: async () => {
      isTaken = false;
      turns.shift()?.();
    },
  });
  return instance;
}

/** Knex marks the connection of an open transaction. */
const isInTransaction = (connection: Client): boolean => '__knexTxId' in connection;

function secondConnection(): LockstepError {
  return new LockstepError({
    code: 'second-connection',
    what: 'The migration asked for a second connection while its transaction is open',
    next: 'use the trx that up(trx) or down(trx) was given for every query',
    exitCode: 1,
  });
}

/**
 * Runs a module in a transaction, and what records it in the same one. The module gets a savepoint of it, so that a commit or
 * rollback of its own touches only its own work.
 */
export async function inKnexTransaction(
  instance: Knex,
  body: (trx: Knex.Transaction) => Promise<unknown>,
  beforeCommit: () => Promise<void>,
): Promise<void> {
  await instance.transaction(async (outer) => {
    let running: Promise<unknown> = Promise.resolve();
    const savepoint = outer.transaction(
      (trx) => {
        running = Promise.resolve(body(trx));
        return running;
      },
      { doNotRejectOnRollback: false },
    );
    await savepoint;
    // Knex goes on as soon as the module commits its savepoint; the module may still be at work, and fail.
    await running;
    await beforeCommit();
  });
}

/** The driver's connection behind a transaction of a bound Knex. */
export async function rawConnection(knex: Knex): Promise<Client> {
  return (await knex.client.acquireConnection()) as Client;
}
