// The stock CLI finds this file before knexfile.ts; it lets a plain `npx knex` read TypeScript.
if (!process.features.typescript && !process.execArgv.join().includes('tsx')) {
  const { register } = await import('tsx/esm/api').catch(() => {
    process.stderr.write('tsx, which reads TypeScript, is not installed\n  Next: npm ci\n');
    process.exit(2);
  });
  register();
}
export default (await import('./knexfile.ts')).default;
