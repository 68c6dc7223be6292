import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { onEachServer } from '../support/database.ts';
import { createProject, pair, up } from '../support/project.ts';

const PAGE = readFileSync(path.resolve(import.meta.dirname, '../../docs/monitoring.md'), 'utf8');
const [HISTORY = '', LAST_RUN = '', FAILED = '', RUNNING = ''] = [...PAGE.matchAll(/^```sql\n([\s\S]*?)^```$/gm)].map(([, sql]) => sql);

onEachServer('the queries of docs/monitoring.md', ({ freshDatabase }) => {
  test('show the columns that the page shows, the last run, what failed and what runs', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, pair('001_t', '-- Description: Makes t\nCREATE TABLE t ();', 'DROP TABLE t;'));
    await project.apply();
    const [row] = await database.query(HISTORY);
    const columns = /^ id \|.*$/m
      .exec(PAGE)?.[0]
      .split('|')
      .map((column) => column.trim());
    expect(Object.keys(row ?? {})).toEqual(columns);
    expect(row).toMatchObject({ id: 1, name: '001_t', batch: 1, description: 'Makes t', applied_by: database.user });
    expect(await database.query(LAST_RUN)).toMatchObject([{ direction: 'up', steps: ['001_t'], result: 'done' }]);
    await project.write({ [up('002_f')]: 'CREATE TABLE t ();' });
    await project.apply();
    expect(await database.query(LAST_RUN)).toMatchObject([{ result: 'failed' }]);
    expect(await database.query(FAILED)).toMatchObject([{ name: '002_f', direction: 'up', sqlstate: '42P07' }]);
    await project.write({ [up('002_f')]: `CREATE TABLE u AS ${RUNNING}` });
    await project.apply();
    expect(await database.query('SELECT application_name FROM u')).toEqual([{ application_name: 'lockstep up 1/1 002_f' }]);
    expect(await database.query(FAILED)).toEqual([]);
  });
});
