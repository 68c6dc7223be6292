import { expect, onTestFinished, test } from 'vitest';
import { onServer } from '../support/database.ts';
import { historyOf, refusalOf, steady } from '../support/project.ts';
import { ALL_KINDS } from './all-kinds.ts';
import { createBackupProject, DROP, DUMPABLE, fakeDump, REAL } from './backup-project.ts';

onServer(DUMPABLE, 'a proof by restore', ({ freshDatabase }) => {
  test('restores the dump into a server of its own and compares schema and rows', async () => {
    const database = await freshDatabase();
    const project = await createBackupProject(database, { method: 'pg_dump', proof: 'restore' }, DROP);
    const { exitCode, screen } = await project.apply();
    expect(exitCode).toBe(0);
    expect(steady(screen)).toMatch(/Backed up [\d.]+ kB in DURATION, restored and compared: /);
    const proof = project.backups()[0]?.manifest.proof;
    expect(proof?.kind).toBe('restore');
    process.stderr.write(`proof by restore took ${proof?.durationMs} ms\n`);
  });

  test("is content with partitions, whose identity columns are their parent's on a newer server only", async () => {
    const database = await freshDatabase();
    const project = await createBackupProject(database, { method: 'pg_dump', proof: 'restore' }, DROP);
    await database.query(
      `CREATE TABLE p (id bigint GENERATED ALWAYS AS IDENTITY, d int) PARTITION BY LIST (d); CREATE TABLE p1 PARTITION OF p DEFAULT; INSERT INTO p (d) VALUES (1)`,
    );
    expect((await project.apply()).exitCode).toBe(0);
  });

  test('is content with objects of all kinds, which a newer server prints alike', async () => {
    const database = await freshDatabase();
    const role = `proof_${process.pid}`;
    const project = await createBackupProject(database, { method: 'pg_dump', proof: 'restore' }, DROP);
    await database.query(ALL_KINDS.replaceAll('someone', role));
    onTestFinished(async () => void (await database.query(`DROP OWNED BY ${role} CASCADE; DROP ROLE ${role}`)));
    expect((await project.apply()).exitCode).toBe(0);
  });

  test('sees a row that has other values, with which a count is content', async () => {
    const database = await freshDatabase();
    const root = (await createBackupProject(await freshDatabase(), { method: 'off' })).root;
    const other = `${REAL}/psql -qc "UPDATE orders SET total = 0 WHERE id = 7" >&2; for arg; do shift; case "$arg" in --snapshot=*) ;; *) set -- "$@" "$arg";; esac; done`;
    const pgDump = fakeDump(root, `${other}; exec ${REAL}/pg_dump "$@"`);
    const project = await createBackupProject(database, { method: 'pg_dump', proof: 'restore', pgDump }, DROP);
    expect(await refusalOf(project.apply())).toMatch(/^The backup is not good: restored, public\.orders has other rows/);
    expect(await historyOf(database)).toEqual(['001_shop']);
    expect(project.names()).toEqual([]);
  });

  test('sees that keys and indexes are missing, with which a count is content', async () => {
    const database = await freshDatabase();
    const root = (await createBackupProject(await freshDatabase(), { method: 'off' })).root;
    const pgDump = fakeDump(root, `exec ${REAL}/pg_dump --section=pre-data --section=data "$@"`);
    const project = await createBackupProject(database, { method: 'pg_dump', proof: 'restore', pgDump }, DROP);
    expect(await refusalOf(project.apply())).toMatch(/^The backup is not good: restored, its schema differs: - constraint /);
    expect(project.names()).toEqual([]);
  });
});

onServer('newest', 'a proof by restore of a copy', ({ freshDatabase }) => {
  test('compares its tables', async () => {
    const database = await freshDatabase();
    const project = await createBackupProject(database, { method: 'copy', proof: 'restore' }, DROP);
    await database.query(
      `CREATE TABLE parent (x int CONSTRAINT above CHECK (x > 0), y text); CREATE TABLE child (z int) INHERITS (parent); CREATE STATISTICS of_two ON x, y FROM parent; CREATE INDEX by_y ON parent (lower(y));
      ALTER TABLE parent CLUSTER ON by_y; ALTER TABLE parent ALTER x SET (n_distinct = 7); REVOKE DELETE ON parent FROM CURRENT_USER; INSERT INTO child VALUES (1, 'a', 2); CREATE PUBLICATION pub FOR TABLE parent; ALTER TABLE users DISABLE TRIGGER ALL`,
    );
    expect((await project.apply()).exitCode).toBe(0);
    expect(project.backups()[0]?.manifest).toMatchObject({ method: 'copy', proof: { kind: 'restore' } });
  });

  test('is refused beforehand for a command, which keeps the backup elsewhere', async () => {
    const database = await freshDatabase();
    const project = await createBackupProject(database, { method: 'copy', proof: 'restore', command: 'cat' }, DROP);
    expect(await refusalOf(project.apply())).toContain("backup.proof 'restore' needs the backup in a folder");
  });
});
