import { defineProject, knexConfig } from '#lockstep';

/** Policies per environment go here: `production: { runLockWaitMs: 120_000 }`. See docs/configuration.md. */
export const project = defineProject({ root: import.meta.dirname });

export default knexConfig(project);
