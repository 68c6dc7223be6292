// As its documentation has it: a storage of one's own, and migrations that hand the text of their file to pg.
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { Umzug } from 'umzug';

const client = new pg.Client();
await client.connect();
await client.query('CREATE TABLE IF NOT EXISTS umzug_history (name text PRIMARY KEY)');

async function run(file) {
  await client.query('BEGIN');
  await client.query(readFileSync(file, 'utf8'));
  await client.query('COMMIT');
}

const umzug = new Umzug({
  migrations: {
    glob: 'db/migrations/*.sql',
    resolve: ({ name, path }) => ({ name, up: () => run(path), down: () => run(path.replace('db/migrations', 'db/migrations/rollbacks')) }),
  },
  storage: {
    executed: async () => (await client.query('SELECT name FROM umzug_history ORDER BY name')).rows.map(({ name }) => name),
    logMigration: ({ name }) => client.query('INSERT INTO umzug_history VALUES ($1)', [name]),
    unlogMigration: ({ name }) => client.query('DELETE FROM umzug_history WHERE name = $1', [name]),
  },
  logger: undefined,
});

const [, , job] = process.argv;
if (job === 'apply' || job === 'nothing') await umzug.up();
if (job === 'status') for (const { name } of await umzug.pending()) process.stdout.write(`${name}\n`);
if (job === 'undo') await umzug.down();
await client.end();
