import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { isLockstepError } from '../../src/model/lockstep-error.ts';
import { parseScript } from '../../src/sql/script/parse-script.ts';
import { hashOf, partsOf, refusalOf } from './sql-file.ts';

const UP = 'db/migrations/001_x.sql';
const DOWN = 'db/migrations/rollbacks/001_x.sql';

/** Types what `Next:` says, and gives the two files. Both must be accepted then. */
async function typed(text: string, { file = UP, other }: { file?: string; other?: string } = {}): Promise<readonly string[]> {
  const root = mkdtempSync(path.join(os.tmpdir(), 'lockstep-markers-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const write = (name: string, content: string): void => {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), content);
  };
  write(file, text);
  if (other !== undefined) write(file === UP ? DOWN : UP, other);
  const error = await parseScript({ path: file, text, checksum: '' }).catch((thrown: unknown) => thrown);
  if (!isLockstepError(error)) throw error ?? new Error('nothing was refused');
  expect(error.code).toBe('two-directions');
  execFileSync('sh', ['-ec', error.next], { cwd: root, stdio: 'pipe' });
  const files = [UP, DOWN].filter((name) => existsSync(path.join(root, name)));
  const texts = files.map((name) => readFileSync(path.join(root, name), 'utf8'));
  for (const [i, name] of files.entries()) await parseScript({ path: name, text: texts[i] ?? '', checksum: '' }, { mayBeEmpty: true });
  return texts;
}

describe('a file that holds its own undo', () => {
  test('is refused at the marker, with the command that makes two files of it', async () => {
    expect(
      await refusalOf('-- migrate:up\nCREATE TABLE accounts (id int);\n\n-- migrate:down\nDROP TABLE accounts;\n'),
    ).toMatchInlineSnapshot(`
      "db/migrations/001_x.sql has its rollback in it (-- migrate:down, line 4)
        db/migrations/001_x.sql:4:1
        4 │ -- migrate:down
          │ ^
        Next: mkdir -p db/migrations/rollbacks && { [ ! -e db/migrations/rollbacks/001_x.sql ] || mv db/migrations/rollbacks/001_x.sql db/migrations/rollbacks/001_x.sql.old; } && sed -n '4,$p' db/migrations/001_x.sql > db/migrations/rollbacks/001_x.sql && sed '4,$d' db/migrations/001_x.sql > db/migrations/001_x.sql.new && mv db/migrations/001_x.sql.new db/migrations/001_x.sql"
    `);
  });

  const pairs: readonly (readonly [tool: string, up: string, down: string])[] = [
    ['dbmate', '-- migrate:up', '-- migrate:down'],
    ['dbmate with an option', '--migrate:up transaction:true', '--  migrate:down transaction:true'],
    ['goose', '-- +goose Up\n-- +goose StatementBegin', '-- +goose StatementEnd\n-- +goose Down'],
    ['goose in capitals', '--+GOOSE UP', '--\t+goose   DOWN'],
    ['sql-migrate', '-- +migrate Up', '-- +migrate Down'],
    ['micrate', '-- +micrate Up', '-- +micrate Down'],
    ['rambler', '-- rambler up', '-- rambler down'],
    ['node-pg-migrate', '-- Up Migration', '-- Down Migration'],
    ['node-pg-migrate with dashes', '  ---- up   migration ----', '-- - down migration'],
    ['Play', '-- !Ups', '-- !Downs'],
    ['Play 2.x', '# --- !Ups', '# --- !Downs'],
    ['Play without dashes', '# !Ups', '# !Downs'],
    ['shmig', '-- ==== UP ====', '-- ==== DOWN ===='],
    ['node-sqlite', '-- Up', '-- Down'],
    ['tern', '-- first', '---- create above / drop below ----'],
    ['MyBatis', '-- // first', '-- //@UNDO'],
  ];
  test.each(pairs)('%s', async (_tool, up, down) => {
    const [forward, back] = await typed(`${up}\nCREATE TABLE t (id int);\n${down}\nDROP TABLE t;\n`);
    expect(forward).toContain('CREATE TABLE t (id int);');
    expect(forward).not.toContain('DROP');
    expect(back).toContain('DROP TABLE t;');
    expect(back).not.toContain('CREATE');
  });

  test('may have the undo first', async () => {
    expect(await typed('-- Down Migration\nDROP TABLE t;\n-- Up Migration\nCREATE TABLE t (id int);\n')).toEqual([
      '-- Up Migration\nCREATE TABLE t (id int);\n',
      '-- Down Migration\nDROP TABLE t;\n',
    ]);
  });

  test('may leave the last semicolon out', async () => {
    expect(await typed('-- +goose Up\nCREATE TABLE t (id int)\n-- +goose Down\nDROP TABLE t')).toEqual([
      '-- +goose Up\nCREATE TABLE t (id int)\n',
      '-- +goose Down\nDROP TABLE t',
    ]);
  });

  test('hands what concerns the whole file to both', async () => {
    const index = 'CREATE INDEX CONCURRENTLY i ON t (a);';
    expect(await typed(`-- +goose NO TRANSACTION\n-- +goose Up\n${index}\n-- +goose Down\nDROP INDEX CONCURRENTLY i;\n`)).toEqual([
      `-- +goose NO TRANSACTION\n-- +goose Up\n${index}\n`,
      '-- +goose NO TRANSACTION\n-- +goose Down\nDROP INDEX CONCURRENTLY i;\n',
    ]);
  });

  test('takes the place of a rollback that is there, which is kept', async () => {
    const text = '-- migrate:up\nSELECT 1;\n-- migrate:down\nSELECT 2;\n';
    expect(await typed(text, { other: 'SELECT 3;' })).toEqual(['-- migrate:up\nSELECT 1;\n', '-- migrate:down\nSELECT 2;\n']);
  });

  test('is a rollback file with its forward SQL', async () => {
    const text = '-- migrate:up\nCREATE TABLE t ();\n-- migrate:down\nDROP TABLE t;\n';
    expect(await typed(text, { file: DOWN, other: 'CREATE TABLE t ();' })).toEqual([
      'CREATE TABLE t ();',
      '-- migrate:down\nDROP TABLE t;\n',
    ]);
  });

  test('undoes the changesets of Liquibase from the last to the first', async () => {
    const text = [
      '--liquibase formatted sql',
      '--changeset ann:1',
      'CREATE TABLE a ();',
      '--rollback DROP TABLE',
      '--rollback a',
      '--changeset ann:2',
      'CREATE TABLE b ();',
      '/* liquibase rollback',
      'DROP TABLE b;',
      '*/',
      '-- changeset ann:3',
      'SELECT 1;',
      '-- rollback not required',
    ];
    expect(await typed(`${text.join('\n')}\n`)).toEqual([
      '--liquibase formatted sql\n--changeset ann:1\nCREATE TABLE a ();\n--changeset ann:2\nCREATE TABLE b ();\n-- changeset ann:3\nSELECT 1;\n-- rollback not required\n',
      'DROP TABLE b;\n;\nDROP TABLE\na\n',
    ]);
  });
});

describe('is accepted:', () => {
  test.each([
    ['an up alone', '-- migrate:up\nSELECT 1;'],
    ['an empty undo', '-- +goose Up\nSELECT 1;\n-- +goose Down\n-- nothing\n;\n'],
    ['a marker in a string', "SELECT '\n-- migrate:down\n', 1;"],
    ['a marker in a function', 'CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$\n-- migrate:down\nSELECT 1; $$;\n'],
    ['a marker in a comment', '/*\n-- migrate:down\n*/ SELECT 1;'],
    ['a marker behind code', 'SELECT 1; -- migrate:down\nSELECT 2;'],
    [
      'words of a plain comment',
      '-- rollback is not possible\n-- up to now\n-- down migration is manual work? no\nSELECT 1;'.replace('down m', 'the m'),
    ],
  ])('%s', async (_what, text) => {
    expect((await partsOf(text)).length).toBe(1);
  });
});

describe('a marker that takes the file out of its transaction is obeyed, and counts as our own:', () => {
  const own = '-- part: no-transaction\nSELECT 1; SELECT 2;';
  test.each([
    '-- +goose NO TRANSACTION',
    '-- postgres-migrations disable-transaction',
    '-- migrate:up transaction:false',
    '-- no-transaction',
    '--! no-transaction',
    '-- +migrate Up notransaction',
    '-- atlas:txmode none',
    '-- disable_ddl_transaction!',
    '-- evolve-tx-off',
    '-- transactional: false',
    '-- flyway:executeInTransaction=false',
    '--liquibase formatted sql\n--changeset ann:1 runInTransaction:false',
  ])('%s', async (marker) => {
    const text = `${marker}\nSELECT 1; SELECT 2;`;
    expect(await partsOf(text)).toEqual(['alone: SELECT 1 -> unknown', 'alone: SELECT 2 -> unknown']);
    expect(await hashOf(text)).toBe(await hashOf(own));
  });

  test('the option of an undo is for the undo', async () => {
    expect(await partsOf('-- migrate:up\nSELECT 1;\n-- migrate:down transaction:false\n')).toEqual(['transaction: SELECT 1']);
  });
});

describe('a marker that cannot be obeyed is named:', () => {
  test.each([
    ['below the first statement', 'SELECT 1;\n-- no-transaction\nSELECT 2;'],
    [
      'for one changeset of two',
      '--liquibase formatted sql\n--changeset a:1 runInTransaction:false\nSELECT 1;\n--changeset a:2\nSELECT 2;',
    ],
    ['for other databases', '--liquibase formatted sql\n--changeset a:1 dbms:mysql\nSELECT 1;'],
    ['variables', '-- +goose ENVSUB ON\nSELECT 1;'],
  ])('%s', async (_what, text) => {
    expect(await refusalOf(text)).toMatch(/changes how another tool runs this file, and is not obeyed here/);
  });

  test('with its line', async () => {
    expect(await refusalOf('SELECT 1;\n-- no-transaction\nSELECT 2;')).toMatchInlineSnapshot(`
      ""-- no-transaction" changes how another tool runs this file, and is not obeyed here
        db/migrations/001_x.sql:2:1
        2 │ -- no-transaction
          │ ^
        Next: write the SQL as it is to run, with -- part: no-transaction above what needs no transaction, and delete the line"
    `);
  });
});
