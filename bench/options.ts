/** What `npm run bench` takes. */
export const BENCH_OPTIONS = {
  rounds: { type: 'number', default: 5, describe: 'how often each is measured; the median counts' },
  quick: { type: 'boolean', default: false, describe: 'few migrations, a small file: whether it works, not how fast' },
  stall: { type: 'boolean', default: false, describe: 'how long others wait while a column is added; rounds are runs' },
  statements: { type: 'boolean', default: false, describe: 'what a migration asks of the server, statement by statement' },
  snapshot: { type: 'boolean', default: false, describe: 'how long a picture of a schema takes' },
  copy: { type: 'boolean', default: false, describe: 'how long a copy of a million rows takes, against a plain pipe of COPY' },
  backfill: { type: 'boolean', default: false, describe: 'how fast rows go in batches, and what that costs who writes the table' },
  recipes: { type: 'boolean', default: false, describe: 'how long others wait while an integer key becomes a bigint, step by step' },
  lint: { type: 'boolean', default: false, describe: 'how long lint takes for a thousand files, beside squawk' },
  image: { type: 'boolean', default: false, describe: 'what a command costs in an image, against a checkout; as root' },
  files: { type: 'string', describe: 'with --lint: a folder of SQL files instead' },
  rows: { type: 'number', default: 500_000, describe: 'with --recipes: of the table' },
  write: { type: 'boolean', default: false, describe: 'write docs/benchmarks.md' },
} as const;
