import type { Environment } from '../model/environment.ts';

type Line = readonly [name: string, value: string, from: string];

/** What holds in an environment, and whether the knexfile says so or nobody does. */
export function policyText({ name, basedOn, policy, said }: Environment): string {
  const lines = flatten(policy, said);
  const [names, values] = [0, 1].map((column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  const rows = lines.map(([setting, value, from]) => `  ${setting.padEnd(names ?? 0)}  ${value.padEnd(values ?? 0)}  ${from}`);
  return [`Policy of ${name}${name === basedOn ? '' : `, based on ${basedOn}`}`, ...rows, ''].join('\n');
}

function flatten(policy: object, said: object, prefix = ''): readonly Line[] {
  return Object.entries(policy).flatMap(([name, value]): readonly Line[] => {
    const own = (said as Record<string, unknown>)[name];
    if (typeof value === 'object' && value !== null)
      return flatten(value, typeof own === 'object' && own !== null ? own : shortFor(name, own), `${name}.`);
    return [[`${prefix}${name}`, show(name, value), own === undefined ? 'default' : 'knexfile.ts']];
  });
}

/** `backup: 'pg_dump'` says the method, `rehearsal: 'required'` the gate. */
const shortFor = (name: string, own: unknown): object => (own === undefined ? {} : { [name === 'backup' ? 'method' : 'gate']: own });

const show = (name: string, value: unknown): string =>
  name.endsWith('Ms') && typeof value === 'number' ? (value === 0 ? 'none' : `${value.toLocaleString('en')} ms`) : String(value);
