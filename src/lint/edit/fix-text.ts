// Puts the online form of statements into a file. What is not touched keeps every byte, comments and blank lines included.
import type { Finding, Fix, FixStep } from '../../model/finding.ts';
import { commandTexts } from './command-texts.ts';

interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Fixable {
  readonly text: string;
  readonly statements: readonly (Span & { readonly inTransaction: boolean; readonly inBatches: boolean })[];
  /** Its own BEGIN and COMMIT, which markers of parts replace. */
  readonly wrapper: readonly Span[];
}

interface Edit extends Span {
  readonly text: string;
}

/** One round of fixes: of findings on the same statement the first one that rewrites it, or all that rewrite commands of an ALTER TABLE. */
export function fixText({ text, statements, wrapper }: Fixable, findings: readonly Finding[]): string {
  const edits = statements.flatMap((statement, i): readonly Edit[] => {
    const fixes = findings.flatMap((one) => (one.fix && one.start === statement.start ? [one.fix] : []));
    const [first] = fixes;
    if (!first) return [];
    const steps = stepsOf(text.slice(statement.start, statement.end), fixes);
    const isAlone = steps.length === 1 && steps[0]?.mode === 'no-transaction';
    const body = isAlone ? withoutEnd(steps[0]?.sql ?? '') : marked(steps, i === 0);
    const lead = startsLine(text, statement.start) || isAlone ? '' : '\n';
    return [{ ...statement, text: `${lead}${body}` }, ...(isAlone ? [] : markerBefore(text, statements[i + 1]))];
  });
  if (edits.length === 0) return text;
  return applied(text, [...edits, ...wrapper.map((span) => removed(text, span))]);
}

const startsLine = (text: string, at: number): boolean => /(?:^|[\n\r])[ \t]*$/.test(text.slice(Math.max(0, at - 200), at));

const withoutEnd = (sql: string): string => sql.replace(/;\s*$/, '');

/** The first part of a file needs no marker where it is a transaction. */
function marked(steps: readonly FixStep[], isFirst: boolean): string {
  const parts = steps.map(({ mode, sql }, i) => (i === 0 && isFirst && mode === 'transaction' ? sql : `-- part: ${mode}\n${sql}`));
  return withoutEnd(parts.join('\n'));
}

/** What stands behind runs in a part of its own again, as it did. */
function markerBefore(text: string, next: Fixable['statements'][number] | undefined): readonly Edit[] {
  // A backfill has its own line above it.
  if (!next || next.inBatches) return [];
  const mode = next.inTransaction ? 'transaction' : 'no-transaction';
  const lead = startsLine(text, next.start) ? '' : '\n';
  return [{ start: next.start, end: next.start, text: `${lead}-- part: ${mode}\n` }];
}

/** A whole statement, or an ALTER TABLE whose other commands stay together, in their order. */
function stepsOf(statement: string, fixes: readonly Fix[]): readonly FixStep[] {
  const [first] = fixes;
  if (!first || first.command === undefined) return first?.steps ?? [];
  const { head, commands } = commandTexts(statement);
  const steps: FixStep[] = [];
  let kept: string[] = [];
  const flush = (): void => {
    if (kept.length > 0) steps.push({ mode: 'transaction', sql: `${head} ${kept.join(', ')};` });
    kept = [];
  };
  for (const [i, command] of commands.entries()) {
    const fix = fixes.find((one) => one.command === i);
    if (!fix) kept.push(command);
    else {
      flush();
      steps.push(...fix.steps);
    }
  }
  flush();
  return steps;
}

/** With its semicolon and line. */
function removed(text: string, { start, end }: Span): Edit {
  const rest = /^\s*?;[ \t]*(?:\r?\n)?/.exec(text.slice(end))?.[0].length ?? 0;
  return { start, end: end + rest, text: '' };
}

/** Two at one place keep their order; a marker goes before a statement that is rewritten there, unless that brings its own. */
function applied(text: string, edits: readonly Edit[]): string {
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const rewritten = new Set(edits.filter(({ start, end }) => end > start).map(({ start }) => start));
  const sorted = edits.filter(({ start, end }) => end > start || !rewritten.has(start)).toSorted((a, b) => a.start - b.start);
  let at = 0;
  let result = '';
  for (const { start, end, text: put } of sorted) {
    result += text.slice(at, start) + put.replaceAll('\n', eol);
    at = end;
  }
  return result + text.slice(at);
}
