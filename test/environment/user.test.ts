import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';

const MODULE = path.resolve(import.meta.dirname, '../../src/environment/user.ts');

test.skipIf(process.getuid?.() !== 0)('a number that no account has is a user too', () => {
  const code = `import { homeFolder, userName } from ${JSON.stringify(MODULE)};
    process.setuid(54321);
    console.log(userName(), homeFolder());`;
  const { HOME: _, ...env } = process.env;
  expect(execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], { env, encoding: 'utf8' })).toBe(
    'uid 54321 /nonexistent\n',
  );
});
