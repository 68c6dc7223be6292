import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import LongestFirst from './test/support/longest-first.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['**/node_modules/**', 'test/servers/**', 'test/servers-all/**'],
    globalSetup: ['test/support/servers.ts'],
    pool: 'forks',
    // Nearly half the time of a short file is loading what the one before it has loaded.
    isolate: false,
    sequence: { sequencer: LongestFirst },
    // Tests wait for servers and child processes for a third of their time.
    maxWorkers: availableParallelism() + 1,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    reporters: ['default', './test/support/plain-summary.ts'],
  },
});
