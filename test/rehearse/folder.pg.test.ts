import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { defineProject } from '../../src/environment/define-project.ts';
import { rehearseFolder } from '../../src/journeys/rehearse-folder.ts';
import { rehearsalText } from '../../src/report/rehearsal-text.ts';
import { onServer } from '../support/database.ts';

const FOLDERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'golang-migrate': {
    '1_users.up.sql': 'CREATE TABLE users (id int PRIMARY KEY, mail text UNIQUE);',
    '1_users.down.sql': 'DROP TABLE users;',
    '2_drop.up.sql': 'ALTER TABLE users DROP mail;',
    '2_drop.down.sql': 'ALTER TABLE users ADD mail text UNIQUE;',
  },
  goose: {
    '00001_users.sql': '-- +goose Up\nCREATE TABLE users (id int PRIMARY KEY, mail text UNIQUE);\n-- +goose Down\nDROP TABLE users;\n',
    '00002_drop.sql': '-- +goose Up\nALTER TABLE users DROP mail;\n-- +goose Down\nALTER TABLE users ADD mail text UNIQUE;\n',
  },
  flyway: {
    'V1__users.sql': 'CREATE TABLE users (id int PRIMARY KEY, mail text UNIQUE);',
    'V2__drop.sql': 'ALTER TABLE users DROP mail;',
  },
};

const DOES_NOT_APPLY: Readonly<Record<string, string>> = {
  '2024-01-01-000000_users/up.sql': 'CREATE TABLE users (id int PRIMARY KEY);',
  '2024-01-01-000000_users/down.sql': 'DROP TABLE users;',
  // The application makes that schema.
  '2024-01-02-000000_outside/up.sql': 'CREATE TABLE mine (id uuid REFERENCES auth.users (id));',
  '2024-01-02-000000_outside/down.sql': 'DROP TABLE mine;',
  '2024-01-03-000000_on_it/up.sql': 'ALTER TABLE mine ADD note text;',
  '2024-01-03-000000_on_it/down.sql': 'ALTER TABLE mine DROP note;',
  '2024-01-04-000000_names/up.sql': 'ALTER TABLE users ADD name text;',
  '2024-01-04-000000_names/down.sql': '-- It was another one:\nALTER TABLE users DROP other;',
  'by_hand.sql': 'ALTER TABLE nobody ADD gone int;',
};

const COMMITS: Readonly<Record<string, string>> = {
  '1_users.up.sql': 'BEGIN;\nCREATE TABLE users (id int PRIMARY KEY);\nCOMMIT;\nBEGIN;\nALTER TABLE users ADD name text;\nCOMMIT;',
  '1_users.down.sql': 'DROP TABLE users;',
  '2_mail.up.sql': 'ALTER TABLE users ADD mail text;\nCOMMIT;',
  // The number tells that they belong together.
  '3_notes.up.sql': 'ALTER TABLE users ADD note text;',
  '3_note.down.sql': 'ALTER TABLE users DROP note;',
};

onServer('newest', 'lockstep rehearse FOLDER', ({ freshDatabase }) => {
  async function rehearseFiles(files: Readonly<Record<string, string>>) {
    const database = await freshDatabase();
    const { user, password, host, port } = database;
    const root = mkdtempSync(path.join(os.tmpdir(), 'lockstep-other-'));
    onTestFinished(() => rmSync(root, { recursive: true, force: true }));
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(root, 'migrations', name)), { recursive: true });
      writeFileSync(path.join(root, 'migrations', name), text);
    }
    const found = await rehearseFolder(
      {
        project: defineProject({ root }),
        variables: { SCRATCH_URL: `postgresql://${user}:${password}@${host}:${port}/${database.database}` },
        emit: () => undefined,
        interruption: new AbortController().signal,
      },
      path.join(root, 'migrations'),
    );
    return { root, found, text: rehearsalText(found).replaceAll(path.join(root, 'migrations'), 'DIR') };
  }

  test.each(Object.entries(FOLDERS))('tells the truth about what %s has, and writes nothing there', async (tool, files) => {
    const { root, found } = await rehearseFiles(files);
    expect(found.folder).toMatchObject({ tool, withoutRollback: tool === 'flyway' ? 2 : 0 });
    expect(found.proofs.flatMap(({ findings }) => findings.map(({ code, where }) => [code, path.basename(where?.file ?? '')]))).toEqual(
      tool === 'flyway' ? [] : [['rollback-loses', tool === 'goose' ? '00002_drop.sql' : '2_drop.down.sql']],
    );
    expect(readdirSync(root)).toEqual(['migrations']);
    expect(readdirSync(path.join(root, 'migrations')).sort()).toEqual(Object.keys(files).sort());
  });

  test('leaves out what does not apply, rehearses what does, and speaks of their files and of its own command', async () => {
    const { found, text } = await rehearseFiles(DOES_NOT_APPLY);
    expect(found.proofs.map(({ name, findings }) => [name, findings.map(({ code }) => code)])).toEqual([
      ['2024-01-01-000000_users', []],
      ['2024-01-02-000000_outside', ['up-failed']],
      ['2024-01-04-000000_names', ['rollback-failed']],
    ]);
    expect(found.skipped).toMatchObject([
      { name: '2024-01-03-000000_on_it', why: expect.stringContaining('(without 2024-01-02-000000_outside)') },
    ]);
    expect(text).toMatch(/^4 migrations of diesel in DIR: 1 hold, 2 do not, 1 could not be rehearsed$/m);
    expect(text).toMatch(/^ {6}DIR\/2024-01-04-000000_names\/down.sql:2:1$/m);
    expect(text).toMatch(/^Next: npx lockstep rehearse DIR --report html=rehearsal.html/m);
    expect(text).not.toContain('npm run');
    expect(text).not.toContain('db/migrations');
  });

  test('runs each transaction of a file that commits by itself, as its tool does', async () => {
    const { found, text } = await rehearseFiles(COMMITS);
    expect(found.proofs.map(({ name, findings }) => [name, findings])).toEqual([
      ['1_users', []],
      ['2_mail', []],
      ['3_notes', []],
    ]);
    expect(found.folder).toMatchObject({ withoutRollback: 1, left: [] });
    expect(text).toMatch(/^Note: begin or commit by themselves.*: DIR\/1_users.up.sql, DIR\/2_mail.up.sql$/m);
    expect(text).toMatch(/^Note: 1 migration has no rollback/m);
    expect(text).toMatch(/^3 migrations proved\nNext: npx lockstep init/m);
  });
});
