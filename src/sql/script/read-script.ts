import type { LockstepError } from '../../model/lockstep-error.ts';
import type { SourceFile } from '../../model/migration.ts';
import type { Span, Statement } from '../../model/script.ts';
import { effectsOf, unparsedEffects } from '../effects/statement-effects.ts';
import { loadParser, type Parse, SyntaxFailure, type Tree } from '../parser.ts';
import { holdsSecret } from '../text/secrets.ts';
import { type Piece, type RawStatement, split } from '../text/split.ts';
import { hashTokens, offsetWithCrlf, summarize, withLf } from '../text/statement-text.ts';
import { TokenHash } from '../text/token-hash.ts';
import { classify, classifyByWords, controlsTransaction, SlotlessSubscriptions } from './classify.ts';
import { type Directive, readDirective } from './directives.ts';
import { heedMarkers } from './heed-markers.ts';
import { mayBeMarked } from './markers.ts';
import { refusal } from './refusals.ts';
import { tellsSecret } from './secret-statements.ts';
import { backslashRefusal, syntaxRefusal } from './syntax-refusals.ts';
import { PLAIN, type Trait } from './traits.ts';

/** What one pass over a file finds, before its statements are grouped into parts. */
export interface Reading {
  readonly file: SourceFile;
  readonly statements: readonly Statement[];
  /** By index into `statements`; bulk data has none, as a script may hold very much of it. */
  readonly traits: ReadonlyMap<number, Trait>;
  readonly directives: readonly Directive[];
  readonly hasSecret: boolean;
  readonly hash: TokenHash;
}

/** Above this size a statement's tree takes more memory than it is worth (60 MB per MB); the server judges it. */
const LARGEST_PARSED = 1_000_000;
/** Above this size a file is not searched for passwords, and counts as holding one. */
const LARGEST_SEARCHED = 256 * 1024;
const BULK = 'INSERT INTO';

/** Splits, parses and classifies in file order, so that the first error in the file is the one that is told. */
export async function readScript(file: SourceFile): Promise<Reading> {
  const reader = new Reader(file);
  for (const piece of split(file.text, reader.hash)) {
    if (piece.kind === 'statement') reader.parse ??= await loadParser();
    reader.take(piece);
  }
  return reader;
}

class Reader implements Reading {
  readonly file: SourceFile;
  readonly statements: Statement[] = [];
  readonly traits = new Map<number, Trait>();
  readonly directives: Directive[] = [];
  readonly hash = new TokenHash();
  hasSecret: boolean;
  parse: Parse | undefined;
  private isHeeded = false;
  private readonly subscriptions = new SlotlessSubscriptions();

  constructor(file: SourceFile) {
    this.file = file;
    this.hasSecret = file.text.length > LARGEST_SEARCHED || holdsSecret(file.text);
  }

  take(piece: Piece): void {
    if (piece.kind === 'constant-insert') this.statements.push({ start: piece.start, end: piece.end, summary: BULK });
    else if (piece.kind === 'statement') this.takeStatement(piece);
    else if (piece.kind === 'backslash') throw backslashRefusal(this.file, piece);
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

  private takeDirective(directive: Directive): void {
    this.directives.push(directive);
    this.hash.add(`\npart ${directive.mode}`);
  }

  private takeStatement(raw: RawStatement): void {
    this.heedMarkers(raw);
    const tree = this.treeOf(raw);
    const trait = tree ? this.subscriptions.adjust(tree.node, classify(tree.node)) : classifyByWords(raw.words);
    if (trait.kind === 'refused') throw refusal(this.file, raw.start, trait);
    this.hasSecret ||= tree !== undefined && tellsSecret(tree.node);
    // The outer BEGIN and COMMIT mean nothing: ours replace them.
    if (trait.kind !== 'begin' && trait.kind !== 'commit') this.hashMeaning(raw, tree);
    if (trait !== PLAIN) this.traits.set(this.statements.length, trait);
    const summary = summarize(raw.words);
    const effects = tree ? effectsOf(tree.node) : unparsedEffects(summary);
    this.statements.push({ start: raw.start, end: raw.end, summary, ...(effects && { effects }) });
  }

  private hashMeaning(raw: RawStatement, tree: Tree | undefined): void {
    this.hash.add(tree ? `\ntree ${tree.json}` : '\ntokens ');
    if (!tree) hashTokens(this.file.text, raw, this.hash);
  }

  private treeOf(raw: RawStatement): Tree | undefined {
    // What never closes is a syntax error, which costs the parser no tree.
    const isTooLarge = raw.end - raw.start > LARGEST_PARSED && !raw.unclosed;
    if ((raw.tooDeep || isTooLarge) && !controlsTransaction(raw.words)) return undefined;
    const written = this.file.text.slice(raw.start, raw.end);
    try {
      return this.parse?.(withLf(written));
    } catch (error) {
      throw error instanceof SyntaxFailure ? this.syntaxRefusal(raw, written, error) : error;
    }
  }

  private syntaxRefusal(raw: RawStatement, written: string, { message, offset }: SyntaxFailure): LockstepError {
    return syntaxRefusal(this.file, raw.start + offsetWithCrlf(written, offset), message);
  }
}
