// The stock CLI finds this file before knexfile.ts; it lets a plain `npx knex` read TypeScript.
if (!process.features.typescript && !process.execArgv.join().includes('tsx')) {
  const { register } = await import('tsx/esm/api').catch(() => {
    process.stderr.write('tsx, which reads TypeScript, is not installed\n  Next: npm ci\n');
    process.exit(2);
  });
  register();
}
const { default: config } = await import('./knexfile.ts').catch((error) => {
  // Where it does not parse, the place is in the message; the trace is of the compiler.
  if (error?.name === 'TransformError') error.stack = error.message;
  throw error;
});
export default config;
