// Values that look like the ones that were there and tell nothing of them: letters for letters, digits for digits, the rest as it is.
import { hash } from 'node:crypto';

export type MaskKind = 'text' | 'integer' | 'numeric' | 'uuid';

/** One value for another; the same for the same, and never one for two. */
export type Mask = (value: string) => string;

/** A place of a value that changes: which of how many characters stands there. */
interface Place {
  readonly at: number;
  readonly alphabet: readonly string[];
  index: number;
}

/** So many make a permutation out of a hash (Luby and Rackoff 1988). */
const ROUNDS = 4;
const MOST_WALKS = 10_000;

/**
 * Permutes the values of each shape among themselves, keyed: what was unique stays so, lengths and marks stay, and an address stays an address.
 * @param most largest whole number that its column takes
 */
export function maskWith(key: Buffer, kind: MaskKind, most = 0n): Mask {
  const isFitting = kind === 'integer' ? (text: string): boolean => fits(text, most) : (): boolean => true;
  return (value) => {
    let masked = value;
    // To go on until one fits is a permutation of those that fit (Black and Rogaway 2002).
    for (let walk = 0; walk < MOST_WALKS; walk += 1) {
      masked = permute(key, kind, masked);
      if (isFitting(masked)) return masked;
    }
    throw new Error('no value of this shape fits into the column');
  };
}

const fits = (text: string, most: bigint): boolean => {
  const number = BigInt(text);
  return number >= -most - 1n && number <= most;
};

function permute(key: Buffer, kind: MaskKind, value: string): string {
  const characters = [...value];
  const places = characters.flatMap((character, at): Place[] => {
    const alphabet = alphabetAt(kind, characters, at);
    const index = alphabet.indexOf(character);
    return alphabet.length > 1 && index >= 0 ? [{ at, alphabet, index }] : [];
  });
  if (places.length === 0) return value;
  const shape = shapeOf(characters, places);
  const [first] = places;
  // One alone would stay as it is now and then.
  if (first && places.length === 1) shift(places, [1 + ((keyStream(key, shape, 1)[0] ?? 0) % (first.alphabet.length - 1))]);
  else mix(key, shape, places);
  for (const { at, alphabet, index } of places) characters[at] = alphabet[index] ?? '';
  return characters.join('');
}

function mix(key: Buffer, shape: string, places: readonly Place[]): void {
  const middle = Math.ceil(places.length / 2);
  const halves = [places.slice(0, middle), places.slice(middle)] as const;
  for (let round = 0; round < ROUNDS; round += 1) {
    const [changed, other] = round % 2 === 0 ? halves : ([halves[1], halves[0]] as const);
    shift(changed, keyStream(key, `${round}:${shape}:${other.map(({ index }) => index).join()}`, changed.length));
  }
}

function shift(places: readonly Place[], numbers: readonly number[]): void {
  for (const [i, place] of places.entries()) place.index = (place.index + (numbers[i] ?? 0)) % place.alphabet.length;
}

const BYTES = 64;

/** Numbers that nobody knows without the key. */
function keyStream(key: Buffer, message: string, count: number): readonly number[] {
  const numbers: number[] = [];
  for (let block = 0; numbers.length < count; block += 1) {
    const bytes = hash('sha512', Buffer.concat([key, Buffer.from(`${block}:${message}`)]), 'buffer');
    for (let at = 0; at < BYTES; at += 2) numbers.push(bytes.readUInt16BE(at));
  }
  return numbers;
}

/** What of a value stays: marks, and which kind of character stands where. Upper and lower case count as one, so that what differs without case does so afterwards. */
function shapeOf(characters: readonly string[], places: readonly Place[]): string {
  const shape = [...characters];
  for (const { at, alphabet } of places) shape[at] = `<${(alphabet[0] ?? '').toLowerCase()}${alphabet.length}>`;
  return shape.join('');
}

const DIGITS = [...'0123456789'];
const FIRST_DIGITS = DIGITS.slice(1);
const NONE: readonly string[] = [];
// Version and variant (RFC 9562).
const UUID_FIXED = [14, 19];

function alphabetAt(kind: MaskKind, characters: readonly string[], at: number): readonly string[] {
  const character = characters[at] ?? '';
  if (kind === 'text') return alphabetOf(character);
  const isDigit = DIGITS.includes(character);
  if (kind === 'uuid') return UUID_FIXED.includes(at) ? NONE : isDigit ? DIGITS : [...'abcdef'];
  if (!isDigit) return NONE;
  // A number that began with 0 would be a shorter one, and no longer one of its own.
  const isFirst = at === 0 || characters[at - 1] === '-';
  return !isFirst ? DIGITS : character === '0' ? NONE : FIRST_DIGITS;
}

const CATEGORIES = [/\p{Nd}/u, /\p{Lu}/u, /\p{Ll}/u, /\p{L}/u];
const BLOCK = 64;
const alphabets = new Map<string, readonly string[]>();

/** The characters of the same kind that stand near it in Unicode: a–z for an a, Greek for Greek. */
function alphabetOf(character: string): readonly string[] {
  const category = CATEGORIES.findIndex((one) => one.test(character));
  const rule = CATEGORIES[category];
  if (!rule) return NONE;
  const first = Math.floor((character.codePointAt(0) ?? 0) / BLOCK) * BLOCK;
  const name = `${category} ${first}`;
  const known = alphabets.get(name);
  if (known) return known;
  const block = Array.from({ length: BLOCK }, (_, i) => String.fromCodePoint(first + i));
  const found = block.filter((one) => CATEGORIES.findIndex((it) => it.test(one)) === category);
  alphabets.set(name, found);
  return found;
}
