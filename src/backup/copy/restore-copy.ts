import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { Client } from 'pg';
import { type CopyStreamQuery, from as copyFrom } from 'pg-copy-streams';
import type { BackedUpTable } from '../../model/backup.ts';
import { readCopy } from './read-copy.ts';
import type { Item } from './statement.ts';

export interface CopyRestored {
  readonly tables: readonly BackedUpTable[];
  /** Tables that were there already: not one row of theirs was touched. */
  readonly present: readonly string[];
  /** Indexes, triggers, grants and the like that could not be made, and why. */
  readonly notes: readonly string[];
}

export interface RestoreWish {
  /** One table only, quoted: `"public"."users"`. */
  readonly only?: string;
  /** Leaves owners and grants alone, where the roles are not there. */
  readonly withoutGrants?: boolean;
}

/** Without these there is no table; the rest may fail by itself. */
const ESSENTIAL: readonly Item['kind'][] = [
  'schema',
  'extension',
  'collation',
  'type',
  'sequence',
  'table',
  'attach',
  'rows',
  'sequence value',
];

/** Makes the tables of a copy that are not there, with their rows, in one transaction. What is there stays as it is. */
export async function restoreCopy(client: Client, source: Readable, wish: RestoreWish = {}): Promise<CopyRestored> {
  await client.query(
    'BEGIN; SET LOCAL search_path = pg_catalog; SET LOCAL check_function_bodies = off; SET LOCAL DateStyle = ISO; SET LOCAL IntervalStyle = postgres; SET LOCAL array_nulls = on; SET LOCAL xmloption = content; SET LOCAL statement_timeout = 0;',
  );
  try {
    const restoring = new Restoring(client, wish);
    await readCopy(source, restoring);
    await client.query('COMMIT');
    return { tables: restoring.tables, present: [...restoring.present].map(readable), notes: restoring.notes };
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  }
}

const readable = (name: string): string => name.replaceAll(/"([a-z_][a-z0-9_]*)"/g, '$1');

class Restoring {
  readonly tables: BackedUpTable[] = [];
  readonly present = new Set<string>();
  readonly notes: string[] = [];
  private readonly created = new Set<string>();
  private readonly client: Client;
  private readonly wish: RestoreWish;
  private rows: CopyStreamQuery | undefined;

  constructor(client: Client, wish: RestoreWish) {
    this.client = client;
    this.wish = wish;
  }

  readonly onItem = async (item: Item): Promise<void> => {
    if (!this.isWanted(item)) return;
    if (item.kind === 'rows') {
      this.rows = this.client.query(copyFrom(item.sql.replace(/;$/, '')));
      this.rows.on('error', () => {});
      return;
    }
    if (item.exists !== undefined && (await this.isThere(item.exists))) {
      if (item.kind === 'table') this.present.add(item.name);
      return;
    }
    if (item.kind === 'table' || item.kind === 'type') this.created.add(item.name);
    await this.run(item);
  };

  readonly onRows = async (piece: Buffer): Promise<void> => {
    const { rows } = this;
    if (!rows || rows.write(piece)) return;
    // A server that has refused a row takes no more: then this throws what it said.
    await (rows.destroyed ? finished(rows) : once(rows, 'drain'));
  };

  readonly onTable = async (table: BackedUpTable): Promise<void> => {
    const { rows } = this;
    this.rows = undefined;
    if (!rows) return;
    rows.end();
    await finished(rows);
    this.tables.push(table);
  };

  private isWanted({ kind, tables, name }: Item): boolean {
    if (kind === 'grant' && this.wish.withoutGrants) return false;
    if (tables.length === 0) return true;
    if (kind === 'table') return this.wish.only === undefined || name === this.wish.only;
    // What joins a table that we made to one that was there is missing as well: a foreign key goes with the table it points to.
    return tables.some((one) => this.created.has(one));
  }

  private async isThere(condition: string): Promise<boolean> {
    const { rows } = await this.client.query<{ found: boolean }>(`SELECT (${condition}) AS found`);
    return rows[0]?.found ?? false;
  }

  private async run({ kind, name, sql }: Item): Promise<void> {
    if (ESSENTIAL.includes(kind)) return void (await this.client.query(sql));
    await this.client.query('SAVEPOINT item');
    try {
      await this.client.query(sql);
      await this.client.query('RELEASE item');
    } catch (error) {
      await this.client.query('ROLLBACK TO item');
      this.notes.push(`${kind} ${readable(name)}: ${(error as Error).message}`);
    }
  }
}
