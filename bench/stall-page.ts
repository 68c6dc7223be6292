/** One migration under load. Milliseconds. */
export interface StallRun {
  readonly contender: string;
  /** Longest wait of the table's writers while the migration ran. */
  readonly stall: number;
  /** Longest wait of the same writers before and after it, and of those of another table at any time. */
  readonly noise: number;
  readonly duration: number;
}

interface Circumstances {
  readonly rows: number;
  readonly readerSeconds: number;
  /** Of the load alone, before a migration and again after it. */
  readonly quietSeconds: number;
  readonly serverVersion: string;
  readonly median: (values: readonly number[]) => number;
}

const ms = (value: number): string => `${Math.round(value).toLocaleString('en')} ms`;

/** A section of docs/benchmarks.md: the longest wait of others while a column is added. */
export function stallPage(runs: readonly StallRun[], { rows, readerSeconds, quietSeconds, serverVersion, median }: Circumstances): string {
  const names = [...new Set(runs.map(({ contender }) => contender))];
  const lines = names.map((name) => {
    const own = runs.filter(({ contender }) => contender === name);
    const ratios = own.map(({ stall, noise }) => stall / noise);
    const cells = [
      name,
      own.length,
      ms(median(own.map(({ stall }) => stall))),
      ms(Math.max(...own.map(({ stall }) => stall))),
      ms(median(own.map(({ noise }) => noise))),
      ms(Math.max(...own.map(({ noise }) => noise))),
      median(ratios).toFixed(2),
      Math.max(...ratios).toFixed(2),
      `${ratios.filter((ratio) => ratio <= 1.5).length} of ${own.length}`,
      ms(median(own.map(({ duration }) => duration))),
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return `## Stalls while a column is added

Measured by \`npm run bench -- --stall\` on ${new Date().toISOString().slice(0, 10)}, PostgreSQL ${serverVersion}: ${rows.toLocaleString('en')} rows, 8 writers at 25 updates a second each
(open loop: a wait counts from the moment an update was due), a reader of ${readerSeconds} s in front, then the migration; both commands run at low priority, as if on another machine.
Eight more writers do the same, at the same time, to a second table of the same size that is never migrated. *Noise* is the longest wait of those, and of the
first eight in the ${quietSeconds} s before the migration and, once they have caught up, the ${quietSeconds} s after it: what both tables have to wait for, as a disk that is busy or a process that starts on one of two
cores, is no lock. Lockstep runs under production's policy, with a snapshot of the operator's own as its backup.

| | runs | stall, median | stall, worst | noise, median | noise, worst | stall / noise, median | worst | runs within 1.5 | migration, median |
|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|
${lines.join('\n')}
`;
}
