import { expect, test } from 'vitest';
import { withOptions } from '../../src/model/command.ts';
import { onServer } from '../support/database.ts';
import { adapt, exemplary, readPage, type Told, writeScreen } from './page.ts';
import { type Mending, SCENARIOS } from './scenarios.ts';
import { createStage, type Stage, type Typed } from './stage.ts';

const PAGE = readPage();

// Each types some real commands: all of them together take a minute or two. A part of them on every npm test, all in CI.
const TAKES_ALL = process.env['CI'] !== undefined || process.env['WRITE'] !== undefined || process.env['EMERGENCY'] === 'all';
const EVERY = 5;

test('every situation of docs/emergency.md is tried, and every one that is tried is on the page', () => {
  expect([...PAGE.keys()].sort()).toEqual(Object.keys(SCENARIOS).sort());
});

const RUNS = /^npm run migrate:(?:dev|staging|prod|rollback)(?! .*--dry-run)/;
// A dry run asks nobody, backs nothing up and waits for no lock.
const NOT_TRIED = /Backing up|nobody could be asked|another run|holds the RunLock/i;
const planOf = (screen: string): readonly string[] => screen.split('\n').flatMap((line) => /^ {2}(\d{3}_\w+)/.exec(line)?.[1] ?? []);

const asPlan = (screen: string): readonly string[] => screen.replace('Dry run: would', 'Plan:').split('\n').slice(1);

/** A dry run is the run minus its execution: it has the same plan, or the same refusal with the same exit code. */
async function typeTwice({ type, run }: Stage, text: string): Promise<Typed> {
  const command = text.trim();
  const dry = RUNS.test(command) ? await run(withOptions(command, '--dry-run')) : undefined;
  const typed = await type(command);
  if (!dry || NOT_TRIED.test(typed.screen)) return typed;
  const isRefused = typed.code >= 2;
  expect(dry.code, dry.screen).toBe(isRefused ? typed.code : 0);
  if (isRefused) expect(asPlan(dry.screen)).toEqual(asPlan(typed.screen));
  else expect(planOf(dry.screen).slice(0, planOf(typed.screen).length)).toEqual(planOf(typed.screen));
  return typed;
}

/** Types what the page says, with the pid and the backup that the screen showed. */
async function mend(stage: Stage, { remedies }: Told, screen: string): Promise<void> {
  for (const { language, text } of remedies) {
    const typed = adapt(text, screen, stage.database.database);
    if (language === 'sql') await stage.database.query(typed);
    else expect(await typeTwice(stage, typed), typed).toMatchObject({ code: 0 });
  }
}

onServer('newest', 'docs/emergency.md tells the truth about', ({ freshDatabase }) => {
  for (const [i, [name, told]] of [...PAGE].entries()) {
    const isTried = TAKES_ALL || i % EVERY === 0;
    test.skipIf(!isTried)(isTried ? name : `${name} (with EMERGENCY=all, and in CI)`, { timeout: 180_000 }, async () => {
      const { tree = {}, policy, arrange, exit = 0, settled } = SCENARIOS[name] ?? {};
      const stage = await createStage(await freshDatabase(), tree, policy);
      const mending: Mending = (await arrange?.(stage)) ?? {};
      const { code, screen } = await typeTwice(stage, told.command);
      if (process.env['WRITE']) writeScreen(name, exemplary(screen));
      else expect(exemplary(screen)).toBe(told.screen);
      expect(code).toBe(exit);
      await mending.before?.();
      await mend(stage, told, screen);
      await mending.after?.();
      if (settled) expect(await settled(stage)).toBe(true);
      else expect(await stage.run('npm run migrate:status -- --check')).toMatchObject({ code: 0 });
    });
  }
});
