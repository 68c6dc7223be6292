import { expect, test } from 'vitest';
import { statusMetrics } from '../../src/report/prometheus.ts';
import { onServer } from '../support/database.ts';
import { createProject, pair } from '../support/project.ts';

onServer('newest', 'the status in numbers', ({ freshDatabase }) => {
  test('counts what is applied and pending, in the form of Prometheus', async () => {
    const project = await createProject(await freshDatabase(), pair('001_a', 'CREATE TABLE a ();', 'DROP TABLE a;'));
    await project.apply();
    await project.write(pair('002_b', 'CREATE TABLE b ();', 'DROP TABLE b;'));
    const text = statusMetrics(await project.status());
    const values = Object.fromEntries(
      [...text.matchAll(/^lockstep_(\w+)\{target="[^"]+",environment="test"\} (\S+)$/gm)].map(([, name, value]) => [name, Number(value)]),
    );
    expect(values).toMatchObject({ in_order: 0, migrations_applied: 1, migrations_pending: 1, migrations_unfinished: 0, run_running: 0 });
    expect(Date.now() / 1000 - (values['last_applied_timestamp_seconds'] ?? 0)).toBeLessThan(600);
    expect(text.split('\n').filter((line) => line.startsWith('# TYPE')).length).toBe(Object.keys(values).length);
  });
});
