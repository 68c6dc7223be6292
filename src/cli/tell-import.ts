import type { Imported } from '../import/plan-import.ts';
import type { ImportReport } from '../journeys/import.ts';
import type { ImportProof } from '../journeys/verify-import.ts';
import { type ExitCode, formatPlace } from '../model/lockstep-error.ts';
import { print } from './print.ts';

/** What a person wants to see of it. */
export function importText({ tool, folder, imported, left, modules, written, problems }: ImportReport, dryRun: boolean): string {
  const line = ({ name, foreign }: Imported): string =>
    `  ${name}${foreign.down ? '' : '   (no rollback)'}   <- ${folder}/${foreign.source}`;
  const count = imported.length + modules.length;
  const verb = dryRun ? 'Would import' : written.length === 0 ? 'Imported before:' : 'Imported';
  const without = imported.filter(({ foreign }) => !foreign.down).length;
  return [
    `${verb} ${count} ${count === 1 ? 'migration' : 'migrations'} of ${tool} from ${folder}`,
    ...imported.map(line),
    ...modules.map((file) => `  ${file}   (stays code)`),
    ...(without > 0 ? [`${without} cannot be rolled back: ${tool} has no way back for them either`] : []),
    ...(left.length > 0 ? ['Left behind:', ...left.map(({ where, what }) => `  ${folder}/${formatPlace(where)} ${what}`)] : []),
    ...(problems.length > 0
      ? [
          `${problems.length === 1 ? 'One file' : `${problems.length} files`} cannot be run as ${problems.length === 1 ? 'it is' : 'they are'}:`,
          ...problems.map(({ what, where }) => `  ${where ? `${formatPlace(where)}: ` : ''}${what}`),
        ]
      : []),
    `Next: ${nextOf({ tool, folder, count, dryRun, hasProblems: problems.length > 0 })}`,
    '',
  ].join('\n');
}

interface After {
  readonly tool: string;
  readonly folder: string;
  readonly count: number;
  readonly dryRun: boolean;
  readonly hasProblems: boolean;
}

function nextOf({ tool, folder, dryRun, hasProblems }: After): string {
  if (dryRun) return `npm run migrate:import -- --from ${tool} ${folder}`;
  if (hasProblems) return 'npm run migrate:status   says how to mend them, one by one';
  const table = tool === 'knex' ? '--from-knex' : `--from ${tool}`;
  return `npm run migrate:baseline -- ${table}   where a database has them already; npm run migrate:dev for a new one`;
}

/** Prints whether both are equal. @returns 1 where they are not */
export function tellProof(proof: ImportProof): ExitCode {
  print(proofText(proof));
  const isNothing = proof.theirs !== undefined && proof.compared === 0;
  return isNothing || proof.ours !== undefined || proof.differences.length > 0 ? 1 : 0;
}

export function proofText({ theirs, ours, compared, differences }: ImportProof): string {
  if (ours !== undefined) return `Verified: not equal. What was imported fails where the original does not: ${ours}\n`;
  if (differences.length > 0)
    return ['Verified: not equal. - theirs, + ours:', ...differences.slice(0, 20).map((line) => `  ${line}`), ''].join('\n');
  if (theirs === undefined) return 'Verified: both make the same schema\n';
  const failure = `of the original fails on an empty PostgreSQL 18: ${theirs}\n`;
  if (compared === 0) return `Not verified: the first migration ${failure}`;
  return `Verified up to migration ${compared}: both make the same schema. The next one ${failure}`;
}
