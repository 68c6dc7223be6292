import { expect, test } from 'vitest';
import { onServer } from '../support/database.ts';
import { createProject, historyOf } from '../support/project.ts';

onServer('newest', 'files imported from a tool whose table is called as ours', ({ freshDatabase }) => {
  test.each(['golang-migrate', 'dbmate', 'rails'])('apply to a database that only we have been to: %s', async (tool) => {
    const database = await freshDatabase();
    const imported = (n: number) => `-- Imported from: ${tool} ${n} (migrations/${n}_t.up.sql)\nCREATE TABLE t${n} (id int);\n`;
    const project = await createProject(database, { 'db/migrations/001_t.sql': imported(1) });
    expect((await project.apply()).exitCode).toBe(0);
    await project.write({ 'db/migrations/002_t.sql': imported(2) });
    expect((await project.status()).pending.map(({ name }) => name)).toEqual(['002_t']);
    expect((await project.apply()).exitCode).toBe(0);
    expect(await historyOf(database)).toEqual(['001_t', '002_t']);
  });
});
