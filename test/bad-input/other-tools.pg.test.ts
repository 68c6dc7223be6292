import { expect, test } from 'vitest';
import { onServer } from '../support/database.ts';
import { createProject, down, historyOf, isThere, pair, type Tree, up } from '../support/project.ts';
import { answerOf, paste } from './answer.ts';

onServer('newest', 'projects of other tools', ({ freshDatabase }) => {
  test('a file that holds its own undo is refused before anything runs, and split by the command', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, {
      ...pair('001_first', 'CREATE TABLE first (id int);', 'DROP TABLE first;'),
      [up('002_accounts')]: '-- migrate:up\nCREATE TABLE accounts (id int);\n\n-- migrate:down\nDROP TABLE accounts;\n',
      [down('002_accounts')]: 'SELECT 1;',
    });
    const answer = await answerOf(database, () => project.apply());
    expect(answer.split('\n').slice(0, 3).join('\n')).toMatchInlineSnapshot(`
      "exit 2
      db/migrations/002_accounts.sql has its rollback in it (-- migrate:down, line 4)
        db/migrations/002_accounts.sql:4:1"
    `);
    paste(project, answer);
    expect((await project.apply()).exitCode).toBe(0);
    expect(await historyOf(database)).toEqual(['001_first', '002_accounts']);
    expect(await isThere(database, 'accounts')).toBe(true);
    expect((await project.rollback()).exitCode).toBe(0);
    expect(await isThere(database, 'accounts')).toBe(false);
  });

  test('a module that wraps such a file is refused before anything runs', async () => {
    const database = await freshDatabase();
    const module =
      "import { sqlMigration } from 'lockstep';\nconst it = sqlMigration(import.meta.url);\nexport const up = async (trx) => { await it.up(trx); };\nexport const down = it.down;\n";
    const project = await createProject(database, {
      ...pair('001_first', 'CREATE TABLE first (id int);', 'DROP TABLE first;'),
      [up('002_accounts')]: '-- +goose Up\nCREATE TABLE accounts (id int);\n-- +goose Down\nDROP TABLE accounts;\n',
      'migrations/002_accounts.ts': module,
    });
    expect(await answerOf(database, () => project.apply())).toContain('has its rollback in it (-- +goose Down, line 3)');
  });

  test('a rollback file with its forward SQL refuses the rollback', async () => {
    const database = await freshDatabase();
    const forward = '-- +goose Up\nCREATE TABLE a (id int);\n';
    const project = await createProject(database, pair('001_a', forward, `${forward}-- +goose Down\nDROP TABLE a;\n`));
    await project.apply();
    const answer = await answerOf(database, () => project.rollback());
    expect(answer).toMatchInlineSnapshot(`
      "exit 2
      db/migrations/rollbacks/001_a.sql has its forward SQL in it (-- +goose Up, line 1)
        db/migrations/rollbacks/001_a.sql:1:1
        1 │ -- +goose Up
          │ ^
        Next: cp db/migrations/rollbacks/001_a.sql db/migrations/rollbacks/001_a.sql.old && sed '1,2d' db/migrations/rollbacks/001_a.sql.old > db/migrations/rollbacks/001_a.sql"
    `);
    paste(project, answer);
    expect((await project.rollback()).exitCode).toBe(0);
    expect(await isThere(database, 'a')).toBe(false);
  });

  /** Does what each answer says until the project applies. @returns every answer, and the names in history */
  const followed = async (tree: Tree): Promise<readonly [readonly string[], readonly string[]]> => {
    const database = await freshDatabase();
    const project = await createProject(database, tree);
    const answers: string[] = [];
    for (let round = 0; round < 10; round += 1) {
      const answer = await answerOf(database, () => project.apply()).catch(() => undefined);
      if (answer === undefined) break;
      answers.push(answer);
      paste(project, answer);
    }
    expect(await isThere(database, 'k')).toBe(true);
    const history = await historyOf(database);
    expect((await project.rollback({ to: '0' })).exitCode).toBe(0);
    expect(await isThere(database, 'k')).toBe(false);
    return [answers, history];
  };

  const CREATE = 'CREATE TABLE k (id int);';
  const DROP = 'DROP TABLE k;';

  test('both halves of golang-migrate go where they belong', async () => {
    const [answers, history] = await followed({
      'db/migrations/000001_k.up.sql': CREATE,
      'db/migrations/000001_k.down.sql': DROP,
    });
    expect(answers.join('\n\n')).toMatchInlineSnapshot(`
      "exit 2
      db/migrations/000001_k.up.sql is named as another tool has it; here 000001_k is db/migrations/000001_k.sql (and 1 more file)
        db/migrations/000001_k.up.sql
        Next: mv db/migrations/000001_k.up.sql db/migrations/000001_k.sql && mkdir -p db/migrations/rollbacks && mv db/migrations/000001_k.down.sql db/migrations/rollbacks/000001_k.sql"
    `);
    expect(history).toEqual(['000001_k']);
  });

  const layouts: readonly (readonly [tool: string, tree: Tree, history: readonly string[]])[] = [
    ['Postgrator', { '001.do.k.sql': CREATE, '001.undo.k.sql': DROP }, ['001_k']],
    ['Postgrator without words', { '001.do.sql': CREATE, '001.undo.sql': DROP }, ['001_describe_me']],
    ['yoyo', { '0001_k.sql': CREATE, '0001_k.rollback.sql': DROP }, ['0001_k']],
    ['names without numbers', { 'k.up.sql': CREATE, 'k.down.sql': DROP }, ['001_k']],
    ['db-migrate', { 'sqls/20240101-k-up.sql': CREATE, 'sqls/20240101-k-down.sql': DROP }, ['20240101_k']],
    ['words behind the name', { '002_k_up.sql': CREATE, '002_k_down.sql': DROP }, ['002_k']],
    ['an undo beside its forward file', { '002_k.sql': CREATE, '002_k_rollback.sql': DROP }, ['002_k']],
    ['an undo with its word in rollbacks', { '002_k.sql': CREATE, 'rollbacks/002_k_down.sql': DROP }, ['002_k']],
    ['folders for each direction', { 'up/002_k.sql': CREATE, 'down/002_k.sql': DROP }, ['002_k']],
    ['Prisma', { '20240101120000_k/migration.sql': CREATE, '20240101120000_k/down.sql': DROP }, ['20240101120000_k']],
    ['diesel', { '2024-01-01-120000_k/up.sql': CREATE, '2024-01-01-120000_k/down.sql': DROP }, ['20240101120000_k']],
    ['Drizzle', { '0001_k.sql': CREATE, 'rollbacks/0001_k.sql': DROP, 'meta/_journal.json': '{}' }, ['0001_k']],
    [
      'Flyway',
      {
        'V1__first.sql': 'SELECT 1;',
        'U1__undo_first.sql': 'SELECT 1;',
        'V1.1__k.sql': CREATE,
        'U1.1__drop_k.sql': DROP,
        'V2__second.sql': 'SELECT 2;',
        'U2__second.sql': 'SELECT 2;',
        'V10__tenth.sql': 'VACUUM;',
        'V10__tenth.sql.conf': 'executeInTransaction=false',
        'U10__tenth.sql': 'SELECT 3;',
        'R__view.sql': 'CREATE VIEW v AS SELECT 1;',
        'rollbacks/R__view.sql': 'DROP VIEW v;',
      },
      ['1_first', '2_k', '3_second', '10_tenth', '11_view'],
    ],
  ];
  test.each(layouts)('%s', async (_tool, tree, expected) => {
    const files = Object.fromEntries(Object.entries(tree).map(([name, text]) => [`db/migrations/${name}`, text]));
    expect((await followed(files))[1]).toEqual(expected);
  });

  test('of many files the first ten are named, and the rest is counted', async () => {
    const tree = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`db/migrations/${i + 10}_t.up.sql`, `CREATE TABLE t${i} ();`]));
    const answer = await answerOf(await freshDatabase(), async () => (await createProject(await freshDatabase(), tree)).apply());
    expect(
      answer
        .split('\n')
        .filter((_, i, all) => i < 4 || i >= all.length - 1)
        .join('\n'),
    ).toMatchInlineSnapshot(`
      "exit 2
      db/migrations/10_t.up.sql is named as another tool has it; here 10_t is db/migrations/10_t.sql (and 11 more files)
        db/migrations/10_t.up.sql
        Next: mv db/migrations/10_t.up.sql db/migrations/10_t.sql
              mv db/migrations/19_t.up.sql db/migrations/19_t.sql   then the same again, for the other 2"
    `);
  });

  test('two files for one place are a question', async () => {
    const tree = { 'db/migrations/001_k.up.sql': CREATE, [up('001_k')]: CREATE };
    const database = await freshDatabase();
    const project = await createProject(database, tree);
    expect(await answerOf(database, () => project.apply())).toMatchInlineSnapshot(`
      "exit 2
      db/migrations/001_k.up.sql and db/migrations/001_k.sql are both the forward SQL of 001_k, which is to be db/migrations/001_k.sql
        db/migrations/001_k.up.sql
        Next: diff db/migrations/001_k.up.sql db/migrations/001_k.sql   then remove one of them"
    `);
  });

  test('a folder of files with numbers is named, one of functions is not', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, { 'db/migrations/functions/f.sql': CREATE, 'db/migrations/archive/001_k.sql': CREATE });
    const answer = await answerOf(database, () => project.apply());
    expect(answer).toMatchInlineSnapshot(`
      "exit 2
      db/migrations/archive holds SQL files with numbers, and folders in db/migrations are not read
        db/migrations/archive
        Next: mv db/migrations/archive db/archive   where they are no migrations; where they are: mv db/migrations/archive/*.sql db/migrations"
    `);
    paste(project, answer);
    expect((await project.apply()).exitCode).toBe(0);
    expect(await historyOf(database)).toEqual([]);
  });
});
