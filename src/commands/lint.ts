import * as options from '../cli/options.ts';
import { define } from '../cli/script.ts';
import { tellFix } from '../cli/tell-fix.ts';
import { tellLint, tellRule } from '../cli/tell-lint.ts';
import { given } from '../model/given.ts';

const text = { type: 'string', requiresArg: true } as const;

export const command = define({
  name: 'migrate:lint',
  describe:
    'Reads pending SQL before it runs: what would block readers or writers, rewrite a table, lose data, break running code or fail, with the SQL that does not. Runs nothing; a database that is there is only read.',
  words: '<version>',
  options: {
    env: options.env,
    all: { type: 'boolean', describe: 'every file, as if each came long after the one before' },
    since: { ...text, describe: 'the files that changed since this branch left a revision: origin/main' },
    'server-version': {
      type: 'number',
      requiresArg: true,
      describe: 'the major of PostgreSQL that the files are for, where no database is asked',
    },
    baseline: { type: 'boolean', describe: 'accept what is found now, in db/lint-baseline.json' },
    fix: { type: 'boolean', describe: 'show the online form of what can be rewritten, and ask whether to write it' },
    write: { type: 'boolean', default: false, describe: 'with --fix: write it without asking' },
    explain: { ...text, describe: 'say what a rule is about' },
    rules: { type: 'boolean', describe: 'list the rules' },
    lsp: { type: 'boolean', describe: 'serve an editor over standard input and output' },
    report: options.report,
  },
  examples: [
    ['npm run migrate:lint', 'what is pending in development, else every file'],
    ['npm run migrate:lint -- --env staging', 'beside the schema, the server and the sizes of staging'],
    ['npm run migrate:lint -- --since origin/main', 'what a pull request brings'],
    ['npm run migrate:lint -- 004 --fix', 'the online form of 004, as a diff'],
    ['npm run migrate:lint -- --all --baseline', 'begin with zero findings in a project with many files'],
  ],
  run: async ({ _: words, all, since, baseline, fix, write, explain, rules, lsp, report, ...args }, journey) => {
    // What an editor talks with is not loaded for anybody else.
    if (lsp) return (await import('../cli/language-server.ts')).serveEditor(journey.project);
    if (explain !== undefined || rules) return tellRule(explain);
    const wish = given({
      all,
      since,
      baseline,
      serverVersion: args['server-version'],
      only: words.length > 0 ? words.map(String) : undefined,
    });
    return fix ? tellFix({ ...journey, ...wish }, { write }) : tellLint({ ...journey, ...wish }, report);
  },
});
