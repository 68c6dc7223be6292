import { project } from '../knexfile.ts';
import { print } from '../src/cli/print.ts';
import { script } from '../src/cli/script.ts';
import { importText, tellProof } from '../src/cli/tell-import.ts';
import { importFolder } from '../src/journeys/import.ts';
import { verifyImport } from '../src/journeys/verify-import.ts';
import { given } from '../src/model/given.ts';

void script({
  project,
  name: 'migrate:import',
  describe: 'Writes the migrations of another tool as pairs: forward SQL and rollback. Its files and its history stay as they are.',
  words: '<folder>',
  options: {
    from: { type: 'string', requiresArg: true, describe: 'the tool', defaultDescription: 'told by the files' },
    'dry-run': { type: 'boolean', default: false, describe: 'show what would be written' },
    verify: { type: 'boolean', default: false, describe: 'replay both on a scratch server, and compare the schemas' },
  },
  examples: [['npm run migrate:import -- --from goose old/migrations', 'then: npm run migrate:baseline -- --from goose']],
  run: async ({ _: [folder = '.'], from, 'dry-run': dryRun, verify }) => {
    const report = await importFolder(project.root, { folder: String(folder), dryRun, ...given({ from }) });
    print(importText(report, dryRun));
    return verify ? tellProof(await verifyImport(project.root, report.imported)) : 0;
  },
});
