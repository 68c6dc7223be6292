import { CLOSE, CLOSE_BRACKET, COMMA, DOT, isWordPart, isWordStart, OPEN, OPEN_BRACKET, SEMICOLON } from './whitespace.ts';

const LEADING_WORDS = 12;
const LONGEST_KEYWORD = 18;
/** Terms that may hang on one another before the parser's stack is in danger; it bears about 6,000, and a stack overflow damages it. */
const DEEPEST = 4_000;
const SELECT_WEIGHT = 8;

interface Level {
  /** Tokens since the last comma: `a + b + c` nests once per operator. */
  chain: number;
  /** SELECTs, which a comma does not end: `SELECT 1, 2 UNION SELECT 3, 4`. */
  selects: number;
}

/** What stands open in a statement: parentheses and BEGIN ATOMIC, inside which a semicolon does not end it; and how deep it is. */
export class Nesting {
  readonly words: string[] = [];
  private readonly levels: Level[] = [{ chain: 0, selects: 0 }];
  private load = 0;
  private deepest = 0;
  /** Levels beyond the deepest that is kept. */
  private hidden = 0;
  private parens = 0;
  /** Open BEGIN ATOMIC and CASE. */
  private blocks = 0;
  private isLeading = true;
  private previous = '';

  isInside(): boolean {
    return this.parens > 0 || this.blocks > 0;
  }

  isTooDeep(): boolean {
    return this.deepest > DEEPEST;
  }

  see(text: string, start: number, end: number): void {
    const c = text.charCodeAt(start);
    const isWord = isWordStart(c) && end - start <= LONGEST_KEYWORD && isWordPart(text.charCodeAt(end - 1));
    const word = isWord ? text.slice(start, end).toUpperCase() : '';
    if (word) this.seeWord(word);
    else this.seeMark(c);
    this.grow(word === 'SELECT' ? 0 : 1, word === 'SELECT' ? SELECT_WEIGHT : 0);
    this.previous = word || (c === DOT ? '.' : '');
  }

  private seeWord(word: string): void {
    if (this.isLeading && this.words.length < LEADING_WORDS) this.words.push(word);
    // In `AS end` and `x.end` it is a name.
    if (this.previous === 'AS' || this.previous === '.') return;
    if (word === 'ATOMIC') this.blocks += this.blocks === 0 && this.previous === 'BEGIN' && this.isRoutine() ? 1 : 0;
    else if (this.blocks > 0 && word === 'CASE') this.blocks += 1;
    else if (this.blocks > 0 && word === 'END') this.blocks -= 1;
  }

  private seeMark(c: number): void {
    if (c === OPEN || c === OPEN_BRACKET) this.open(c);
    else if (c === CLOSE || c === CLOSE_BRACKET) this.close(c);
    else if (c === COMMA) this.restart(false);
    else if (c === SEMICOLON) this.restart(true);
    // `(SELECT 1) UNION …` still begins with a word.
    this.isLeading &&= c === OPEN && this.words.length === 0;
  }

  private isRoutine(): boolean {
    const [first, second, third, fourth] = this.words;
    const object = second === 'OR' && third === 'REPLACE' ? fourth : second;
    return first === 'CREATE' && (object === 'FUNCTION' || object === 'PROCEDURE');
  }

  private open(c: number): void {
    if (c === OPEN) this.parens += 1;
    if (this.levels.length < DEEPEST) this.levels.push({ chain: 0, selects: 0 });
    else this.hidden += 1;
  }

  private close(c: number): void {
    if (c === CLOSE) this.parens -= 1;
    if (this.hidden > 0) {
      this.hidden -= 1;
      return;
    }
    this.restart(true);
    if (this.levels.length > 1) this.levels.pop();
  }

  private grow(chain: number, selects: number): void {
    const level = this.levels.at(-1);
    if (!level) return;
    level.chain += chain;
    level.selects += selects;
    this.load += chain + selects;
    if (this.load > this.deepest) this.deepest = this.load;
  }

  private restart(all: boolean): void {
    const level = this.levels.at(-1);
    if (!level) return;
    this.load -= level.chain + (all ? level.selects : 0);
    level.chain = 0;
    if (all) level.selects = 0;
  }
}
