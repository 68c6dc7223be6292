/** PASSWORD 'x', OPTIONS (sslpassword 'x'), "password" 'x'; also in the doubled quotes of a function body. */
const PASSWORD_LITERAL = /(password"?\s{1,20}(?:[enu]&?)?'+)([^']+)/gi;
/** password=x in a connection string, PGPASSWORD=x in a command. */
const PASSWORD_PAIR = /(password=)([^'\s;&,)]+)/gi;
/** SET app.db_password = 'x', SET app.jwt_secret TO 'x', password := 'x', DECLARE pw text := 'x'; an empty string tells nothing. */
const SECRET_ASSIGNED =
  /((?:passw(?:or)?d|\bpwd?|secret|token|api_?key)"?\s{0,20}(?:(?:constant\s{1,20})?(?:text|varchar|bytea)(?:\s{1,20}not\s{1,20}null)?\s{0,20}:=|:?=|\bto\b)\s{0,20}(?:[enu]&?)?(?:'(?!')|'{2,}(?![\s;,)])))([^']+)/gi;
/** scheme://user:x@host */
const URL_PASSWORD = /(:\/\/[^\s:@/'"]{0,200}:)([^\s@/'"]{1,200})(?=@)/g;
/** Authorization: Bearer x */
const BEARER = /(\bbearer\s{1,20})([\w.~+/=-]{8,})/gi;

/** format('… PASSWORD %L', 'x') */
const PASSWORD_FORMATTED = /(password\s{1,20}%\d{0,3}\$?[LIs]'+\s{0,20},\s{0,20}(?:[enu]&?)?'+)([^']+)/gi;
/** set_config('app.password', 'x', …) */
const SECRET_SET =
  /(\bset_config\s{0,5}\(\s{0,20}'+[^']{0,60}(?:password|secret|token|api_?key)[^']{0,60}'+\s{0,20},\s{0,20}(?:[enu]&?)?'+)([^']+)/gi;

/** crypt('x', gen_salt('bf')), pgp_sym_encrypt(data, 'x'): what pgcrypto is given to keep secret (manual: pgcrypto). */
const CRYPTED = /(\bcrypt\s{0,5}\(\s{0,20}'+)([^']+)/gi;
const CRYPT_KEY =
  /(\b(?:pgp_sym_(?:en|de)crypt(?:_bytea)?|hmac)\s{0,5}\((?:[^'"();,]|'[^']*'|"[^"]*"|\([^()]*\)){1,200}?,\s{0,20}'+)([^']+)/gi;

const SECRETS = [
  CRYPTED,
  CRYPT_KEY,
  PASSWORD_FORMATTED,
  SECRET_SET,
  PASSWORD_LITERAL,
  PASSWORD_PAIR,
  SECRET_ASSIGNED,
  URL_PASSWORD,
  BEARER,
];

/** Above this size a text is not searched for passwords, and counts as holding one. */
export const LARGEST_SEARCHED = 256 * 1024;

/** Whether the text may hold a password. Rather once too often: the answer only keeps it out of the journal. */
export const holdsSecret = (text: string): boolean => SECRETS.some((pattern) => text.search(pattern) >= 0);

/** The same text with a `*` for each character of a password, so offsets stay right. */
export function maskSecrets(text: string): string {
  return SECRETS.reduce(
    (masked, pattern) => masked.replace(pattern, (_all, before: string, secret: string) => before + '*'.repeat(secret.length)),
    text,
  );
}

const BLANK = String.raw`(?:\s|/\*[\s\S]*?\*/|--[^\r\n]*[\r\n])*`;
const LITERAL = String.raw`(?:[enu]&?)?'(?:[^'\\]|\\[\s\S]|'')*'?|\$(?<tag>\w*)\$[\s\S]*?(?:\$\k<tag>\$|$)`;
/** Behind comments, with quotes inside, in dollar quotes, never closed. */
const PASSWORD = new RegExp(`(password"?${BLANK})(${LITERAL})`, 'gi');
/** In prose, as a notice says it. */
const PASSWORD_TOLD = /(\bpassword:\s{0,5})([^\s'",;)]+)/gi;
/** As the server says which row a unique key had already: Key (api_key)=(x) already exists. */
const KEY_TOLD = /(\bkey \([^()]{0,200}(?:passw|pwd|secret|token|api_?key)[^()]{0,200}\)=\()([^)]*)/gi;
/** Here every literal may be a password, even behind a misspelt keyword. */
const ROLE_STATEMENT = /\b(?:create|alter)\s+(?:role|user|group)\b[^;]*/gi;

/** For text that is shown: masks whatever may be of a password, rather too much. Offsets stay right. */
export function maskPasswords(code: string): string {
  return maskSecrets(code)
    .replace(PASSWORD, (_, keyword: string, literal: string) => keyword + hide(literal))
    .replace(PASSWORD_TOLD, (_, before: string, secret: string) => before + '*'.repeat(secret.length))
    .replace(KEY_TOLD, (_, before: string, value: string) => before + '*'.repeat(value.length))
    .replace(ROLE_STATEMENT, hideLiterals);
}

const hide = (literal: string): string => literal.replace(/[^'$\r\n]/g, '*');
const hideLiterals = (code: string): string => code.replace(new RegExp(LITERAL, 'gi'), hide);

const TELLING = /pass(?:word|wd|phrase)|\bpwd\b|secret|token|credential|conninfo|connection/i;
/** The end of a URL that was cut off before its `@`. */
const URL_CUT = /(:\/\/[^\s:@/'"]{0,200}:)([^\s@/'"]{1,200})$/;

/** A statement that is not ours, and may be cut off anywhere: where a word suggests a secret, every literal behind it is masked. */
export function maskForeignQuery(query: string): string {
  const masked = maskPasswords(query).replace(URL_CUT, (_all, before: string, secret: string) => before + '*'.repeat(secret.length));
  const at = masked.search(TELLING);
  return at < 0 ? masked : masked.slice(0, at) + hideLiterals(masked.slice(at));
}
