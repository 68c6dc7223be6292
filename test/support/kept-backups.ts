import type { PolicySettings } from '../../src/model/policy.ts';

/** For tests of what production does: the machine that runs them may be a container, and their folders go with it. */
export const KEPT_BACKUPS = { backup: { keptBy: 'the test' } } as const satisfies PolicySettings;

/** The knexfile of the project, which says so. */
export const KEEPING_KNEXFILE = {
  'knexfile.ts': `import { defineProject, knexConfig } from '#lockstep';
export const project = defineProject({ root: import.meta.dirname, production: ${JSON.stringify(KEPT_BACKUPS)} });
export default knexConfig(project);
`,
};
