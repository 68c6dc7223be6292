import { ALIASES, ENVIRONMENTS, type Project } from '../model/environment.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import type { BackupPolicy, Policy, RehearsalPolicy } from '../model/policy.ts';

type Settings = Project['history'] & { readonly root: string; readonly environments?: unknown };

/** What a setting may be, and how that is said. */
interface Rule {
  readonly allows: (value: unknown) => boolean;
  readonly wants: string;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value) && value >= 0;
const optional = ({ allows, wants }: Rule): Rule => ({ allows: (value) => value === undefined || allows(value), wants });
const oneOf = (...words: readonly string[]): Rule => ({
  allows: (value) => words.includes(value as string),
  wants: words.map((word) => `'${word}'`).join(', '),
});
// The server takes whole milliseconds, up to the largest int4.
const DURATION: Rule = {
  allows: (value) => isNumber(value) && Number.isInteger(value) && value < 2 ** 31,
  wants: 'a whole number of milliseconds from 0 to 2,147,483,647',
};
const LOCK_TIMEOUT: Rule = {
  allows: (value) => DURATION.allows(value) && (value === 0 || (value as number) >= 50),
  wants: '0 or a whole number of milliseconds from 50 to 2,147,483,647',
};
const YES_OR_NO: Rule = { allows: (value) => typeof value === 'boolean', wants: 'true or false' };
const TEXT: Rule = { allows: (value) => typeof value === 'string' && value !== '', wants: 'a text that is not empty' };
// The names of its indexes and triggers are longer, and PostgreSQL cuts them at 63 bytes (manual: sql-syntax-lexical).
const NAME: Rule = {
  allows: (value) => typeof value === 'string' && /^[\w$]{1,40}$/.test(value),
  wants: 'up to 40 letters, digits and underscores',
};
const AMOUNT: Rule = { allows: isNumber, wants: 'a number from 0' };

const METHOD = oneOf('off', 'auto', 'pg_dump', 'copy', 'external');

const BACKUP: Readonly<Record<keyof BackupPolicy, Rule>> = {
  method: METHOD,
  proof: oneOf('read', 'restore'),
  folder: TEXT,
  command: optional(TEXT),
  keptBy: optional(TEXT),
  external: optional(TEXT),
  pgDump: optional(TEXT),
  keepCount: AMOUNT,
  keepDays: AMOUNT,
};

const SEVERITY = oneOf('error', 'warning', 'info', 'off');

const REHEARSAL_GATE = oneOf('off', 'auto', 'required');

const REHEARSAL: Readonly<Record<keyof RehearsalPolicy, Rule>> = {
  gate: REHEARSAL_GATE,
  data: optional(oneOf('made', 'real')),
  sameMajor: optional(YES_OR_NO),
};

const POLICY: Readonly<Record<keyof Policy, Rule>> = {
  runLockWaitMs: DURATION,
  lateVersions: oneOf('apply', 'refuse'),
  emptyScripts: oneOf('refuse', 'accept'),
  rollbacks: oneOf('expected', 'optional'),
  createMissing: YES_OR_NO,
  lockTimeoutMs: LOCK_TIMEOUT,
  lockRetryForMs: DURATION,
  statementTimeoutMs: DURATION,
  maxStallMs: DURATION,
  backup: { allows: (value) => value === undefined || isObject(value) || METHOD.allows(value), wants: `${METHOD.wants} or { … }` },
  consent: oneOf('off', 'ask'),
  dataLoss: oneOf('off', 'show', 'consent', 'backup'),
  rehearsal: {
    allows: (value) => (isObject(value) && value['gate'] !== undefined) || REHEARSAL_GATE.allows(value),
    wants: `${REHEARSAL_GATE.wants} or { gate: 'required', … }`,
  },
  snapshot: oneOf('off', 'auto', 'required'),
  role: optional(TEXT),
  lint: oneOf('off', 'warn', 'refuse'),
  lintRules: {
    allows: (value) => isObject(value) && Object.values(value).every(SEVERITY.allows),
    wants: `a severity for each rule: { 'add-foreign-key': 'warning' }; ${SEVERITY.wants}`,
  },
  allowStock: YES_OR_NO,
  backfills: oneOf('background', 'foreground'),
};

/**
 * A knexfile is not compiled before it runs, so a slip of the pen in it would quietly leave a guard at its default, or switch it off.
 * @throws LockstepError (exit 2) for the first setting that means nothing
 */
export function verifySettings({ root: _, tableName, schemaName, environments = {}, ...bases }: Settings): void {
  verify('tableName', tableName, optional(NAME));
  verify('schemaName', schemaName, optional(TEXT));
  for (const [name, policy] of Object.entries(bases)) {
    if (!(ENVIRONMENTS as readonly string[]).includes(name)) throw unknown(name, ENVIRONMENTS);
    if (policy !== undefined) verifyPolicy(name, policy);
  }
  if (!isObject(environments)) throw impossible('environments', environments, '{ … }');
  for (const [name, settings] of Object.entries(environments)) verifyOwn(name, settings);
}

/** Names are typed in a shell, and are part of a file's name. */
function verifyOwn(name: string, settings: unknown): void {
  const isTaken = (ENVIRONMENTS as readonly string[]).includes(name) || Object.hasOwn(ALIASES, name);
  if (isTaken || !/^[a-z][\w-]{0,39}$/i.test(name))
    throw refused(`The environment ${name} cannot have that name`, 'a letter, then up to 39 letters, digits, - and _; none of the four');
  if (!isObject(settings)) throw impossible(`environments.${name}`, settings, "{ basedOn: 'production', … }");
  const { basedOn, ...policy } = settings;
  verify(`environments.${name}.basedOn`, basedOn, oneOf(...ENVIRONMENTS));
  verifyPolicy(`environments.${name}`, policy);
}

function verifyPolicy(name: string, policy: unknown): void {
  if (!isObject(policy)) throw impossible(name, policy, '{ … }');
  verifyEach(name, policy, POLICY);
  if (isObject(policy['backup'])) verifyEach(`${name}.backup`, policy['backup'], BACKUP);
  if (isObject(policy['rehearsal'])) verifyEach(`${name}.rehearsal`, policy['rehearsal'], REHEARSAL);
}

function verifyEach(where: string, settings: Readonly<Record<string, unknown>>, rules: Readonly<Record<string, Rule>>): void {
  for (const [name, value] of Object.entries(settings)) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (!rule) throw unknown(`${where}.${name}`, Object.keys(rules));
    verify(`${where}.${name}`, value, rule);
  }
}

function verify(name: string, value: unknown, { allows, wants }: Rule): void {
  if (!allows(value)) throw impossible(name, value, wants);
}

const unknown = (name: string, known: readonly string[]): LockstepError =>
  refused(`There is no setting ${name}`, `one of ${known.join(', ')}`);

const impossible = (name: string, value: unknown, wants: string): LockstepError =>
  refused(`The setting ${name} cannot be ${shown(value)}`, wants);

const shown = (value: unknown): string =>
  typeof value === 'string' ? `'${value}'` : Array.isArray(value) ? '[ … ]' : isObject(value) ? '{ … }' : String(value);

const refused = (what: string, wants: string): LockstepError =>
  new LockstepError({ code: 'policy', what, next: `in knexfile.ts: ${wants}   (docs/configuration.md)` });
