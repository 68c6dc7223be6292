import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import { expect } from 'vitest';

const FILE = path.resolve(import.meta.dirname, '../../docs/report.schema.json');

interface ReportSchema {
  readonly $id: string;
  readonly oneOf: readonly { readonly $ref: string }[];
  readonly $defs: Readonly<Record<string, object>>;
}

/** The documented schema of `--report json`. */
export const reportSchema = JSON.parse(readFileSync(FILE, 'utf8')) as ReportSchema;

const ajv = new Ajv2020({ strict: true, allErrors: true });
ajv.addSchema(reportSchema);

/** What is wrong with a line by the definition of its own type: `oneOf` would complain of all the others too. */
function faultsOf(line: { readonly type?: string }): readonly string[] {
  const validate = line.type === undefined ? undefined : ajv.getSchema(`${reportSchema.$id}#/$defs/${line.type}`);
  if (!validate) return [`there is no type "${line.type}" in docs/report.schema.json`];
  if (!validate(line)) return (validate.errors ?? []).map(describe);
  return ajv.validate(reportSchema.$id, line) ? [] : ['its type is in $defs, and not in the list "oneOf"'];
}

const describe = ({ instancePath, message, params }: ErrorObject): string => `${instancePath || '/'} ${message} ${JSON.stringify(params)}`;

/** Checks every line that a command printed. @returns the types of the lines, in order */
export function expectDocumented(printed: string): readonly string[] {
  const lines = printed.trim().split('\n').filter(Boolean);
  return lines.map((text) => {
    const line = JSON.parse(text) as { readonly type?: string };
    expect(faultsOf(line), text.slice(0, 1000)).toEqual([]);
    return String(line.type);
  });
}
