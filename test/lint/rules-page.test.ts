import path from 'node:path';
import { expect, test } from 'vitest';
import { rulesPage } from './rules-page.ts';

// npx vitest run test/lint/rules-page.test.ts -u   writes it anew.
test('docs/rules.md says what the cards say', async () => {
  await expect(rulesPage()).toMatchFileSnapshot(path.resolve(import.meta.dirname, '../../docs/rules.md'));
});
