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
  const secret = key.toString('hex');
  const isFitting = kind === 'integer' ? (text: string): boolean => fits(text, most) : (): boolean => true;
  return (value) => {
    let masked = value;
    // To go on until one fits is a permutation of those that fit (Black and Rogaway 2002).
    for (let walk = 0; walk < MOST_WALKS; walk += 1) {
      masked = permute(secret, kind, masked);
      if (isFitting(masked)) return masked;
    }
    throw new Error('no value of this shape fits into the column');
  };
}

const fits = (text: string, most: bigint): boolean => {
  const number = BigInt(text);
  return number >= -most - 1n && number <= most;
};

function permute(key: string, kind: MaskKind, value: string): string {
  const characters = [...value];
  const places: Place[] = [];
  let shape = '';
  for (const [at, character] of characters.entries()) {
    const kin = kinOf(kind, characters, at);
    if (kin) places.push({ at, alphabet: kin.alphabet, index: kin.index });
    shape += kin ? kin.mark : character;
  }
  if (places.length === 0) return value;
  mix(`${key}:${shape}`, places);
  for (const { at, alphabet, index } of places) characters[at] = alphabet[index] ?? '';
  return characters.join('');
}

/** Each half is shifted in turn by what the other one, the shape and the key say. */
function mix(message: string, places: readonly Place[]): void {
  const [first] = places;
  // One alone would stay as it is now and then.
  if (first && places.length === 1) {
    shift(places, [1 + ((keyStream(message, 1)[0] ?? 0) % (first.alphabet.length - 1))]);
    return;
  }
  const middle = Math.ceil(places.length / 2);
  const halves = [places.slice(0, middle), places.slice(middle)] as const;
  for (let round = 0; round < ROUNDS; round += 1) {
    const [changed, other] = round % 2 === 0 ? halves : ([halves[1], halves[0]] as const);
    let said = '';
    for (const { index } of other) said += `${index},`;
    shift(changed, keyStream(`${message}:${round}:${said}`, changed.length));
  }
}

function shift(places: readonly Place[], numbers: ArrayLike<number>): void {
  for (const [i, place] of places.entries()) place.index = (place.index + (numbers[i] ?? 0)) % place.alphabet.length;
}

const BYTES = 64;

/** Numbers that nobody knows without the key, which the message begins with. */
function keyStream(message: string, count: number): readonly number[] {
  const numbers: number[] = [];
  for (let block = 0; numbers.length < count; block += 1) {
    // A text of bytes is made in a third of the time of a Buffer.
    const bytes = hash('sha512', `${message}:${block}`, 'binary');
    for (let at = 0; at < BYTES && numbers.length < count; at += 2) numbers.push(bytes.charCodeAt(at) * 256 + bytes.charCodeAt(at + 1));
  }
  return numbers;
}

/** A character among those that may stand for it. */
interface Kin {
  readonly alphabet: readonly string[];
  readonly index: number;
  /** What stands in the shape for all of them. Upper and lower case have the same, so that what differs without case does so afterwards. */
  readonly mark: string;
}

const DIGITS = [...'0123456789'];
const FIRST_DIGITS = DIGITS.slice(1);
const HEX_LETTERS = [...'abcdef'];
// Version and variant (RFC 9562).
const UUID_FIXED = [14, 19];

/** Undefined for what stays. */
function kinOf(kind: MaskKind, characters: readonly string[], at: number): Kin | undefined {
  const character = characters[at] ?? '';
  if (kind === 'text') return kinInText(character);
  const isDigit = DIGITS.includes(character);
  if (kind === 'uuid') return UUID_FIXED.includes(at) ? undefined : kinIn(isDigit ? DIGITS : HEX_LETTERS, character);
  if (!isDigit) return undefined;
  // A number that began with 0 would be a shorter one, and no longer one of its own.
  const isFirst = at === 0 || characters[at - 1] === '-';
  return kinIn(isFirst ? FIRST_DIGITS : DIGITS, character);
}

function kinIn(alphabet: readonly string[], character: string): Kin | undefined {
  const index = alphabet.indexOf(character);
  return index < 0 || alphabet.length < 2
    ? undefined
    : { alphabet, index, mark: `<${(alphabet[0] ?? '').toLowerCase()}${alphabet.length}>` };
}

const CATEGORIES = [/\p{Nd}/u, /\p{Lu}/u, /\p{Ll}/u, /\p{L}/u];
const BLOCK = 64;
const kins = new Map<string, Kin | undefined>();

/** Among the characters of the same kind that stand near it in Unicode: a–z for an a, Greek for Greek. */
function kinInText(character: string): Kin | undefined {
  if (kins.has(character)) return kins.get(character);
  const categoryOf = (one: string): number => CATEGORIES.findIndex((it) => it.test(one));
  const category = categoryOf(character);
  const first = Math.floor((character.codePointAt(0) ?? 0) / BLOCK) * BLOCK;
  const block = Array.from({ length: BLOCK }, (_, i) => String.fromCodePoint(first + i));
  const kin =
    category < 0
      ? undefined
      : kinIn(
          block.filter((one) => categoryOf(one) === category),
          character,
        );
  kins.set(character, kin);
  return kin;
}
