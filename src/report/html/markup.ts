/** Text that is HTML already; whatever else goes into a page is escaped. */
export interface Markup {
  readonly markup: string;
}

export type Piece = Markup | string | number | undefined | readonly Piece[];

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function render(piece: Piece): string {
  if (piece === undefined) return '';
  if (typeof piece === 'object') return 'markup' in piece ? piece.markup : piece.map(render).join('');
  return String(piece).replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

/** What is put in between is text, in an element or in a quoted attribute, unless it is markup. */
export const html = (texts: TemplateStringsArray, ...pieces: readonly Piece[]): Markup => ({
  markup: texts.map((text, i) => text + render(pieces[i])).join(''),
});

/** A link, or the text alone where there is nowhere to lead. */
export const link = (text: Piece, url: string | undefined): Markup =>
  url === undefined ? html`${text}` : html`<a href="${url}" rel="noreferrer">${text}</a>`;
