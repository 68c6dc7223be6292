const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** Of a process that was told to stop twice. */
export const FORCED_EXIT_CODE = 130;

/** Aborted by the first signal, with its name as the reason. A second one ends the process at once. */
export function listenForSignals(): AbortSignal {
  const controller = new AbortController();
  for (const name of SIGNALS) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(FORCED_EXIT_CODE);
      process.stderr.write(`\n${name}: stopping, and rolling back what is open; a second one ends the process at once\n`);
      controller.abort(name);
    });
  }
  // Whoever read our output may be gone; the run goes on and its outcome is in the journal.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  return controller.signal;
}
