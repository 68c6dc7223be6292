import { print } from '../cli/print.ts';
import { define } from '../cli/script.ts';
import { importCommands } from '../journeys/import.ts';
import { type InitPlan, planInit, writeInit } from '../journeys/init.ts';
import { given } from '../model/given.ts';
import { LockstepError } from '../model/lockstep-error.ts';

export const command = define({
  name: 'init',
  describe: 'Prepares a backend: knexfile, folders for migrations, the documented scripts in package.json. Never writes over a file.',
  options: {
    yes: { type: 'boolean', default: false, describe: 'do not ask' },
    ci: { choices: ['github', 'gitlab'] as const, describe: 'also a file for this CI service' },
    template: { type: 'boolean', default: false, describe: 'also a first migration, as an example' },
  },
  examples: [['npx lockstep init --yes --ci github', 'in a script']],
  run: async ({ yes, ci, template }, { project: { root }, ask }) => {
    const plan = planInit(root, { template, ...given({ ci }) });
    if (plan.files.length === 0) return print(`Everything is here already\n${next(plan)}`);
    print(`${plan.files.map(({ file, adds }) => `  ${file}${adds === undefined ? '' : `   + ${adds}`}\n`).join('')}`);
    if (!yes) {
      if (!ask)
        throw new LockstepError({
          code: 'no-answer',
          what: 'Nothing was written: there is no terminal to ask on',
          next: 'npx lockstep init --yes',
        });
      if (!/^(?:y|yes|)$/i.test((await ask('Write these? [Y/n] ')).trim())) return print('Nothing was written\n');
    }
    writeInit(root, plan);
    return print(`Written\n${next(plan)}`);
  },
});

function next({ found, knexfile, addsPackages, manager }: InitPlan): string {
  const lines = [
    ...(addsPackages ? [`${manager} install`] : []),
    ...(found && found.tool !== 'knex' ? importCommands(found) : []),
    found?.tool === 'knex' ? 'npm run migrate:baseline -- --from-knex' : 'npm run migrate:status',
  ];
  const note = knexfile
    ? `${knexfile} stays as it is; for settings, and to let npx knex use the same history, add to it:\n  const project = defineProject({ root: … });   and export it\n`
    : '';
  return `${note}Next: ${lines.join('\n      ')}\n`;
}
