import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import {
  CodeActionRequest,
  createProtocolConnection,
  type Diagnostic,
  DidChangeTextDocumentNotification,
  DidOpenTextDocumentNotification,
  ExitNotification,
  InitializeRequest,
  PublishDiagnosticsNotification,
  ShutdownRequest,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver-protocol/node';
import { createProject } from '../cli/built-project.ts';

test('an editor is told what is wrong while it is written, and offered the online form', async () => {
  const { root } = createProject();
  mkdirSync(path.join(root, 'db/migrations'), { recursive: true });
  writeFileSync(path.join(root, 'db/migrations/001_init.sql'), 'CREATE TABLE tenants (id bigint PRIMARY KEY, name text);');
  const file = path.join(root, 'db/migrations/002_email.sql');
  writeFileSync(file, '');
  const child = spawn(process.execPath, ['run.mjs', 'migrate-lint', '--lsp'], { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const client = createProtocolConnection(new StreamMessageReader(child.stdout), new StreamMessageWriter(child.stdin));
  const told: ((diagnostics: readonly Diagnostic[]) => void)[] = [];
  client.onNotification(PublishDiagnosticsNotification.type, ({ diagnostics }) => told.shift()?.(diagnostics));
  const next = () => new Promise<readonly Diagnostic[]>((resolve) => told.push(resolve));
  client.listen();
  const { capabilities } = await client.sendRequest(InitializeRequest.type, {
    processId: process.pid,
    rootUri: pathToFileURL(root).href,
    capabilities: {},
  });
  expect(capabilities.codeActionProvider).toBeTruthy();

  const uri = pathToFileURL(file).href;
  const text = "-- 😀\nALTER TABLE tenants\n  ADD COLUMN a text,\n  ADD CONSTRAINT c CHECK (name <> '😀');\n";
  const first = next();
  await client.sendNotification(DidOpenTextDocumentNotification.type, { textDocument: { uri, languageId: 'sql', version: 1, text } });
  const [diagnostic, ...others] = await first;
  expect(others).toEqual([]);
  expect(diagnostic).toMatchObject({
    code: 'add-check-constraint',
    severity: 1,
    range: { start: { line: 3, character: 2 }, end: { line: 3 } },
  });

  const range = { start: { line: 3, character: 4 }, end: { line: 3, character: 4 } };
  const actions = await client.sendRequest(CodeActionRequest.type, { textDocument: { uri }, range, context: { diagnostics: [] } });
  expect(actions?.map(({ title }) => title)).toEqual([
    'Rewrite it online (add-check-constraint)',
    'Accept add-check-constraint here, and say why',
  ]);
  const [rewrite] = actions ?? [];
  const edits = rewrite && 'edit' in rewrite ? rewrite.edit?.changes?.[uri] : undefined;
  expect(edits?.[0]?.newText).toBe(
    "-- 😀\nALTER TABLE tenants ADD COLUMN a text;\n-- part: transaction\nALTER TABLE tenants ADD CONSTRAINT c CHECK (name <> '😀') NOT VALID;\n-- part: transaction\nALTER TABLE tenants VALIDATE CONSTRAINT c;\n",
  );

  const second = next();
  await client.sendNotification(DidChangeTextDocumentNotification.type, {
    textDocument: { uri, version: 2 },
    contentChanges: [{ text: edits?.[0]?.newText ?? '' }],
  });
  expect(await second).toEqual([]);
  const third = next();
  await client.sendNotification(DidChangeTextDocumentNotification.type, {
    textDocument: { uri, version: 3 },
    contentChanges: [{ text: 'ALTER TABEL x;' }],
  });
  expect(await third).toMatchObject([{ code: 'syntax-error', severity: 1, range: { start: { line: 0, character: 6 } } }]);

  await client.sendRequest(ShutdownRequest.type);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await client.sendNotification(ExitNotification.type);
  expect(await ended).toBe(0);
});
