import type { Node } from 'libpg-query';
import type { Backfill, BackfillOptions } from '../../model/backfill.ts';
import { isLockstepError, type LockstepError } from '../../model/lockstep-error.ts';
import type { SourceFile } from '../../model/migration.ts';
import type { Part, Span, Statement } from '../../model/script.ts';
import { effectsOf, unparsedEffects } from '../effects/statement-effects.ts';
import { loadParser, meaningOf, type Parse, SyntaxFailure, type Tree } from '../parser.ts';
import { holdsSecret, LARGEST_SEARCHED } from '../text/secrets.ts';
import { type Piece, type RawStatement, split } from '../text/split.ts';
import { hashTokens, offsetWithCrlf, summarize, withLf } from '../text/statement-text.ts';
import { TokenHash } from '../text/token-hash.ts';
import { Unterminated } from '../text/unterminated.ts';
import { readBackfill } from './backfill.ts';
import { readOptions } from './backfill-options.ts';
import { classify, classifyByWords, controlsTransaction, SlotlessSubscriptions } from './classify.ts';
import { CommittingBodies } from './commits-inside.ts';
import { heedMarkers } from './heed-markers.ts';
import { cutRows, LARGEST_PARSED } from './large-statement.ts';
import { mayBeMarked } from './markers.ts';
import { refusal } from './refusals.ts';
import { tellsSecret } from './secret-statements.ts';
import { backslashRefusal, syntaxRefusal, unterminatedRefusal } from './syntax-refusals.ts';
import { PLAIN, type Trait } from './traits.ts';

/** A comment line `-- part: no-transaction` or `-- part: transaction`. */
export interface Directive {
  readonly mode: Part['mode'];
  /** Of a backfill. */
  readonly options?: BackfillOptions;
  /** The index of the statement that follows. */
  readonly before: number;
  readonly offset: number;
}

/** What one pass over a file finds, before its statements are grouped into parts. */
export interface Reading {
  readonly file: SourceFile;
  readonly statements: readonly Statement[];
  /** By index into `statements`; bulk data has none, as a script may hold very much of it. */
  readonly traits: ReadonlyMap<number, Trait>;
  readonly directives: readonly Directive[];
  readonly hasSecret: boolean;
  /** Of what it means; not for those who look at the trees: that takes as long as the look. */
  readonly hash: TokenHash;
  /** What is wrong with its statements one by one, in file order. */
  readonly problems: readonly LockstepError[];
  /** What follows the last problem cannot be told apart any more. */
  readonly isCut: boolean;
}

const BULK = 'INSERT INTO';
/** Between a directive and its statement. */
const VERIFY = /^[ \t]*--[ \t]*verify[ \t]*:[ \t]*([^\n\r]*)/im;

/** More than fit a screen help nobody, and one slip can make everything after it one. */
const MOST_PROBLEMS = 20;

/** Is handed each statement's parse tree, by its index, as long as nobody else keeps it. */
export type See = (index: number, node: Node) => void;

/** Splits, parses and classifies in file order. What is wrong is gathered, as far as the rest of the file can still be read. */
export async function readScript(file: SourceFile, see?: See): Promise<Reading> {
  const reader = new Reader(file, see);
  try {
    for (const piece of split(file.text, reader.hash)) {
      if (piece.kind === 'statement') reader.parse ??= await loadParser();
      reader.take(piece);
      if (reader.isCut) break;
    }
  } catch (error) {
    if (!(error instanceof Unterminated)) throw error;
    reader.end(unterminatedRefusal(file, error));
  }
  return reader;
}

class Reader implements Reading {
  readonly file: SourceFile;
  readonly statements: Statement[] = [];
  readonly traits = new Map<number, Trait>();
  readonly directives: Directive[] = [];
  readonly hash = new TokenHash();
  readonly problems: LockstepError[] = [];
  isCut = false;
  hasSecret: boolean;
  parse: Parse | undefined;
  private isHeeded = false;
  private readonly bodies = new CommittingBodies();
  private readonly subscriptions = new SlotlessSubscriptions();

  private readonly see: See | undefined;

  constructor(file: SourceFile, see?: See) {
    this.file = file;
    this.see = see;
    this.hasSecret = file.text.length > LARGEST_SEARCHED || holdsSecret(file.text);
  }

  take(piece: Piece): void {
    try {
      this.takePiece(piece);
    } catch (error) {
      if (!isLockstepError(error)) throw error;
      this.problems.push(error);
      // Behind COPY … FROM stdin stand rows and no SQL, and without standard strings quotes end elsewhere.
      this.isCut = ['copy-from-stdin', 'standard-conforming-strings'].includes(error.code) || this.problems.length >= MOST_PROBLEMS;
    }
  }

  end(problem: LockstepError): void {
    this.problems.push(problem);
    this.isCut = true;
  }

  private takePiece(piece: Piece): void {
    if (piece.kind === 'constant-insert') this.statements.push({ start: piece.start, end: piece.end, summary: BULK });
    else if (piece.kind === 'statement') this.takeStatement(piece);
    else if (piece.kind === 'backslash') this.refuseBackslash(piece);
    else if (piece.kind === 'comment') this.heedMarkers(piece);
    else this.takeDirective(readDirective(this.file, piece, this.statements.length));
  }

  /** The first marker of another tool tells about the whole file. */
  private heedMarkers(piece: Span): void {
    if (this.isHeeded || !mayBeMarked(this.file.text, piece)) return;
    this.isHeeded = true;
    const offset = heedMarkers(this.file);
    if (offset !== undefined) this.takeDirective({ mode: 'no-transaction', before: 0, offset });
  }

  /** One command takes out all lines that pg_dump wrote for psql. */
  private refuseBackslash(piece: Span): void {
    const problem = backslashRefusal(this.file, piece);
    if (!this.problems.some(({ next }) => next.startsWith('sed ') && next === problem.next)) throw problem;
  }

  private takeDirective(directive: Directive): void {
    this.directives.push(directive);
    this.hash.add(`\npart ${directive.mode}`);
  }

  private takeStatement(raw: RawStatement): void {
    this.heedMarkers(raw);
    const tree = this.treeOf(raw);
    const backfill = this.backfillOf(raw, tree);
    if (tree) this.see?.(this.statements.length, tree.node);
    const trait = backfill
      ? { kind: 'backfill' as const, backfill }
      : tree
        ? this.bodies.adjust(tree.node, this.subscriptions.adjust(tree.node, classify(tree.node)))
        : classifyByWords(raw.words);
    if (trait.kind === 'refused') throw refusal(this.file, raw.start, trait);
    this.hasSecret ||= tree !== undefined && tellsSecret(tree.node);
    // The outer BEGIN and COMMIT mean nothing: ours replace them.
    if (!this.see && trait.kind !== 'begin' && trait.kind !== 'commit') this.hashMeaning(raw, tree);
    if (trait !== PLAIN) this.traits.set(this.statements.length, trait);
    const summary = summarize(raw.words);
    const effects = tree ? effectsOf(tree.node) : unparsedEffects(summary);
    const isUnchecked = !tree && (raw.tooDeep || summary !== BULK);
    this.statements.push({ start: raw.start, end: raw.end, summary, ...(effects && { effects }), ...(isUnchecked && { isUnchecked }) });
  }

  /** The statement below `-- part: backfill`. */
  private backfillOf({ start, end }: Span, tree: Tree | undefined): Backfill | undefined {
    const directive = this.directives.at(-1);
    if (directive?.mode !== 'backfill' || directive.before !== this.statements.length || !tree) return undefined;
    const verify = VERIFY.exec(this.file.text.slice(directive.offset, start))?.[1]?.replace(/;?\s*$/, '');
    if (verify === '') throw verifiesNothing(this.file, directive.offset);
    return readBackfill(this.file, { node: tree.node, span: { start, end }, said: { ...directive.options, ...(verify && { verify }) } });
  }

  private hashMeaning(raw: RawStatement, tree: Tree | undefined): void {
    this.hash.add(tree ? `\ntree ${meaningOf(tree)}` : '\ntokens ');
    if (!tree) hashTokens(this.file.text, raw, this.hash);
  }

  private treeOf(raw: RawStatement): Tree | undefined {
    // What never closes is a syntax error, which costs the parser no tree.
    const isTooLarge = raw.end - raw.start > LARGEST_PARSED && !raw.unclosed;
    const written = this.file.text.slice(raw.start, raw.end);
    if (controlsTransaction(raw.words) || !(raw.tooDeep || isTooLarge)) return this.parseAt(raw.start, written);
    if (raw.tooDeep) return undefined;
    for (const { text, head, from } of cutRows(written)) this.parseAt(raw.start + from - head, text, head);
    return undefined;
  }

  /** @param head how much of the text is not where it seems to be in the file, but before it */
  private parseAt(start: number, written: string, head = 0): Tree | undefined {
    try {
      return this.parse?.(withLf(written));
    } catch (error) {
      if (!(error instanceof SyntaxFailure)) throw error;
      throw syntaxRefusal(this.file, start + Math.max(offsetWithCrlf(written, error.offset), head), error.message);
    }
  }
}

const verifiesNothing = (file: SourceFile, offset: number): LockstepError =>
  refusal(file, offset, {
    code: 'verify-empty',
    what: 'Behind -- verify: stands nothing',
    next: 'write the whole question on its line: -- verify: SELECT count(*) FROM users WHERE email_lower IS NULL',
  });

function readDirective(file: SourceFile, piece: Extract<Piece, { kind: 'directive' }>, before: number): Directive {
  const mode = piece.argument.toLowerCase();
  const [, said] = /^backfill(?=\s|$)(.*)$/is.exec(piece.argument) ?? [];
  const options = said === undefined ? undefined : readOptions(said);
  if (options) return { mode: 'backfill', options, before, offset: piece.start };
  if (mode === 'transaction' || mode === 'no-transaction') return { mode, before, offset: piece.start };
  throw refusal(file, piece.start, {
    code: 'unknown-directive',
    what: piece.argument === '' ? '-- part: names no kind of part' : `-- part: does not know "${piece.argument}"`,
    next: 'write -- part: transaction, -- part: no-transaction, or -- part: backfill (in background, batch=5000 pause=50ms along=created_at,id wal=50MB yield=off); for a plain comment, begin with another word',
  });
}
