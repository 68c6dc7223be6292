import { expect, test } from 'vitest';
import { onEachServer, onServer } from '../support/database.ts';

onEachServer('test databases', (server) => {
  const shared = server.sharedDatabase();

  test('are empty and apart', async () => {
    const [one, two] = [await server.freshDatabase(), await server.freshDatabase()];
    await one.query('create table things ()');
    expect(await two.query("select to_regclass('things') as things")).toEqual([{ things: null }]);
  });

  test('run on the server of their major', async () => {
    const client = await shared().connect();
    const { rows } = await client.query(
      "select current_setting('server_version_num')::int / 10000 as major, current_setting('fsync') as fsync",
    );
    expect(rows).toEqual([{ major: server.major, fsync: 'off' }]);
  });
});

onServer('newest', 'a test that needs one server', (server) => {
  test('gets the newest', async () => {
    expect((await server.freshDatabase()).major).toBe(server.major);
  });
});
