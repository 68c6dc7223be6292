import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect, test } from 'vitest';
import { DumpScanner, tableOfCopy } from '../../src/backup/archive/copy-rows.ts';

const DUMP = `SET x = 1;
COPY public.users (id, "odd ""name") FROM stdin;
1\tone
2\t\\\\.
3\t\\N
\\.
SELECT pg_catalog.setval('a', 1);
COPY public.empty (id) FROM stdin;
\\.
COPY public.nothing  FROM stdin;


\\.
`;

async function scan(chunks: readonly Buffer[]) {
  const found: (string | number)[] = [];
  let bytes = 0;
  await pipeline(
    Readable.from(chunks),
    new DumpScanner({
      onLine: (line) => {
        const table = tableOfCopy(line);
        if (table) found.push(table.name);
        return table !== undefined;
      },
      onRows: (piece) => {
        bytes += piece.length;
      },
      onRowsEnd: (rows) => void found.push(rows),
    }),
  );
  return [...found, bytes];
}

const WHOLE = Buffer.from(DUMP);

test('counts rows, however the text is cut into pieces', async () => {
  const expected = ['users', 3, 'empty', 0, 'nothing', 2, 19];
  expect(await scan([WHOLE])).toEqual(expected);
  for (let size = 1; size < 40; size += 1) {
    const pieces = Array.from({ length: Math.ceil(WHOLE.length / size) }, (_, i) => WHOLE.subarray(i * size, (i + 1) * size));
    expect(await scan(pieces)).toEqual(expected);
  }
});

test('refuses rows without an end', async () => {
  await expect(scan([WHOLE.subarray(0, 70)])).rejects.toThrow('the rows of a table have no end');
});

test('reads the names of tables as they are quoted', () => {
  expect(tableOfCopy('COPY "My Schema"."a.""b" (x) FROM stdin;')).toEqual({ schema: 'My Schema', name: 'a."b' });
  expect(tableOfCopy('COPY x FROM stdin;')).toBeUndefined();
});
