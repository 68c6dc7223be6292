// Stock Knex as its documentation has it, waiting for "go": a plain knexfile, its own history table, modules that call knex.raw.
import path from 'node:path';
import knexFactory from 'knex';

const COMMANDS = {
  up: async (migrate) => (await migrate.latest())[1],
  down: async (migrate) => (await migrate.rollback())[1],
  'down-to-001': async (migrate) => {
    const names = [];
    while ((await migrate.list())[0].length > 1) names.push(...(await migrate.rollback())[1]);
    return names;
  },
};

async function run({ command, to, root, variables: { DB_HOST, DB_PORT, DB_USER, DB_PASSWORD, DB_NAME } }) {
  const knex = knexFactory({
    client: 'pg',
    connection: { host: DB_HOST, port: Number(DB_PORT), user: DB_USER, password: DB_PASSWORD, database: DB_NAME },
    pool: { min: 0, max: 1 },
    migrations: { directory: path.join(root, 'knex'), loadExtensions: ['.cjs', '.mjs'] },
    log: { warn: () => {}, error: () => {}, deprecate: () => {}, debug: () => {} },
  });
  try {
    // A version to stop at builds the base: one batch each, so that a rollback undoes what came after it.
    for (const _ of to ? Array.from({ length: Number(to) }) : []) await knex.migrate.up();
    const names = to ? [] : await COMMANDS[command](knex.migrate);
    process.stdout.write(names.map((name) => `${name} rolled back or applied\n`).join(''));
    return 0;
  } finally {
    await knex.destroy();
  }
}

process.on('message', (order) => {
  run(order).then(
    (exitCode) => process.send({ exitCode }),
    (error) => {
      process.stdout.write(`${error.stack}\n`);
      process.send({ exitCode: 1 });
    },
  );
});
process.on('disconnect', () => process.exit());
process.send('ready');
