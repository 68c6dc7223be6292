// Names as people type them, as PostgreSQL quotes them, and as long as it lets them be.

/** PostgreSQL cuts a name after so many bytes. */
const LONGEST = 63;

/** `shop."Orders".id` as its names: what stands in no quotes is folded. Undefined for what is no name. */
export function namesIn(text: string): readonly string[] | undefined {
  const names = text.match(/"(?:[^"]|"")+"|[^".\s()]+/g) ?? [];
  return names.length > 0 && names.join('.') === text ? names.map(unquoted) : undefined;
}

export const unquoted = (name: string): string => (name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase());

const bytes = (text: string): number => Buffer.byteLength(text);

/** Cut in front of the last characters, never inside one. */
function cut(text: string, longest: number): string {
  let kept = '';
  for (const letter of text) {
    if (bytes(kept) + bytes(letter) > longest) break;
    kept += letter;
  }
  return kept;
}

/** Those of every table (manual: ddl-system-columns). */
const SYSTEM = ['tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid'];

/** Why a name that was typed, without quotes, cannot be given; undefined where it can. */
export function reasonAgainstName(name: string, what: 'table' | 'column'): string | undefined {
  if (bytes(name) > LONGEST) return `"${name}" has ${bytes(name)} bytes, and PostgreSQL cuts a name after ${LONGEST}`;
  return what === 'column' && SYSTEM.includes(name) ? `${name} is a column that every table has` : undefined;
}

/** Quotes that the text does not end. */
export function dollarQuoted(text: string): string {
  let tag = '$$';
  for (let n = 1; text.includes(tag); n += 1) tag = `$body${n === 1 ? '' : n}$`;
  return `${tag}${text}${tag}`;
}

/** `table_column_label`, shortened as PostgreSQL shortens what it names itself (makeObjectName): always the longer of both. */
export function joinNames(parts: readonly [string, string?], label: string): string {
  const room = LONGEST - bytes(label) - 1 - (parts[1] === undefined ? 0 : 1);
  let [first, second] = [bytes(parts[0]), bytes(parts[1] ?? '')];
  while (first + second > room) {
    if (first > second) first -= 1;
    else second -= 1;
  }
  return [cut(parts[0], first), ...(parts[1] === undefined ? [] : [cut(parts[1], second)]), label].join('_');
}
