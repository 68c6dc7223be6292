import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Row } from './cell.ts';

const FILE = path.resolve(import.meta.dirname, 'table.json');

export const readTable = (): readonly Row[] => JSON.parse(readFileSync(FILE, 'utf8')) as readonly Row[];

/** A form a line, so that a difference names it. */
export const tableText = (rows: readonly Row[]): string => `[\n${rows.map((row) => JSON.stringify(row)).join(',\n')}\n]\n`;

/** @param root of the project: what runs it is built */
export const writeTable = (root: string, rows: readonly Row[]): void => writeFileSync(path.join(root, 'truth/table.json'), tableText(rows));
