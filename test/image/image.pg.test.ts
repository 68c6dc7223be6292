import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';
import { readBackup } from '../../src/backup/archive/store.ts';
import { DUMPABLE } from '../backup/backup-project.ts';
import { onServer } from '../support/database.ts';
import { KEEPING_KNEXFILE } from '../support/kept-backups.ts';
import { historyOf, pair, type Tree } from '../support/project.ts';
import { buildImage, CMD, type Container, NO_IMAGE, NO_MOUNTS, removeImage, runIn, USER } from './image.ts';

/** A number that no account has. */
const NOBODY = 54_321;
/** What a DO block takes cannot be read ahead, so that a copy holds all tables; a dump always does. */
const OPAQUE = 'DO $$ BEGIN UPDATE legacy SET id = id + 1; END $$;';
const FIRST = pair('002_more', OPAQUE, 'SELECT 1;');
const SECOND = pair('003_again', OPAQUE, 'SELECT 1;');

let app = '';
const backups = (): string => path.join(app, '.lockstep/backups');

beforeAll(async () => {
  if (NO_IMAGE === undefined) app = await buildImage(NO_MOUNTS === undefined ? {} : KEEPING_KNEXFILE);
});
afterEach(() => {
  if (app === '') return;
  for (const file of Object.keys({ ...FIRST, ...SECOND })) rmSync(path.join(app, file), { force: true });
  for (const name of readdirSync(backups())) rmSync(path.join(backups(), name), { recursive: true });
});
afterAll(() => {
  if (app !== '') removeImage(app);
});

/** Migrations of this release, by root as all the rest. */
function release(tree: Tree): void {
  for (const [file, text] of Object.entries(tree)) writeFileSync(path.join(app, file), text);
}

/** An empty folder that everybody may write to, beside the image. */
function openFolder(name: string): string {
  const folder = path.join(path.dirname(app), name);
  mkdirSync(folder);
  chmodSync(folder, 0o1777);
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

const readBackups = (folder: string) => namesIn(folder).map((name) => readBackup(path.join(folder, name))?.manifest);
const namesIn = (folder: string): readonly string[] => readdirSync(folder).toSorted();

const CASES = [
  { how: 'that belongs to root', skipped: NO_IMAGE, isReadOnly: false, refusal: 'EACCES' },
  { how: 'on a read-only file system', skipped: NO_MOUNTS, isReadOnly: true, refusal: 'EROFS' },
];

for (const major of new Set([DUMPABLE, 'newest'] as const))
  onServer(major, 'an image', ({ freshDatabase }) => {
    for (const { how, skipped, isReadOnly, refusal } of CASES)
      test.skipIf(skipped)(
        `${how} runs twice in production, each time with a backup that stays${skipped ? ` (${skipped})` : ''}`,
        async () => {
          const database = await freshDatabase();
          await database.query('CREATE TABLE legacy (id int); INSERT INTO legacy VALUES (1), (2), (3)');
          const [volume, tmp] = [openFolder('volume'), openFolder('tmp')];
          const variables = { DATABASE_URL: database.url, GIT_COMMIT: '0123abc', TMPDIR: tmp };
          const first: Container = { app, user: USER, variables, isReadOnly, ...(NO_MOUNTS === undefined && { volume }) };
          const second = { ...first, user: NOBODY, variables: { ...variables, GIT_COMMIT: '4567def' } };
          const kept = NO_MOUNTS === undefined ? volume : backups();

          expect((await runIn(second, ['node', '-e', "require('fs').writeFileSync('x', '')"])).said).toContain(refusal);
          for (const [container, tree] of [
            [first, FIRST],
            [second, SECOND],
          ] as const) {
            release(tree);
            const { code, said } = await runIn(container, CMD);
            expect([code, said]).toEqual([0, expect.stringContaining(', read back: .lockstep/backups/')]);
          }
          // Its commands are built: nothing had to be made anew.
          expect(namesIn(tmp)).toEqual([]);
          expect(await historyOf(database)).toEqual(['001_init', '002_more', '003_again']);
          const started = "SELECT details ->> 'commit' AS commit FROM schema_migrations_journal WHERE event = 'run-started' ORDER BY id";
          expect(await database.query(started)).toEqual([{ commit: '0123abc' }, { commit: '4567def' }]);
          const [one, other, ...more] = readBackups(kept);
          expect(more).toEqual([]);
          expect(one?.tables).toContainEqual(expect.objectContaining({ name: 'legacy', rows: 3 }));
          expect(other).toMatchObject({ environment: 'production', proof: { kind: 'read' }, file: { storedBy: 'folder' } });

          const into = `${database.database}_back`;
          onTestFinished(async () => void (await database.query(`DROP DATABASE IF EXISTS ${into} WITH (FORCE)`)));
          const restore = ['node', 'run.mjs', 'migrate-restore', namesIn(kept).at(-1) ?? '', '--env', 'production', '--into', into];
          expect(await runIn(second, restore)).toMatchObject({ code: 0, said: expect.stringContaining('Restored') });
        },
      );

    test.skipIf(NO_MOUNTS)(`whose backup would vanish with it refuses to run${NO_MOUNTS ? ` (${NO_MOUNTS})` : ''}`, async () => {
      const database = await freshDatabase();
      await database.query('CREATE TABLE legacy (id int); INSERT INTO legacy VALUES (1)');
      release(FIRST);
      const variables = { DATABASE_URL: database.url, KUBERNETES_SERVICE_HOST: '10.0.0.1' };
      const { code, said } = await runIn({ app, user: USER, variables, volume: 'tmpfs' }, CMD);
      expect([code, said]).toEqual([3, expect.stringContaining(`in a Kubernetes pod, and the backup in ${backups()} would vanish`)]);
      expect(await historyOf(database)).toEqual([]);
    });
  });
