import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import path from 'node:path';
import { LockstepError, type Where } from '../model/lockstep-error.ts';
import type { SourceFile } from '../model/migration.ts';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

/**
 * Reads a text file of the project. A UTF-8 byte order mark is dropped, as psql does.
 * @throws LockstepError for invalid UTF-8, UTF-16 and NUL bytes, with their place.
 */
export function readSource(root: string, file: string): SourceFile {
  const bytes = readBytes(root, file);
  const text = decode(file, bytes);
  // Most files are their own text; to encode 100 MB of it again takes half a second and 100 MB.
  return { path: file, text, checksum: bytes.includes(CR) ? checksumOf(text) : sha256(hasMark(bytes) ? bytes.subarray(3) : bytes) };
}

const CR = 0x0d;
const hasMark = (bytes: Buffer): boolean => bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
const sha256 = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex');

// Thousands of small files are read at once; one after another is faster than any queue, and never runs out of handles.
function readBytes(root: string, file: string): Buffer {
  try {
    // Reading a FIFO or a device might never end.
    if (statSync(path.join(root, file)).isFile()) return readFileSync(path.join(root, file));
    throw Object.assign(new Error(file), { code: 'not a file' });
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const what = code === 'ENOENT' ? `${file} does not exist` : `${file} cannot be read (${code})`;
    throw new LockstepError({ code: 'file-unreadable', what, where: { file }, next: `ls -l ${file}`, cause });
  }
}

/** SHA-256 of a text with LF line ends, in hex: a checkout on Windows has the checksum of one on Linux. */
export const checksumOf = (text: string): string => sha256(text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text);

const BLOCK = Buffer.alloc(65_536);

/** The checksum of a file without making a text of it. Undefined where the text differs from the bytes: it has CR or a byte order mark. */
export function checksumOfBytes(root: string, file: string): string | undefined {
  const hash = createHash('sha256');
  const descriptor = openSync(path.join(root, file), 'r');
  const read = (): Buffer => BLOCK.subarray(0, readSync(descriptor, BLOCK));
  try {
    let bytes = read();
    if (hasMark(bytes)) return undefined;
    for (; bytes.length > 0; bytes = read()) {
      if (bytes.includes(CR)) return undefined;
      hash.update(bytes);
    }
    return hash.digest('hex');
  } finally {
    closeSync(descriptor);
  }
}

function decode(file: string, bytes: Buffer): string {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))
    throw notText(
      'is UTF-16, and PostgreSQL reads UTF-8',
      { file },
      `iconv -f UTF-16 -t UTF-8 ${file} > ${file}.utf8 && mv ${file}.utf8 ${file}`,
    );
  const nul = bytes.indexOf(0);
  if (nul >= 0)
    throw notText(
      'holds a NUL byte, which PostgreSQL cannot take',
      placeOfByte(file, bytes, nul),
      `tr -d '\\000' < ${file} > ${file}.clean && mv ${file}.clean ${file}`,
    );
  try {
    return decoder.decode(bytes);
  } catch {
    throw notText(
      'is not valid UTF-8',
      placeOfByte(file, bytes, firstInvalidByte(bytes)),
      `iconv -f WINDOWS-1252 -t UTF-8 ${file} > ${file}.utf8 && mv ${file}.utf8 ${file}   if it was written in Windows-1252`,
    );
  }
}

const notText = (why: string, where: Where, next: string): LockstepError =>
  new LockstepError({ code: 'not-utf8', what: `${where.file} ${why}`, where, next });

/** Counts lines and characters up to a byte; damaged bytes count as one character each. */
function placeOfByte(file: string, bytes: Buffer, offset: number): Where {
  const lineStart = bytes.lastIndexOf(0x0a, Math.max(0, offset - 1)) + 1;
  let line = 1;
  for (let at = bytes.indexOf(0x0a); at >= 0 && at < offset; at = bytes.indexOf(0x0a, at + 1)) line += 1;
  return { file, line, column: [...bytes.subarray(Math.min(lineStart, offset), offset).toString('utf8')].length + 1 };
}

/** Where a character stands that was put in its place: written again, the text differs there. */
function firstInvalidByte(bytes: Buffer): number {
  const again = Buffer.from(bytes.toString('utf8'));
  return bytes.findIndex((byte, at) => byte !== again[at]);
}
