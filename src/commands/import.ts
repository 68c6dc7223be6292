import { print } from '../cli/print.ts';
import { define } from '../cli/script.ts';
import { importText, tellProof } from '../cli/tell-import.ts';
import { importFolder } from '../journeys/import.ts';
import { verifyImport } from '../journeys/verify-import.ts';
import { given } from '../model/given.ts';

export const command = define({
  name: 'migrate:import',
  describe: 'Writes the migrations of another tool as pairs: forward SQL and rollback. Its files and its history stay as they are.',
  words: '<folder>',
  options: {
    from: { type: 'string', requiresArg: true, describe: 'the tool', defaultDescription: 'told by the files' },
    'dry-run': { type: 'boolean', default: false, describe: 'show what would be written' },
    verify: { type: 'boolean', default: false, describe: 'replay both on a scratch server, and compare the schemas' },
  },
  examples: [['npm run migrate:import -- --from goose old/migrations', 'then: npm run migrate:baseline -- --from goose']],
  run: async ({ _: [folder], from, 'dry-run': dryRun, verify }, { project: { root } }) => {
    const report = await importFolder(root, { folder: String(folder ?? ''), dryRun, ...given({ from }) });
    print(importText(report, dryRun));
    return verify ? tellProof(await verifyImport(root, report.imported)) : 0;
  },
});
