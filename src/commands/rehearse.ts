import { COPY_OPTIONS, copyWish } from '../cli/copy-options.ts';
import * as options from '../cli/options.ts';
import { define } from '../cli/script.ts';
import { tellRehearsal } from '../cli/tell-rehearsal.ts';
import { given } from '../model/given.ts';

export const command = define({
  name: 'migrate:rehearse',
  describe:
    'Proves on a scratch server that each migration applies to tables with rows, that its rollback brings back schema and rows, and that it applies again. Writes to no database of yours.',
  words: '<version|folder>',
  options: {
    env: options.env,
    all: { type: 'boolean', default: false, describe: 'also what is proved already, and the whole way down to empty and up again' },
    load: {
      type: 'boolean',
      default: false,
      describe: 'also on tables with many rows that others read and write: who waits for it, and how long',
    },
    rows: options.loadRows,
    workload: options.workload,
    ...COPY_OPTIONS,
    major: { type: 'number', requiresArg: true, describe: 'the major of PostgreSQL to rehearse on, or the nearest that is there' },
    report: options.report,
  },
  examples: [
    ['npm run migrate:rehearse', 'what is new or was changed since its proof'],
    ['npm run migrate:rehearse -- 004', 'this one'],
    ['npm run migrate:rehearse -- 004 --load', 'and how long others wait for it when there are many rows'],
    ['npm run migrate:rehearse -- 004 --workload load.sql', 'the same beside the statements that the application runs'],
    ['npm run migrate:rehearse -- --from staging --sample 5% --mask users.email', 'what staging lacks, on a copy of its rows'],
    ['npm run migrate:rehearse -- --from staging --load', 'and how long others wait for it there'],
    ['npx lockstep rehearse migrations', 'those of another tool, as they are; nothing is written there'],
  ],
  run: ({ _: words, all, load: isLoaded, rows, workload: workloadFile, major, report, ...args }, journey) => {
    const load = isLoaded || workloadFile !== undefined;
    return tellRehearsal(
      {
        ...journey,
        all,
        only: words.map(String),
        ...given({ major, workloadFile, loadRows: load ? (rows ?? options.LOAD_ROWS) : undefined }),
        ...copyWish({ ...args, rows }),
      },
      report,
    );
  },
});
