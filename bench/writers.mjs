// Writers at a steady rate, each with one connection and one update at a time; what is late queues. A process of its own, so that
// nothing but the server keeps them waiting. Every table has as many, and they take turns. Prints [due, milliseconds, number of the
// table] of each update when its standard input ends.
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

const [, , tableNames, ...numbers] = process.argv;
const tables = tableNames.split(',');
const [rows, writers, everyMs] = numbers.map(Number);
const waits = [];
let isOver = false;

async function write(client, table, offset) {
  for (let due = performance.now() + offset; !isOver; due += everyMs) {
    await sleep(Math.max(0, due - performance.now()));
    await client.query(`UPDATE ${tables[table]} SET balance = balance + 1 WHERE id = $1`, [1 + Math.floor(Math.random() * rows)]);
    waits.push([performance.timeOrigin + due, performance.now() - due, table]);
  }
}

const clients = Array.from({ length: writers * tables.length }, () => new pg.Client());
await Promise.all(clients.map((client) => client.connect()));
const all = Promise.all(clients.map((client, i) => write(client, i % tables.length, (i * everyMs) / clients.length)));
process.stdout.write('begun\n');
process.stdin.resume().on('end', async () => {
  isOver = true;
  await all;
  await Promise.all(clients.map((client) => client.end()));
  process.stdout.write(JSON.stringify(waits));
});
