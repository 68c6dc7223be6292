import { expect, test } from 'vitest';
import { copyWish } from '../../src/cli/copy-options.ts';
import { refusalOf } from '../support/project.ts';

const NOTHING = { from: undefined, sample: undefined, mask: undefined, seed: undefined, rows: undefined };
const refused = async (args: Partial<Parameters<typeof copyWish>[0]>) => refusalOf((async () => copyWish({ ...NOTHING, ...args }))());

test('options that mean nothing together are refused', async () => {
  expect(await refused({ sample: 5 })).toMatchInlineSnapshot(`
    "--sample is for rows that are copied
      Next: npm run migrate:rehearse -- --from staging --sample …"
  `);
  expect(await refused({ from: 'staging', rows: 1_000 })).toMatchInlineSnapshot(`
    "--rows multiplies rows that are made; those of a copy are as many as they are
      Next: leave out --rows, or take a part of the copy with --sample 5%"
  `);
  expect(copyWish({ ...NOTHING, rows: 1_000 })).toEqual({});
  expect(copyWish({ ...NOTHING, from: 'staging', sample: 5 })).toEqual({ from: 'staging', samplePercent: 5 });
});
