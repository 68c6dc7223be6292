// Names and tables that nobody wishes for.

/** 63 bytes, alike but for the last letter; derived names have to differ all the same. */
export const long = (end: string): string => `long_${'x'.repeat(57)}${end}`;

export const HOSTILE = `
CREATE SCHEMA "My Schema"; CREATE SCHEMA other; CREATE FUNCTION "My Schema"."it's"() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TABLE other.twice (id integer PRIMARY KEY, n integer); CREATE TABLE public.twice (id integer PRIMARY KEY, n integer); INSERT INTO twice VALUES (1, 1);
CREATE TABLE "My Schema"."Order "" Items" (
  "select" integer GENERATED ALWAYS AS IDENTITY, "User Id" integer NOT NULL, "a$$b" integer DEFAULT 7, "it's: (one), two" integer,
  CONSTRAINT "The Key" PRIMARY KEY ("select"), CONSTRAINT "per user" UNIQUE ("User Id", "a$$b") DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT "small, (a)" CHECK ("a$$b" < 1000000 AND "User Id" > 0));
INSERT INTO "My Schema"."Order "" Items" ("User Id", "a$$b", "it's: (one), two") SELECT i, i, i FROM generate_series(1, 300) i;
CREATE INDEX "Part ""ial" ON "My Schema"."Order "" Items" ("a$$b" DESC NULLS LAST) INCLUDE ("User Id") WHERE "a$$b" > 5;
CREATE INDEX ON "My Schema"."Order "" Items" (("a$$b" + "User Id"), "select");
COMMENT ON INDEX "My Schema"."Part ""ial" IS 'an index; it''s partial'; COMMENT ON CONSTRAINT "small, (a)" ON "My Schema"."Order "" Items" IS 'a check';
COMMENT ON CONSTRAINT "per user" ON "My Schema"."Order "" Items" IS 'a key'; COMMENT ON COLUMN "My Schema"."Order "" Items"."a$$b" IS '$$';
GRANT SELECT ("a$$b"), INSERT ("User Id", "a$$b") ON "My Schema"."Order "" Items" TO pg_monitor;
CREATE TABLE ${long('a')} (${long('a')} integer PRIMARY KEY, ${long('b')} integer UNIQUE, up integer REFERENCES ${long('a')});
INSERT INTO ${long('a')} SELECT i, i, nullif(i / 2, 0) FROM generate_series(1, 300) i;
CREATE INDEX ${long('d')} ON ${long('a')} (${long('b')}, up); CREATE INDEX ${long('e')} ON ${long('a')} (up, ${long('b')});
CREATE UNLOGGED TABLE bare (n integer, note text, year integer, at timestamptz DEFAULT '2024-05-05', CONSTRAINT same_year CHECK (year = EXTRACT(year FROM at AT TIME ZONE 'UTC')));
INSERT INTO bare SELECT i, i, 2024 FROM generate_series(1, 300) i;
CREATE TABLE pairs (a integer, b integer, c integer, PRIMARY KEY (a, b), UNIQUE (b, a)); CREATE TABLE of_pairs (a integer, b integer, n integer, FOREIGN KEY (b, a) REFERENCES pairs (b, a) DEFERRABLE);
INSERT INTO pairs SELECT i, i, i FROM generate_series(1, 300) i; INSERT INTO of_pairs SELECT i, i, i FROM generate_series(1, 300) i;
CREATE TABLE counted (id serial PRIMARY KEY, n integer); INSERT INTO counted (n) SELECT i FROM generate_series(1, 300) i;
CREATE TABLE "TENANTS $$" ("Id" integer PRIMARY KEY, tenant_id integer NOT NULL); INSERT INTO "TENANTS $$" VALUES (1, 5);
CREATE TABLE "My Schema".${long('p')} (${long('i')} integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "it's $$ at" timestamptz(3) NOT NULL DEFAULT '2020-01-01', "to" integer, CONSTRAINT "to, it" CHECK ("to" > 0), ${long('x')} text DEFAULT '$$' CHECK (${long('x')} <> ''''), CONSTRAINT ${long('u')} UNIQUE ("it's $$ at", "to") INCLUDE (${long('i')}));
INSERT INTO "My Schema".${long('p')} ("to") SELECT i FROM generate_series(1, 300) i; CREATE INDEX ${long('v')} ON "My Schema".${long('p')} ("to" DESC, lower("to"::text)) WITH (fillfactor = 70) WHERE "to" > 3; CREATE INDEX ${long('y')} ON "My Schema".${long('p')} (lower(${long('x')}));
CREATE VIEW ${long('w')} AS SELECT p."to", p.${long('i')} FROM "My Schema".${long('p')} p; CREATE TRIGGER ${long('t')} AFTER DELETE ON "My Schema".${long('p')} FOR EACH ROW EXECUTE FUNCTION "My Schema"."it's"();
CREATE TABLE "Rows $$" ("Id" serial PRIMARY KEY, "Of" integer NOT NULL REFERENCES "TENANTS $$"); INSERT INTO "Rows $$" ("Of") SELECT 1 FROM generate_series(1, 300);
`;

const ITEMS = '"My Schema"."Order "" Items"';

/** What is typed, and where the rows must be as they were. */
export const HARD: readonly {
  readonly recipe: string;
  readonly words: readonly string[];
  readonly fill?: string;
  readonly rows?: string;
}[] = [
  { recipe: 'change-type', words: [`${ITEMS}."select"`, 'bigint'], rows: `SELECT "select" AS n FROM ${ITEMS}` },
  { recipe: 'change-type', words: [`${ITEMS}."a$$b"`, 'bigint'], rows: `SELECT "a$$b" AS n FROM ${ITEMS}` },
  { recipe: 'change-type', words: [`${ITEMS}."it's: (one), two"`, 'text'], rows: `SELECT "it's: (one), two" AS n FROM ${ITEMS}` },
  { recipe: 'change-type', words: [`${long('a')}.${long('a')}`, 'bigint'], rows: `SELECT ${long('a')} AS n FROM ${long('a')}` },
  { recipe: 'change-type', words: [`${long('a')}.${long('b')}`, 'bigint'], rows: `SELECT ${long('b')} AS n FROM ${long('a')}` },
  { recipe: 'change-type', words: ['bare.n', 'bigint'], rows: 'SELECT n FROM bare' },
  { recipe: 'change-type', words: ['bare.year', 'bigint'], rows: 'SELECT row_number() OVER () AS n FROM bare WHERE year = 2024' },
  { recipe: 'change-type', words: ['pairs.a', 'bigint'], rows: 'SELECT a AS n FROM pairs' },
  { recipe: 'change-type', words: ['of_pairs.b', 'bigint'], rows: 'SELECT b AS n FROM of_pairs' },
  { recipe: 'change-type', words: ['counted.id', 'bigint'], rows: 'SELECT id AS n FROM counted' },
  { recipe: 'change-type', words: ['other.twice.n', 'bigint'] },
  { recipe: 'set-not-null', words: [`${ITEMS}."it's: (one), two"`], fill: "length('$$')" },
  { recipe: 'set-not-null', words: [`${ITEMS}."a$$b"`] },
  { recipe: 'add-unique', words: [`${ITEMS}."it's: (one), two","User Id"`] },
  { recipe: 'add-unique', words: [`${long('a')}.${long('b')},up`] },
  { recipe: 'add-primary-key', words: ['bare.n'] },
  { recipe: 'add-foreign-key', words: [`${ITEMS}."a$$b"`, `${long('a')}.${long('a')}`] },
  { recipe: 'rename-column', words: [`${ITEMS}."a$$b"`, '"Group"'] },
  { recipe: 'rename-column', words: [`${long('a')}.${long('a')}`, long('c')] },
  { recipe: 'rename-table', words: [ITEMS, '"My Schema"."select"'] },
  { recipe: 'rename-table', words: [long('a'), long('b')] },
  { recipe: 'drop-column', words: [`${ITEMS}."it's: (one), two"`] },
  { recipe: 'drop-column', words: [`${long('a')}.up`] },
  { recipe: 'add-tenant-id', words: ['"Rows $$"', '"TENANTS $$"'] },
  {
    recipe: 'split-table',
    words: [`"My Schema".${long('p')}`, `into="My Schema".${long('q')}`, `columns=${long('x')}`],
  },
  {
    recipe: 'split-table',
    words: [ITEMS, 'into="My Schema"."Split, $$ it\'s"', `columns="it's: (one), two"`],
  },
  { recipe: 'split-table', words: ['pairs', 'into="order"', 'columns=c'] },
  {
    recipe: 'partition-table',
    words: [`"My Schema".${long('p')}`, `by="it's $$ at"`, 'every=year', 'ahead=2'],
    rows: `SELECT "to" AS n FROM "My Schema".${long('p')}`,
  },
];

export const REFUSED_TABLES = `
CREATE TABLE odd (id integer, j json, tags integer[], "new
line" integer, late integer UNIQUE DEFERRABLE, EXCLUDE USING btree (id WITH =));
CREATE UNLOGGED TABLE fast (id integer PRIMARY KEY);
CREATE DOMAIN positive AS integer CHECK (VALUE > 0); CREATE TYPE mood AS ENUM ('good'); CREATE TABLE typed (p positive, m mood);
CREATE TABLE forced (id integer, tenant_id integer NOT NULL); ALTER TABLE forced FORCE ROW LEVEL SECURITY;
CREATE MATERIALIZED VIEW kept AS SELECT 1 AS id; CREATE FOREIGN DATA WRAPPER w; CREATE SERVER far FOREIGN DATA WRAPPER w; CREATE FOREIGN TABLE away (id integer) SERVER far;
`;

export const REFUSED: readonly {
  readonly recipe: string;
  readonly words: readonly string[];
  readonly fill?: string;
  readonly says: RegExp;
}[] = [
  { recipe: 'rename-column', words: ['counted.n', 'n'.repeat(64)], says: /has 64 bytes, and PostgreSQL cuts a name after 63/ },
  { recipe: 'rename-column', words: ['counted.n', 'CTID'], says: /ctid is a column that every table has/ },
  { recipe: 'rename-table', words: ['counted', 'é'.repeat(32)], says: /has 64 bytes/ },
  { recipe: 'rename-table', words: ['counted', 'fast'], says: /public\.fast is there already/ },
  { recipe: 'change-type', words: ['odd."new\nline"', 'bigint'], says: /has a line break in it/ },
  { recipe: 'change-type', words: ['odd.tags', 'bigint[]'], says: /there is no cast from integer\[\]/ },
  { recipe: 'change-type', words: ['odd.id', 'bigint'], says: /the constraint public\.odd\.odd_id_excl reads public\.odd/ },
  { recipe: 'change-type', words: ['typed.p', 'bigint'], says: /domains, enums and composite types/ },
  { recipe: 'change-type', words: ['typed.m', 'text'], says: /domains, enums and composite types/ },
  { recipe: 'change-type', words: ['forced.id', 'bigint'], says: /has FORCE ROW LEVEL SECURITY/ },
  { recipe: 'change-type', words: ['counted.n', `bigint; DROP TABLE ${long('a')} CASCADE`], says: /is no type/ },
  { recipe: 'change-type', words: ['kept.id', 'bigint'], says: /public\.kept is no table/ },
  { recipe: 'change-type', words: ['away.id', 'bigint'], says: /public\.away is partitioned or foreign/ },
  { recipe: 'change-type', words: ['twice.id.n', 'bigint'], says: /There is no table twice\.id/ },
  { recipe: 'set-not-null', words: ['counted.n'], fill: `1); DROP TABLE ${long('a')} CASCADE; SELECT (1`, says: /is no value for n/ },
  { recipe: 'set-not-null', words: ['forced.id'], fill: '1', says: /has FORCE ROW LEVEL SECURITY/ },
  { recipe: 'add-unique', words: ['odd.j'], says: /cannot be unique: could not identify an ordering operator for type json/ },
  { recipe: 'add-primary-key', words: ['odd.j'], says: /cannot be unique/ },
  { recipe: 'add-primary-key', words: ['pairs.c'], says: /has a primary key: pairs_pkey PRIMARY KEY \(a, b\)/ },
  { recipe: 'add-foreign-key', words: ['counted.n', 'odd.late'], says: /is not unique by itself at any time/ },
  { recipe: 'add-foreign-key', words: ['counted.n', 'fast.id'], says: /public\.fast is unlogged, and public\.counted is not/ },
  { recipe: 'add-foreign-key', words: ['counted.n', 'pairs.a'], says: /is not unique by itself/ },
  { recipe: 'add-tenant-id', words: ['counted', 'counted'], says: /has no tenant_id/ },
  { recipe: 'add-tenant-id', words: ['forced', 'counted'], says: /has FORCE ROW LEVEL SECURITY|has a tenant_id/ },
];
