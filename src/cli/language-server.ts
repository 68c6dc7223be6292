// The language server protocol over stdio: diagnostics as a file is written, and its online form as quick fixes.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CodeAction, Diagnostic } from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { OpenFiles } from '../journeys/lint-open.ts';
import { fixOne } from '../lint/fix-file.ts';
import type { Project } from '../model/environment.ts';
import type { Finding } from '../model/finding.ts';
import { LockstepError } from '../model/lockstep-error.ts';

/** As the protocol numbers them. */
const SEVERITIES = { error: 1, warning: 2, info: 3 } as const;
const QUICK_FIX = 'quickfix';

/** Who lints in no editor needs neither. @throws LockstepError where they are not installed */
async function load() {
  try {
    const [server, documents] = await Promise.all([
      await import('vscode-languageserver/node'),
      await import('vscode-languageserver-textdocument'),
    ]);
    return { ...server, TextDocument: documents.TextDocument };
  } catch (cause) {
    throw new LockstepError({
      code: 'language-server-missing',
      what: 'vscode-languageserver, by which editors are talked to, is not installed',
      next: 'npm i -D vscode-languageserver vscode-languageserver-textdocument',
      cause,
    });
  }
}

/** Serves the project until the editor says good-bye. */
export async function serveEditor(project: Project): Promise<0> {
  const { createConnection, ProposedFeatures, TextDocuments, TextDocumentSyncKind, TextDocument: Document } = await load();
  const connection = createConnection(ProposedFeatures.all, process.stdin, process.stdout);
  const documents = new TextDocuments(Document);
  const files = new OpenFiles(project);
  const look = (document: TextDocument) => files.lint({ path: pathOf(project, document.uri), text: document.getText() });
  connection.onInitialize(() => ({
    serverInfo: { name: 'lockstep' },
    capabilities: {
      textDocumentSync: TextDocumentSyncKind.Incremental,
      codeActionProvider: { codeActionKinds: [QUICK_FIX] },
    },
  }));
  documents.onDidChangeContent(async ({ document }) => {
    const found = await look(document);
    const isNewest = documents.get(document.uri)?.version === document.version;
    if (isNewest)
      await connection.sendDiagnostics({
        uri: document.uri,
        version: document.version,
        diagnostics: (found?.findings ?? []).map((one) => diagnosticOf(document, one)),
      });
  });
  documents.onDidClose(({ document }) => connection.sendDiagnostics({ uri: document.uri, diagnostics: [] }));
  connection.onCodeAction(async ({ textDocument, range }) => {
    const document = documents.get(textDocument.uri);
    const found = document && (await look(document));
    if (!found) return [];
    const [from, to] = [document.offsetAt(range.start), document.offsetAt(range.end)];
    const meant = found.findings.filter(({ start, end }) => start <= to && from <= Math.max(end, start + 1));
    return (await Promise.all(meant.map((finding) => actionsFor(document, found.file, finding)))).flat();
  });
  documents.listen(connection);
  connection.listen();
  // What follows a shutdown is the library ending the process.
  return new Promise((resolve) => connection.onShutdown(() => resolve(0)));
}

const pathOf = ({ root }: Project, uri: string): string => path.relative(root, fileURLToPath(uri)).replaceAll('\\', '/');

/** From where it is told to stand to the end of its line, or of its statement where that comes first. */
function diagnosticOf(document: TextDocument, { rule, severity, where, start, end, what, why, next }: Finding): Diagnostic {
  const line = Math.max((where.line ?? 1) - 1, 0);
  const from =
    where.line === undefined ? start : document.offsetAt({ line, character: 0 }) + characterOf(document, line, where.column ?? 1);
  const lineEnd = document.offsetAt({ line: line + 1, character: 0 });
  const to = Math.max(from + 1, Math.min(end > from ? end : lineEnd, lineEnd));
  return {
    range: { start: document.positionAt(from), end: document.positionAt(to) },
    severity: SEVERITIES[severity],
    code: rule,
    source: 'lockstep',
    message: `${what}\n${why}\n\n${next}`,
  };
}

/** Columns count characters as people see code points, and the protocol UTF-16 units. */
function characterOf(document: TextDocument, line: number, column: number): number {
  const text = document.getText({ start: { line, character: 0 }, end: { line: line + 1, character: 0 } });
  return [...text].slice(0, column - 1).join('').length;
}

async function actionsFor(document: TextDocument, file: Parameters<typeof fixOne>[0], finding: Finding): Promise<readonly CodeAction[]> {
  const diagnostics = [diagnosticOf(document, finding)];
  const lineStart = { line: document.positionAt(finding.start).line, character: 0 };
  const allow = { range: { start: lineStart, end: lineStart }, newText: `-- lint-allow ${finding.rule}: why\n` };
  const accept: CodeAction = {
    title: `Accept ${finding.rule} here, and say why`,
    kind: QUICK_FIX,
    diagnostics,
    edit: { changes: { [document.uri]: [allow] } },
  };
  if (!finding.fix) return [accept];
  const whole = { start: { line: 0, character: 0 }, end: document.positionAt(file.text.length) };
  const rewrite = { range: whole, newText: await fixOne(file, finding) };
  return [
    {
      title: `Rewrite it online (${finding.rule})`,
      kind: QUICK_FIX,
      isPreferred: true,
      diagnostics,
      edit: { changes: { [document.uri]: [rewrite] } },
    },
    accept,
  ];
}
