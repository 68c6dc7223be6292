import { execFileSync } from 'node:child_process';
import { REPAIRS, type RepairKind } from '../../src/model/drift.ts';
import { isLockstepError } from '../../src/model/lockstep-error.ts';
import { nextAfterStatus } from '../../src/report/status-text.ts';
import type { TestProject } from '../support/project.ts';

/** What an answer says to do next; `code` of the refusal, or how the command ended. */
export interface Answer {
  readonly code: string;
  readonly next: string;
}

/** The answer of a run that applies what is pending; or of the status, where it knows better than to run. */
export async function ask(project: TestProject, fromStatus: boolean): Promise<Answer> {
  try {
    const status = fromStatus ? await project.status() : undefined;
    const code = status?.problems[0]?.code ?? status?.drifts.find(({ stops }) => stops)?.kind;
    if (status && code) return { code, next: nextAfterStatus(status) };
    const { outcome } = await project.apply();
    return outcome?.failed ? outcome.failed.failure : { code: 'done', next: '' };
  } catch (error) {
    if (isLockstepError(error)) return error;
    throw error;
  }
}

const SHELL = /^(?:mv|mkdir|touch|rm|cp|sed|git checkout|\{)\s/;

/** The commands of an answer, without remarks and prose: what a person would paste. */
export const commandsIn = (next: string): readonly string[] =>
  next
    .split('\n')
    .map((line) => line.replace(/(?<=\S) {3}\S.*$/, '').trim())
    .filter((line) => SHELL.test(line) || line.startsWith('npm run migrate:'));

/** Types a line: our commands through their journeys, the rest in a shell. What fails has changed nothing that counts. */
export async function type(project: TestProject, line: string): Promise<void> {
  if (!line.includes('npm run')) {
    try {
      execFileSync('sh', ['-ec', line], { cwd: project.root, stdio: 'pipe' });
    } catch {
      // A person would read what the shell says, and find the same answer once more.
    }
    return;
  }
  for (const command of line.split(' && ')) if (!(await typeOurs(project, command))) return;
}

/** @returns whether the command behind `&&` comes to its turn */
async function typeOurs(project: TestProject, command: string): Promise<boolean> {
  const [, name = '', rest = ''] = /^npm run migrate:(\w+)(?: -- (.*))?$/.exec(command) ?? [];
  const words = rest
    .replace(/--env \w+ ?/, '')
    .split(' ')
    .filter(Boolean);
  const [option = '', value = ''] = words;
  try {
    if (name === 'dev') return (await project.apply()).exitCode === 0;
    if (name === 'rollback') return (await project.rollback(option === '--to' ? { to: value } : {})).exitCode === 0;
    if (name === 'repair' && option === '--rewrite') await project.rewrite(words.slice(1));
    else if (name === 'repair') await project.repair({ consents: consentsIn(option, value) });
    else if (name === 'make') await project.make(option === '--renumber' ? { renumber: value } : { name: option });
    else if (name !== 'status') throw new Error(`nobody knows how to type: ${command}`);
    return true;
  } catch (error) {
    if (isLockstepError(error)) return false;
    throw error;
  }
}

function consentsIn(option: string, value: string): readonly { readonly kind: RepairKind; readonly name: string; readonly to?: string }[] {
  const kind = REPAIRS.find((one) => option === `--${one}`);
  const [name = '', to] = value.split('=');
  return kind ? [{ kind, name, ...(to !== undefined && { to }) }] : [];
}
