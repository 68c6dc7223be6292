import { findElsewhere, loadProject } from '../cli/load-project.ts';
import { print } from '../cli/print.ts';
import { define } from '../cli/script.ts';
import { namesServer, readConnection } from '../environment/read-environment.ts';
import { planHook } from '../files/git-hook.ts';
import { MODULE_FOLDER } from '../files/write-migration.ts';
import { findHistories, type Histories } from '../journeys/find-histories.ts';
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
    hook: { type: 'boolean', default: false, describe: 'also a post-checkout hook: the development database follows the branch' },
    template: { type: 'boolean', default: false, describe: 'also a first migration, as an example' },
  },
  examples: [['npx lockstep init --yes --ci github', 'in a script']],
  run: async ({ yes, ci, template, hook }, { project, ask }) => {
    const { root } = project;
    // A knexfile that does not load says nothing of a database; other commands tell why.
    const elsewhere = await findElsewhere(root).catch(() => undefined);
    const own = elsewhere?.project ?? (await loadProject(root).catch(() => project));
    const histories = await findHistories(own, process.env);
    const hasDatabase = namesServer(await readConnection(own, undefined, {}).catch(() => ({})));
    const plan = planInit(
      { root, hasDatabase, ...given({ stock: own.stock, elsewhere: elsewhere?.file }) },
      { template, ...given({ ci, hook: hook ? await planHook(root) : undefined }) },
      histories,
    );
    if (histories) print(found(histories));
    if (plan.hookThere) print(`${plan.hookThere.file} is there already and stays as it is; to it you may add:\n  ${plan.hookThere.line}\n`);
    if (plan.files.length === 0) return print(`Everything is here already\n${next(plan, histories)}`);
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
    return print(`Written\n${next(plan, histories)}`);
  },
});

function found({ place, found, failure }: Histories): string {
  if (failure !== undefined) return `${place} could not be asked for the history of another tool: ${failure}\n`;
  if (found.length === 0) return `${place} has no history of another tool\n`;
  const lines = found.map(({ table, tools, keys, upTo }) => {
    const applied = upTo === undefined ? `${keys.length} applied` : `applied up to ${upTo}`;
    return `  ${table.replaceAll('"', '')}   ${tools.join(' or ')}, ${applied}\n`;
  });
  return `${place} has the history of another tool:\n${lines.join('')}`;
}

function next(
  { found, knexfile, table, addsPackages, hasImported, hasMigrations, manager }: InitPlan,
  histories: Histories | undefined,
): string {
  const [tool] = histories?.found.flatMap(({ tools }) => tools) ?? [];
  const isKnex = found?.tool === 'knex' || (!found && tool === 'knex');
  const isInPlace = isKnex && found?.folder === MODULE_FOLDER;
  // Its files are somewhere else than where its users have them.
  const elsewhere =
    !found && !hasImported && tool && !isKnex ? [`npx lockstep import --from ${tool} FOLDER   with the folder that ${tool} reads`] : [];
  const isBare = !found && !tool && !hasMigrations && histories?.hasTables;
  const lines = [
    ...(addsPackages ? [`${manager} install`] : []),
    ...(found && !isInPlace ? importCommands(found) : elsewhere),
    ...(isBare ? ['npm run migrate:make -- --from-database   writes what the database has as the first migration'] : []),
    isKnex ? `npm run migrate:baseline -- --from-knex${table ? ` ${table}` : ''}` : 'npm run migrate:status',
  ];
  const note = knexfile
    ? `${knexfile} stays as it is; for settings, and to let npx knex use the same history, add to it:\n  const project = defineProject({ root: … });   and export it\n`
    : '';
  return `${note}Next: ${lines.join('\n      ')}\n`;
}
