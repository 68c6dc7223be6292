// What went with a column, made again beside readers and writers.
import type { Statement } from '../../snapshot/statements/read-statements.ts';
import { foreignKeySteps } from './foreign-key-steps.ts';
import { deferral, indexBody, type Part } from './keys.ts';
import type { Table } from './look.ts';
import type { Step } from './recipe.ts';
import { closing, opening } from './rename-in.ts';
import { apart, buildIndex, moment, validate } from './steps.ts';

/** The table that a foreign key refers to, with its schema. */
export function referredBy({ body }: Part): string {
  const end = closing(body, opening(body)) + ' REFERENCES '.length;
  return body.slice(end, opening(body, end));
}

/** Steps that make an index, a CHECK, a unique or a foreign key of the table again; undefined for what is none of them, or of another table. */
export function again(table: Table, { rank, name }: Statement, part: Part): readonly Step[] | undefined {
  const { full } = table;
  if (rank === 'index') return [buildIndex(part.name, full, { isUnique: part.isUnique, what: `ON ${full} ${part.body}` })];
  if (rank === 'check') return checkAgain(full, part);
  if (rank === 'key' && part.body.startsWith('UNIQUE')) return uniqueAgain(full, part);
  if (rank !== 'foreign key' || !name.startsWith(`${full}.`)) return undefined;
  return foreignKeySteps({ table: full, name: part.name }, { body: part.body.replace(/ NOT VALID$/, ''), other: referredBy(part) });
}

function checkAgain(table: string, { name, body }: Part): readonly Step[] {
  const isValid = !body.endsWith(' NOT VALID');
  const add = moment(
    `CHECK ${name} again`,
    table,
    `ALTER TABLE ${table} ADD CONSTRAINT ${name} ${body.replace(/ NOT VALID$/, '')} NOT VALID;`,
  );
  return [apart(add), ...(isValid ? [validate({ table, name })] : [])];
}

const uniqueAgain = (table: string, part: Part): readonly Step[] => [
  buildIndex(part.name, table, { isUnique: true, what: `ON ${table} ${indexBody(part)}` }),
  apart(
    moment(
      `make it the constraint ${part.name}`,
      table,
      `ALTER TABLE ${table} ADD CONSTRAINT ${part.name} UNIQUE USING INDEX ${part.name}${deferral(part)};`,
    ),
  ),
];
