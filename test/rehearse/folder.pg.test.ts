import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { defineProject } from '../../src/environment/define-project.ts';
import { rehearseFolder } from '../../src/journeys/rehearse-folder.ts';
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

onServer('newest', 'lockstep rehearse FOLDER', ({ freshDatabase }) => {
  test.each(Object.entries(FOLDERS))('tells the truth about what %s has, and writes nothing there', async (tool, files) => {
    const database = await freshDatabase();
    const { user, password, host, port } = database;
    const root = mkdtempSync(path.join(os.tmpdir(), 'lockstep-other-'));
    onTestFinished(() => rmSync(root, { recursive: true, force: true }));
    mkdirSync(path.join(root, 'migrations'));
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(root, 'migrations', name), text);
    const found = await rehearseFolder(
      {
        project: defineProject({ root }),
        variables: { SCRATCH_URL: `postgresql://${user}:${password}@${host}:${port}/${database.database}` },
        emit: () => undefined,
        interruption: new AbortController().signal,
      },
      path.join(root, 'migrations'),
    );
    expect(found.notes[0]).toContain(`read as migrations of ${tool}`);
    expect(found.proofs.flatMap(({ findings }) => findings.map(({ code, where }) => [code, path.basename(where?.file ?? '')]))).toEqual(
      tool === 'flyway' ? [] : [['rollback-loses', tool === 'goose' ? '00002_drop.sql' : '2_drop.down.sql']],
    );
    expect(readdirSync(root)).toEqual(['migrations']);
    expect(readdirSync(path.join(root, 'migrations')).sort()).toEqual(Object.keys(files).sort());
  });
});
