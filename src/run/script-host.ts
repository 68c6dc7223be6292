import { readSource } from '../files/read-source.ts';
import { DOWN_FOLDER, UP_FOLDER } from '../files/write-migration.ts';
import { rawConnection } from '../knex/bound-knex.ts';
import type { ScriptHost } from '../knex/sql-migration.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import { sendScript } from '../pg/script-query.ts';
import { parseScript } from '../sql/script/parse-script.ts';
import type { RunContext } from './run-context.ts';
import { StatementFailed } from './statement-failed.ts';

/** What lets `sqlMigration(…).up(trx)` run its script inside a hand-written module's transaction. */
export function createScriptHost(context: Pick<RunContext, 'root' | 'retryCommand' | 'user'>): ScriptHost {
  return {
    async runScript(knex, name, direction) {
      const file = `${direction === 'up' ? UP_FOLDER : DOWN_FOLDER}/${name}.sql`;
      const script = await parseScript(readSource(context.root, file));
      const [part, ...others] = script.parts;
      if (part?.mode !== 'transaction' || others.length > 0) throw notTransactional(file);
      const { statements } = part;
      const [start, end] = [statements[0]?.start ?? 0, statements.at(-1)?.end ?? 0];
      try {
        await sendScript(await rawConnection(knex), script.file.text.slice(start, end));
      } catch (error) {
        const failed = new StatementFailed(error, { script, statements, first: 0, sentFrom: start, prefix: '', opened: 0 });
        throw new LockstepError({
          ...failed.explain({ file, retryCommand: context.retryCommand(direction), user: context.user }, 'nothing of it was kept'),
          exitCode: 1,
        });
      }
    },
  };
}

function notTransactional(file: string): LockstepError {
  return new LockstepError({
    code: 'script-not-transactional',
    what: `${file} holds a statement that cannot run in a transaction, and its module wraps it in code`,
    where: { file },
    next: 'leave the module as its two lines, and put the code into a migration of its own: npm run migrate:make -- describe_the_code',
    exitCode: 2,
  });
}
