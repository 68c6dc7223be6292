import { expect, test } from 'vitest';
import { MessageStream } from '../../faults/message-stream.ts';

const untyped = (code: number, rest = ''): Buffer => {
  const head = Buffer.alloc(8);
  head.writeInt32BE(8 + rest.length, 0);
  head.writeInt32BE(code, 4);
  return Buffer.concat([head, Buffer.from(rest)]);
};

const typed = (type: string, body: string): Buffer => {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(4 + body.length, 1);
  return Buffer.concat([head, Buffer.from(body)]);
};

const STARTUP = untyped(196_608, 'user\0ann\0\0');
const SSL = untyped(80_877_103);
const typesOf = (stream: MessageStream, ...chunks: readonly Buffer[]): readonly string[] =>
  chunks.flatMap((chunk) => stream.push(chunk)).map(({ type }) => type);

test('tells the packets without a type byte from the messages after them', () => {
  expect(typesOf(new MessageStream('client'), Buffer.concat([SSL, STARTUP, typed('p', 'secret'), typed('Q', 'SELECT 1\0')]))).toEqual([
    'ssl',
    'startup',
    'p',
    'Q',
  ]);
  expect(typesOf(new MessageStream('client'), untyped(80_877_102, '12345678'))).toEqual(['cancel']);
});

test('finds the same messages whatever the pieces in which they arrive', () => {
  const bytes = Buffer.concat([STARTUP, typed('P', 'x'.repeat(3000)), typed('B', ''), typed('S', '')]);
  for (const size of [1, 2, 3, 4, 5, 7, 64, 3000]) {
    const stream = new MessageStream('client');
    const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
    const messages = chunks.flatMap((chunk) => stream.push(chunk));
    expect(messages.map(({ type }) => type)).toEqual(['startup', 'P', 'B', 'S']);
    expect(Buffer.concat(messages.map((message) => message.bytes)).equals(bytes)).toBe(true);
  }
});

test('keeps the beginning of a message until its end arrives', () => {
  const stream = new MessageStream('server');
  const message = typed('Z', 'I');
  expect(stream.push(message.subarray(0, 4))).toEqual([]);
  expect(stream.push(message.subarray(4)).map(({ type }) => type)).toEqual(['Z']);
});

test('takes the answer to an SSLRequest for the one byte that it is', () => {
  const stream = new MessageStream('server');
  stream.expectByte();
  expect(typesOf(stream, Buffer.concat([Buffer.from('N'), typed('R', '\0\0\0\0')]))).toEqual(['byte', 'R']);
});
