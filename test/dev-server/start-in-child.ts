import { startDevServer } from '../../src/dev-server/dev-server.ts';

try {
  process.stdout.write(JSON.stringify(await startDevServer(String(process.argv[2]))));
} catch (error) {
  process.stderr.write(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
