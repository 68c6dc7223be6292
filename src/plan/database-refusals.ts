import { type History, type HistoryTables, wayToMove } from '../history/history.ts';
import type { ObjectName, StatementEffects } from '../model/effects.ts';
import { LockstepError, type Refusal } from '../model/lockstep-error.ts';
import type { Step } from '../model/plan.ts';
import { findUnencodable } from '../pg/encoding.ts';
import { placeOf } from '../sql/text/code-frame.ts';
import { PlanNames } from './plan-names.ts';
import type { Known } from './plan-request.ts';

/** What only files and database together tell, in either direction. */
export async function findInDatabase(
  steps: readonly Step[],
  { history, settings, encoding }: Known & { readonly history: History },
): Promise<readonly Refusal[]> {
  return [...findHistoryStatements(steps, history, settings.schema), ...(await findUnencodableIn(steps, history, encoding))];
}

/** Of those that name a table, these change nothing that the history is made of. */
const HARMLESS = /^(?:GRANT|REVOKE|ANALYZE|VACUUM|REINDEX|CLUSTER|LOCK|SECURITY|CREATE (?:UNIQUE )?(?:INDEX|VIEW|MATERIALIZED|OR REPLACE))/;

/**
 * The statements that change the tables of the history, as far as their text tells: what a loop over all tables does to them is seen
 * before COMMIT. @param schema the first of the search path
 */
function findHistoryStatements(steps: readonly Step[], history: HistoryTables, schema: string): readonly Refusal[] {
  const names = new PlanNames();
  return steps.flatMap((step): readonly Refusal[] => {
    names.beginScript();
    if (step.kind !== 'sql') return [];
    const { file, parts } = step.script;
    return parts
      .flatMap(({ statements }) => statements)
      .flatMap(({ effects, summary, start }): Refusal | readonly Refusal[] => {
        const touched = effects && !HARMLESS.test(summary) ? touchedBy(effects, { names, history, schema }) : undefined;
        names.see(effects?.renames ?? [], effects?.links ?? []);
        if (touched === undefined) return [];
        return new LockstepError({
          code: 'history-touched',
          what: `This ${summary} ${touched}, where the migration history is kept`,
          where: placeOf(file, start),
          next: `delete the statement: another tool's table was meant, or the history is not its business\n${wayToMove(history)}`,
          exitCode: 3,
        });
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

/** Every character of UTF-8 fits, or nothing is asked. */
export const TAKES_ALL = ['UTF8', 'SQL_ASCII'];

/** The first character of each script that the database cannot hold. Comments count: a script's text is kept in the journal. */
async function findUnencodableIn(steps: readonly Step[], { client }: History, encoding: string): Promise<readonly Refusal[]> {
  if (TAKES_ALL.includes(encoding)) return [];
  const scripts = steps.flatMap((step) => (step.kind === 'sql' ? [step.script.file] : []));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: everything but ASCII
  const characters = new Set(scripts.flatMap(({ text }) => text.match(/[^\x00-\x7f]/gu) ?? []));
  const bad = await findUnencodable(client, [...characters]);
  return scripts.flatMap((file): Refusal | readonly Refusal[] => {
    const [first] = bad.filter((one) => file.text.includes(one)).sort((a, b) => file.text.indexOf(a) - file.text.indexOf(b));
    if (first === undefined) return [];
    const code = `U+${first.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}`;
    return new LockstepError({
      code: 'unencodable-character',
      what: `"${first}" (${code}) has no place in this database, whose encoding is ${encoding}`,
      where: placeOf(file, file.text.indexOf(first)),
      next: 'write another character, in comments too: the text of a migration is kept in its journal',
    });
  });
}
