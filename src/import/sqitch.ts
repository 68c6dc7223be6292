import type { Folder, Foreign, Found, Left } from './foreign.ts';
import { readText } from './halves.ts';

const PLAN = 'sqitch.plan';
// `name [requires] 2024-01-01T00:00:00Z Ann <ann@example.org> # note`
const CHANGE = /^([^\s@%#+-][^\s@]*)(?:\s+\[[^\]]*\])?\s+\d{4}-\S+\s+[^<]*<[^>]*>(?:\s*#\s*(.*))?$/;

interface Change {
  readonly name: string;
  readonly note: string | undefined;
  /** A change that was reworked later has its old text under the tag before that. */
  tag?: string;
}

/** In the order of the plan; verify scripts are not taken along. */
export function readSqitch(folder: Folder): Found {
  const plan = readText(folder, PLAN);
  if (typeof plan !== 'string') return { migrations: [], left: [plan] };
  const left: Left[] = [];
  const changes = readPlan(plan);
  const times = new Map<string, number>();
  const migrations = changes.flatMap(({ name, note, tag }): readonly Foreign[] => {
    const nth = (times.get(name) ?? 0) + 1;
    times.set(name, nth);
    const file = `${name}${tag ?? ''}.sql`;
    const [up, down] = [`deploy/${file}`, `revert/${file}`].map((path) =>
      folder.files.includes(path) ? readText(folder, path) : undefined,
    );
    for (const text of [up, down]) if (text !== undefined && typeof text !== 'string') left.push(text);
    if (typeof up !== 'string') return [];
    return [
      {
        source: `deploy/${file}`,
        key: `${name}#${nth}`,
        version: undefined,
        title: note || name,
        up: { sql: up, isAlone: false },
        ...(typeof down === 'string' && { down: { sql: down, isAlone: false }, downSource: `revert/${file}` }),
      },
    ];
  });
  const verify = folder.files.filter((file) => file.startsWith('verify/')).length;
  if (verify > 0) left.push({ where: { file: 'verify/' }, what: `${verify} verify scripts have no counterpart here` });
  return { migrations, left };
}

function readPlan(plan: string): readonly Change[] {
  const changes: Change[] = [];
  const newest = new Map<string, number>();
  let tag = '';
  for (const line of plan.split(/\r?\n/).map((one) => one.trim())) {
    if (line.startsWith('@')) tag = /^@\S+/.exec(line)?.[0] ?? tag;
    const [, name, note] = CHANGE.exec(line) ?? [];
    if (!name) continue;
    const before = changes[newest.get(name) ?? -1];
    if (before) before.tag = tag;
    newest.set(name, changes.push({ name, note }) - 1);
  }
  return changes;
}
