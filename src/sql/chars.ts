/** Character classes of PostgreSQL's lexer (scan.l), by UTF-16 code unit; everything from U+0080 on is a letter to it. */
const TAB = 9;
export const LF = 10;
export const CR = 13;
const SPACE = 32;
export const DOUBLE_QUOTE = 34;
export const DOLLAR = 36;
export const AMPERSAND = 38;
export const QUOTE = 39;
export const OPEN = 40;
export const CLOSE = 41;
export const STAR = 42;
export const PLUS = 43;
export const COMMA = 44;
export const DASH = 45;
export const DOT = 46;
export const SLASH = 47;
export const SEMICOLON = 59;
export const OPEN_BRACKET = 91;
export const BACKSLASH = 92;
export const CLOSE_BRACKET = 93;
const UNDERSCORE = 95;

export const isSpace = (c: number): boolean => c === SPACE || (c >= TAB && c <= CR);
export const isDigit = (c: number): boolean => c >= 48 && c <= 57;
export const isWordStart = (c: number): boolean => ((c | 32) >= 97 && (c | 32) <= 122) || c === UNDERSCORE || c >= 0x80;
export const isWordPart = (c: number): boolean => isWordStart(c) || isDigit(c) || c === DOLLAR;
