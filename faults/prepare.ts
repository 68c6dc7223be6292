import { randomBytes } from 'node:crypto';
import { type Prepared, pictureOf } from './oracle.ts';
import type { Picture } from './picture.ts';
import { orderFor } from './point.ts';
import type { FaultProject } from './projects.ts';
import type { Order, Pool } from './runner.ts';
import type { FaultServer } from './server.ts';
import { WireProxy } from './wire-proxy.ts';
import { layOut, layOutCheckout } from './workshop.ts';

export interface Wish {
  readonly project: FaultProject;
  readonly program: Order['program'];
  readonly server: FaultServer;
  readonly folder: string;
}

/** Lays the base of a project, and runs it undisturbed once: so many messages, and this is how it must end. */
export async function prepare(wish: Wish, runners: Pool): Promise<Prepared> {
  const { project, program, server, folder } = wish;
  const root = program === 'npm' ? layOutCheckout(folder, project) : layOut(folder, project);
  const key = randomBytes(5).toString('hex');
  const [template, database] = [`base_${key}`, `plain_${key}`];
  const historyTable = program === 'plain' ? 'knex_migrations' : 'schema_migrations';
  const parts = { project, program, server, root, template, historyTable };
  await server.copyDatabase(template, 'template0');
  if (project.base !== undefined)
    await run(runners, { ...orderFor(parts, template), command: 'up', to: project.base, program: program === 'stock' ? 'ours' : program });
  await server.copyDatabase(database, template);
  const proxy = new WireProxy(server);
  const port = await proxy.listen();
  await run(runners, orderFor(parts, database, port));
  await proxy.close();
  const expected: Picture = await pictureOf(parts, database);
  await server.dropDatabase(database);
  return { ...parts, sent: [...proxy.sent], expected };
}

async function run(runners: Pool, order: Order): Promise<void> {
  const runner = runners.take();
  const { exitCode, said } = await runner.run(order);
  runners.giveBack(runner);
  if (exitCode !== 0) throw new Error(`an undisturbed run ended with ${exitCode}:\n${said}`);
}
