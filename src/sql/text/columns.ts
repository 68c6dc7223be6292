// Not string-width: what it makes when it is loaded, a regular expression of all emoji, costs every command 20 ms.

const ASCII = /^[ -~]*$/;
const INVISIBLE = /^[\p{Default_Ignorable_Code_Point}\p{Mark}\p{Control}]+$/u;
/** East Asian Width W and F, by their blocks, and what is shown as an emoji. */
const WIDE =
  /\ufe0f|[\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6b\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18cff}\u{1aff0}-\u{1b2fb}\u{20000}-\u{3fffd}\p{Emoji_Presentation}]/u;

/** How many columns of a terminal a text takes. */
export function columnsOf(text: string): number {
  if (ASCII.test(text)) return text.length;
  return charactersOf(text).reduce((sum, character) => sum + widthOf(character), 0);
}

/** What a reader takes for characters: a letter with its accents is one. */
export function charactersOf(text: string): string[] {
  if (ASCII.test(text)) return text.split('');
  graphemes ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  return Array.from(graphemes.segment(text), ({ segment }) => segment);
}

let graphemes: Intl.Segmenter | undefined;

const widthOf = (character: string): number => (INVISIBLE.test(character) ? 0 : WIDE.test(character) ? 2 : 1);
