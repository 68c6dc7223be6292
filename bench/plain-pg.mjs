// What a careful team writes without any tool: each file as one query and its history row, in one transaction.
import { readdirSync, readFileSync } from 'node:fs';
import pg from 'pg';

const [, , job, folder] = process.argv;
const client = new pg.Client();
await client.connect();
await client.query('CREATE TABLE IF NOT EXISTS plain_history (id serial PRIMARY KEY, name text UNIQUE, at timestamptz DEFAULT now())');
const applied = new Set((await client.query('SELECT name FROM plain_history ORDER BY id')).rows.map(({ name }) => name));
const files = readdirSync(folder).filter((file) => file.endsWith('.sql'));

async function run(path, record, name) {
  await client.query('BEGIN');
  await client.query(readFileSync(path, 'utf8'));
  await client.query(record, [name]);
  await client.query('COMMIT');
}

if (job === 'apply')
  for (const file of files.sort())
    if (!applied.has(file)) await run(`${folder}/${file}`, 'INSERT INTO plain_history (name) VALUES ($1)', file);
if (job === 'status') for (const file of files.sort()) process.stdout.write(`${applied.has(file) ? 'applied' : 'pending'} ${file}\n`);
if (job === 'undo') {
  const last = [...applied].at(-1);
  await run(`${folder}/rollbacks/${last}`, 'DELETE FROM plain_history WHERE name = $1', last);
}
await client.end();
