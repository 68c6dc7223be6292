import { type HistoryTables, wayToMove } from '../history/history.ts';
import type { ObjectName, StatementEffects } from '../model/effects.ts';
import { LockstepError, type Refusal } from '../model/lockstep-error.ts';
import type { Step } from '../model/plan.ts';
import { placeOf } from '../sql/text/code-frame.ts';
import { PlanNames } from './plan-names.ts';

/** Of those that name a table, these change nothing that the history is made of. */
const HARMLESS = /^(?:GRANT|REVOKE|ANALYZE|VACUUM|REINDEX|CLUSTER|LOCK|SECURITY|CREATE (?:UNIQUE )?(?:INDEX|VIEW|MATERIALIZED|OR REPLACE))/;

/**
 * The statements that change the tables of the history, as far as their text tells: what a loop over all tables does to them is seen
 * before COMMIT. @param schema the first of the search path
 */
export function findHistoryStatements(steps: readonly Step[], history: HistoryTables, schema: string): readonly Refusal[] {
  const names = new PlanNames();
  return steps.flatMap((step): readonly Refusal[] => {
    names.beginScript();
    if (step.kind !== 'sql') return [];
    const { file, parts } = step.script;
    return parts
      .flatMap(({ statements }) => statements)
      .flatMap(({ effects, summary, start }): readonly Refusal[] => {
        const touched = effects && !HARMLESS.test(summary) ? touchedBy(effects, { names, history, schema }) : undefined;
        names.see(effects?.renames ?? [], effects?.links ?? []);
        if (touched === undefined) return [];
        return [
          new LockstepError({
            code: 'history-touched',
            what: `This ${summary} ${touched}, where the migration history is kept`,
            where: placeOf(file, start),
            next: `delete the statement: another tool's table was meant, or the history is not its business\n${wayToMove(history)}`,
            exitCode: 3,
          }),
        ];
      });
  });
}

interface Context {
  readonly names: PlanNames;
  readonly history: HistoryTables;
  readonly schema: string;
}

function touchedBy({ changes, dropsSchemas, renames }: StatementEffects, { names, history, schema }: Context): string | undefined {
  const own = Object.values(history.names);
  const isOwn = (name: ObjectName): boolean => {
    const [first] = names.relation(name);
    return first !== undefined && own.includes(first.name) && (first.schema ?? schema) === history.schema;
  };
  const table = changes.find(isOwn);
  if (table) return `changes ${table.name}`;
  if (dropsSchemas.some((name) => names.schema(name) === history.schema)) return `drops the schema ${history.schema}`;
  const moved = renames.some((rename) => rename.kind === 'schema' && names.schema(rename.from) === history.schema);
  return moved ? `moves the schema ${history.schema}` : undefined;
}
