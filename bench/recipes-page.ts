/** What writers waited during one step. Milliseconds. */
export interface Waited {
  readonly step: string;
  /** The longest wait of the table's writers. */
  readonly stall: number;
  /** Of those of another table, in the same time. */
  readonly noise: number;
  readonly duration: number;
}

interface Circumstances {
  readonly rows: number;
  readonly quietSeconds: number;
  readonly serverVersion: string;
}

const ms = (value: number): string => `${Math.round(value).toLocaleString('en')} ms`;

/** A section of docs/benchmarks.md: the longest wait of others while a type changes. */
export function recipesPage(all: readonly Waited[], { rows, quietSeconds, serverVersion }: Circumstances): string {
  const lines = all.map(
    ({ step, stall, noise, duration }) => `| ${[step, ms(stall), ms(noise), (stall / noise).toFixed(2), ms(duration)].join(' | ')} |`,
  );
  return `## Recipes

Measured by \`npm run bench -- --recipes\` on ${new Date().toISOString().slice(0, 10)}, PostgreSQL ${serverVersion} with fsync on, one run: \`change-type account.id bigint\`, an integer primary key of
${rows.toLocaleString('en')} rows, file by file as a deploy does it; then the one statement on the same table. 8 writers at 25 updates a second each (open loop: a wait counts from the moment
an update was due), and as many on a second table that nobody changes: their longest wait in the same time is the *noise*. *Nothing* is ${quietSeconds} s of the load alone. A command takes its start along.

| step | longest wait | noise | wait / noise | took |
|---|---:|---:|---:|---:|
${lines.join('\n')}
`;
}
