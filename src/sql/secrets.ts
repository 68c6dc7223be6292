/** PASSWORD 'x', OPTIONS (password 'x'), "password" 'x'; also in the doubled quotes of a function body. */
const PASSWORD_LITERAL = /(\bpassword"?\s{1,20}(?:[enu]&?)?'+)([^']+)/gi;
/** password=x in a connection string. */
const PASSWORD_PAIR = /(\bpassword=)([^'\s;&,)]+)/gi;
/** SET password = 'x', password := 'x' */
const PASSWORD_ASSIGNED = /(\bpassword"?\s{0,20}:?=\s{0,20}(?:[enu]&?)?'+)([^']+)/gi;
/** scheme://user:x@host */
const URL_PASSWORD = /(:\/\/[^\s:@/'"]{0,200}:)([^\s@/'"]{1,200})(?=@)/g;

/** format('… PASSWORD %L', 'x') */
const PASSWORD_FORMATTED = /(\bpassword\s{1,20}%\d{0,3}\$?[LIs]'+\s{0,20},\s{0,20}(?:[enu]&?)?'+)([^']+)/gi;
/** set_config('app.password', 'x', …) */
const PASSWORD_SET = /(\bset_config\s{0,5}\(\s{0,20}'+[^']{0,60}password[^']{0,60}'+\s{0,20},\s{0,20}(?:[enu]&?)?'+)([^']+)/gi;

const SECRETS = [PASSWORD_FORMATTED, PASSWORD_SET, PASSWORD_LITERAL, PASSWORD_PAIR, PASSWORD_ASSIGNED, URL_PASSWORD];

/** Whether the text may hold a password. Rather once too often: the answer only keeps it out of the journal. */
export function holdsSecret(text: string): boolean {
  return SECRETS.some((pattern) => text.search(pattern) >= 0);
}

/** The same text with a `*` for each character of a password, so offsets stay right. */
export function maskSecrets(text: string): string {
  return SECRETS.reduce(
    (masked, pattern) => masked.replace(pattern, (_all, before: string, secret: string) => before + '*'.repeat(secret.length)),
    text,
  );
}
