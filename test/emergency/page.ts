import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { steady } from '../support/project.ts';

const FILE = path.resolve(import.meta.dirname, '../../docs/emergency.md');

/** A situation as the page tells it. */
export interface Told {
  /** The command of the screen: what a person types first. */
  readonly command: string;
  readonly screen: string;
  /** What the page says to type then, in order. */
  readonly remedies: readonly { readonly language: 'bash' | 'sql'; readonly text: string }[];
}

const MARKER = /^<!-- scenario: ([\w-]+) -->$/m;
const SCREEN = /^```console\n\$ (.*)\n([\s\S]*?)^```$/m;
const REMEDY = /^```(bash|sql)\n([\s\S]*?)^```$/gm;

/** Every situation of docs/emergency.md, by its marker; it ends at the next heading. */
export function readPage(): ReadonlyMap<string, Told> {
  const [, ...pieces] = readFileSync(FILE, 'utf8').split(MARKER);
  const told = new Map<string, Told>();
  for (let i = 0; i < pieces.length; i += 2) {
    const [name = '', text = ''] = [pieces[i], pieces[i + 1]?.split(/^##/m)[0]];
    const [, command, screen] = SCREEN.exec(text) ?? [];
    if (command === undefined || screen === undefined || told.has(name))
      throw new Error(`the scenario ${name} has no screen, or is there twice`);
    const remedies = [...text.matchAll(REMEDY)].map(([, language, body = '']) => ({ language: language as 'bash' | 'sql', text: body }));
    told.set(name, { command, screen, remedies });
  }
  return told;
}

/** Puts a screen into the page: `WRITE=1 npx vitest run test/emergency`. */
export function writeScreen(name: string, screen: string): void {
  const text = readFileSync(FILE, 'utf8');
  const at = text.indexOf(`<!-- scenario: ${name} -->`);
  const rest = text.slice(at).replace(SCREEN, (_, command: string) => `\`\`\`console\n$ ${command}\n${screen}\`\`\``);
  writeFileSync(FILE, text.slice(0, at) + rest);
}

/** The pid that the page shows wherever there is one. */
const PID = '4121';
/** And the backup. */
const BACKUP = '2026-11-23T03-07-12Z-app';

/** What a person types who has read this screen, and not the example on the page. */
export function adapt(typed: string, screen: string, database: string): string {
  const [, pid = ''] = /.*pid (\d+)/s.exec(screen) ?? [];
  const [backup = ''] = /\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ-\w+/.exec(screen) ?? [];
  return typed
    .replaceAll(PID, pid)
    .replaceAll(BACKUP, backup)
    .replaceAll(/(--into|--overwrite) app/g, `$1 ${database}`);
}

const EXAMPLES: readonly (readonly [RegExp, string])[] = [
  [/HOST:PORT/g, 'db.example.com:5432'],
  [/127\.0\.0\.1/g, '10.0.0.7'],
  [/DATABASE/g, 'app'],
  [/PostgreSQL VERSION/g, 'PostgreSQL 18.4'],
  [/by pid PID/g, 'by pid 3977'],
  [/\bPID\b/g, PID],
  [/pg_terminate_backend\(\d+\)/g, `pg_terminate_backend(${PID})`],
  [/TIME/g, '2026-11-23 03:07:12 UTC'],
  [/\d{4}-\d\d-\d\dT[\d-]+Z-app/g, BACKUP],
  [/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '2026-11-23T03:07:12.000Z'],
  [/\d{4}-\d\d-\d\d/g, '2026-11-23'],
  [/tried (\d+ times|once) in DURATION/g, 'tried 7 times in 300 s'],
  [/\(DURATION of DURATION\)/g, '(100 ms of 5 min 00 s)'],
  [/Waiting up to DURATION/g, 'Waiting up to 75.0 s'],
  [/waited DURATION/g, 'waited 75 s'],
  [/DURATION/g, '12 ms'],
  [/by \S+@\S+/g, 'by deploy@ci'],
  [/^(\s+2026-11-23 03:07:12 UTC +)\S+@\S+ +/gm, '$1deploy@ci   '],
  [/^( {2}when +)who +/gm, '$1who         '],
  [/COUNT events, head HEAD/g, '9 events, head 3f9a2c1b5d6e7f80'],
  [/whole: \d+:[0-9a-f]{64}/g, `whole: 9:${'3f9a2c1b5d6e7f80'.repeat(4)}`],
  [/Backed up [\d.]+ kB/g, 'Backed up 8.6 kB'],
  [/checksum [0-9a-f]{12}/g, 'checksum 3f9a2c1b5d6e'],
];

/** A screen with examples in place of what differs from run to run. */
export const exemplary = (screen: string): string =>
  EXAMPLES.reduce((text, [pattern, example]) => text.replaceAll(pattern, example), steady(screen));
