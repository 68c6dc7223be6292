import type { SnapshotLine } from '../snapshot/take-snapshot.ts';
import { hashTokens } from '../sql/text/statement-text.ts';
import { TokenHash } from '../sql/text/token-hash.ts';

const HOUR_MS = 3_600_000;
/** As far as a time zone can be away. */
const NEAR_MS = 15 * HOUR_MS;
const MOMENT = /'(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d\.\d+)(?:[+-]\d\d(?::\d\d)?)?'/g;
/** What a view does anyway. */
const VIEW_DEFAULTS = /\bwith security_(?:barrier|invoker)=(?:false|off)(?:, security_(?:barrier|invoker)=(?:false|off))? /;
const FUNCTION = /^(CREATE [\s\S]*? LANGUAGE (?:plpgsql|sql)\b[\s\S]*?\bAS )(\$\w*\$)([\s\S]*)\2/;

/**
 * Whether two definitions of one object say the same: `'now'::timestamp` in a view becomes the moment at which it was made, and the code of a function is
 * kept with its white space and comments.
 * @returns what is different nevertheless; empty where nothing is that anybody would call so
 */
export function alikeBut(before: SnapshotLine, after: SnapshotLine): string | undefined {
  const [one, other] = [plain(before), plain(after)];
  if (one === other) return '';
  if (before.kind !== 'function') return undefined;
  const [a, b] = [codeHash(one), codeHash(other)];
  return a !== undefined && a === b ? 'white space or comments' : undefined;
}

const plain = ({ kind, definition }: SnapshotLine): string => {
  const timeless = definition.replaceAll(MOMENT, (text, day: string, time: string) => (isNear(`${day}T${time}Z`) ? "'now'" : text));
  return kind === 'view' ? timeless.replace(VIEW_DEFAULTS, '') : timeless;
};

const isNear = (moment: string): boolean => Math.abs(Date.parse(moment) - Date.now()) < NEAR_MS;

/** By its tokens, for languages in which white space says nothing. */
function codeHash(definition: string): string | undefined {
  const [, head, , body] = FUNCTION.exec(definition) ?? [];
  if (head === undefined || body === undefined) return undefined;
  const hash = new TokenHash();
  for (const text of [head, body]) hashTokens(text, { start: 0, end: text.length }, hash);
  return hash.digest();
}
