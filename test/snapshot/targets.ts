import { split } from '../../src/sql/text/split.ts';
import { TokenHash } from '../../src/sql/text/token-hash.ts';

const NAME = String.raw`((?:"[^"]+"|\w+)(?:\.(?:"[^"]+"|\w+))*)`;
const KIND = `(?:TABLE ONLY|FOREIGN TABLE|TABLE|SCHEMA|SEQUENCE|VIEW|MATERIALIZED VIEW|INDEX|UNIQUE INDEX|FUNCTION|PROCEDURE|AGGREGATE|TYPE|DOMAIN|COLLATION|EXTENSION|PUBLICATION|SUBSCRIPTION|EVENT TRIGGER|FOREIGN DATA WRAPPER|SERVER|COLUMN|CONSTRAINT|TRIGGER|POLICY|RULE|CONSTRAINT TRIGGER)`;
const MADE = new RegExp(
  `^(?:CREATE(?: OR REPLACE)?(?: TEMP| UNLOGGED| RECURSIVE)?|ALTER|COMMENT ON) ${KIND} (?:IF NOT EXISTS |ONLY )?${NAME}`,
  'i',
);
const GRANTED = new RegExp(String.raw`^(?:GRANT|REVOKE)\b.*? ON (?:${KIND} )?${NAME}`, 'i');

// These have no names.
const KINDS = [
  [/^ALTER DEFAULT PRIVILEGES/i, 'default privilege '],
  [/^\w+ USER MAPPING/i, 'user mapping '],
] as const;

/** What the statements are about that are on one side only. */
export function targetsOf(a: string, b: string): readonly string[] {
  const [one, other] = [statementsOf(a), statementsOf(b)];
  const differing = [...one.filter((text) => !other.includes(text)), ...other.filter((text) => !one.includes(text))];
  return [
    ...new Set(
      differing.flatMap(
        (text) => KINDS.find(([said]) => said.test(text))?.[1] ?? (MADE.exec(text) ?? GRANTED.exec(text))?.[1]?.replaceAll('"', '') ?? [],
      ),
    ),
  ];
}

const statementsOf = (sql: string): readonly string[] =>
  [...split(sql, new TokenHash())]
    .filter(({ kind }) => kind === 'statement' || kind === 'constant-insert')
    .map(({ start, end }) =>
      sql
        .slice(start, end)
        .replaceAll(/--.*|\/\*[\s\S]*?\*\//g, '')
        .replaceAll(/\s+/g, ' ')
        .trim(),
    );
