import { readSource } from '../files/read-source.ts';
import { attempt } from '../model/attempt.ts';
import { applyCommand, withOptions } from '../model/command.ts';
import { DEPLOY_PHASES, type DeployPhase, readHeader } from '../model/header.ts';
import { LockstepError, listed } from '../model/lockstep-error.ts';
import { compareVersions, type Migration } from '../model/migration.ts';
import type { Note } from './plan-request.ts';

export type PhaseOf = (name: string) => DeployPhase;

/** What `-- Phase:` says in the files of a migration. */
function readPhases(root: string, { up, module }: Migration) {
  const files = [module, up].filter((file) => file !== undefined);
  return files.flatMap((file) =>
    readHeader(attempt(() => readSource(root, file).text) ?? '')
      .filter(({ key }) => key === 'phase')
      .map(({ value, line }) => ({ said: value.toLowerCase(), value, where: { file, line } })),
  );
}

/** Tells the phase of a migration by its name. Before the deployment is where nothing else is said; of one without a file nothing is known any more. */
export function phasesIn(root: string, migrations: readonly Migration[]): PhaseOf {
  const byName = new Map(migrations.map((migration) => [migration.name, migration]));
  return (name) => {
    const migration = byName.get(name);
    return migration && readPhases(root, migration).some(({ said }) => said === 'after-deploy') ? 'after-deploy' : 'before-deploy';
  };
}

/** A slip of the pen would run before the deployment what is to run after it. @throws LockstepError (exit 3) */
export function verifyPhase(root: string, migration: Migration): void {
  const wrong = readPhases(root, migration).find(({ said }) => !DEPLOY_PHASES.some((phase) => phase === said));
  if (!wrong) return;
  throw new LockstepError({
    code: 'unknown-phase',
    what: `"${wrong.value}" is no phase of a deployment`,
    where: wrong.where,
    next: 'write -- Phase: before-deploy or -- Phase: after-deploy; where something else was meant, another word in the place of Phase',
    exitCode: 3,
  });
}

export interface Phased {
  /** What is pending and belongs to the phase that is asked for; everything where none is. */
  readonly chosen: readonly Migration[];
  /** Those of the other phase. */
  readonly others: readonly Migration[];
}

export interface PhaseWish {
  readonly phase: DeployPhase | undefined;
  readonly phaseOf: PhaseOf;
  readonly environment: string;
}

export function choosePhase(pending: readonly Migration[], { phase, phaseOf }: PhaseWish): Phased {
  const isChosen = ({ name }: Migration): boolean => phase === undefined || phaseOf(name) === phase;
  return { chosen: pending.filter(isChosen), others: pending.filter((one) => !isChosen(one)) };
}

const command = ({ environment }: PhaseWish, phase: DeployPhase): string => withOptions(applyCommand(environment), `--phase ${phase}`);

/** What comes after a deployment must not overtake what the deployment itself has waited for. */
export function findOvertaken({ chosen, others }: Phased, wish: PhaseWish): LockstepError | undefined {
  const last = chosen.at(-1);
  const first = wish.phase === 'after-deploy' && last && others.find(({ version }) => compareVersions(version, last.version) < 0);
  if (!first || !last) return undefined;
  return new LockstepError({
    code: 'phase-overtaken',
    what: `${last.name} comes after the deploy, and ${first.name}, which comes before it, is not applied: the application that both are for cannot run yet`,
    next: `${command(wish, 'before-deploy')}   and deploy the application before this`,
    exitCode: 3,
  });
}

/** What waits for the deployment, and what does not although its header says so. */
export function notePhases({ chosen, others }: Phased, wish: PhaseWish): readonly Note[] {
  const { phase, phaseOf, environment } = wish;
  const names = (those: readonly Migration[]): string => listed(those.map(({ name }) => name));
  if (phase === 'before-deploy' && others.length > 0) {
    const text = `${names(others)} ${others.length === 1 ? 'waits' : 'wait'} for the deploy`;
    return [{ text, next: `${command(wish, 'after-deploy')}   when the application that was deployed runs everywhere` }];
  }
  const early = chosen.filter(({ name }) => phaseOf(name) === 'after-deploy');
  const isMixed = phase === undefined && early.length > 0 && early.length < chosen.length;
  if (!isMixed || ['development', 'test'].includes(environment)) return [];
  const text = `no --phase is given, so ${names(early)} will not wait for the deploy`;
  return [{ text, next: `${command(wish, 'before-deploy')}   holds back what comes after it` }];
}
