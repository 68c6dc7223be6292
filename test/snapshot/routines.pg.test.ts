// Whatever a function, an aggregate, an operator or a cast can have: changed alone, it is seen, and nothing else is.
import { type Change, change, testChanges } from './changes.ts';

const FUNCTION = 'function s.f(integer)';
const AGGREGATE = 'aggregate s.sum2(integer)';
const FINAL = "CREATE FUNCTION s.fin(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1';";
const SUM = 'SFUNC = int4pl, STYPE = int';
const SUM_OF_BIG = 'SFUNC = int8_avg_accum, STYPE = internal, FINALFUNC = numeric_poly_sum, COMBINEFUNC = int8_avg_combine';
const MOVING = `${SUM}, MSFUNC = int4pl, MINVFUNC = int4mi, MSTYPE = int`;
/** An aggregate as it was and as it is then. */
const aggregate = (what: string, [before, after]: readonly [string, string], setup = ''): Change =>
  change(
    what,
    [`${setup} CREATE AGGREGATE s.sum2(int) (${before});`, `DROP AGGREGATE s.sum2(int); CREATE AGGREGATE s.sum2(int) (${after})`],
    AGGREGATE,
  );

const EQ = "CREATE FUNCTION s.eq(s.c, s.c) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT ($1).x = ($2).x';";
const COMPOSITE = 'CREATE TYPE s.c AS (x int, y text);';
const OPERATOR = 'operator s.===(s.c, s.c)';
const operator = (what: string, [before, after]: readonly [string, string], setup = ''): Change =>
  change(
    what,
    [
      `${COMPOSITE} ${EQ} ${setup} CREATE OPERATOR s.=== (FUNCTION = s.eq, LEFTARG = s.c, RIGHTARG = s.c${before});`,
      `DROP OPERATOR s.=== (s.c, s.c); CREATE OPERATOR s.=== (FUNCTION = s.eq, LEFTARG = s.c, RIGHTARG = s.c${after})`,
    ],
    OPERATOR,
  );

const FAMILY = 'CREATE OPERATOR FAMILY s.fam USING btree;';
const CLASS = `${COMPOSITE} CREATE FUNCTION s.h(s.c) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT ($1).x'; ${EQ} CREATE OPERATOR s.=== (FUNCTION = s.eq, LEFTARG = s.c, RIGHTARG = s.c); CREATE OPERATOR FAMILY s.hf USING hash;`;
const classOf = (options: string): string =>
  `CREATE OPERATOR CLASS s.k ${options} FOR TYPE s.c USING hash FAMILY s.hf AS OPERATOR 1 s.===, FUNCTION 1 s.h(s.c)`;

const CHANGES: readonly Change[] = [
  change('a body', ['', "CREATE OR REPLACE FUNCTION s.f(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 2'"], FUNCTION),
  change('white space in a body', ['', "CREATE OR REPLACE FUNCTION s.f(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT  $1'"], FUNCTION),
  change(
    'a language',
    ['', "CREATE OR REPLACE FUNCTION s.f(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1; END'"],
    FUNCTION,
  ),
  change('a result', ['', "DROP FUNCTION s.f; CREATE FUNCTION s.f(int) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT $1'"], FUNCTION),
  change(
    'the default of an argument',
    ['', "CREATE OR REPLACE FUNCTION s.f(int DEFAULT 1) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1'"],
    FUNCTION,
  ),
  change('volatility', ['', 'ALTER FUNCTION s.f STABLE'], FUNCTION),
  change('strictness', ['', 'ALTER FUNCTION s.f STRICT'], FUNCTION),
  change('the definer', ['', 'ALTER FUNCTION s.f SECURITY DEFINER'], FUNCTION),
  change('leaks', ['', 'ALTER FUNCTION s.f LEAKPROOF'], FUNCTION),
  change('parallel safety', ['', 'ALTER FUNCTION s.f PARALLEL SAFE'], FUNCTION),
  change('a cost', ['', 'ALTER FUNCTION s.f COST 7'], FUNCTION),
  change(
    'rows',
    ["CREATE FUNCTION s.rows() RETURNS SETOF int LANGUAGE sql AS 'SELECT 1'", 'ALTER FUNCTION s.rows ROWS 7'],
    'function s.rows()',
  ),
  change('settings of a function', ['', "ALTER FUNCTION s.f SET search_path = 's'"], FUNCTION),
  change('a support function', ['', 'ALTER FUNCTION s.f SUPPORT textlike_support'], FUNCTION),
  change('a procedure', ["CREATE PROCEDURE s.p() LANGUAGE sql AS 'SELECT 1'", 'ALTER PROCEDURE s.p SECURITY DEFINER'], 'function s.p()'),
  change(
    'a standard body',
    ['CREATE FUNCTION s.atomic() RETURNS int RETURN 1', 'CREATE OR REPLACE FUNCTION s.atomic() RETURNS int RETURN 2'],
    'function s.atomic()',
  ),
  change(
    'what goes with an extension',
    ['', 'ALTER FUNCTION s.f DEPENDS ON EXTENSION plpgsql'],
    'extension dependency function s.f(integer)',
  ),
  aggregate('a transition', [SUM, 'SFUNC = int4mi, STYPE = int']),
  aggregate('a state type', [`${SUM}, INITCOND = '0'`, `SFUNC = int84pl, STYPE = bigint, INITCOND = '0'`]),
  aggregate('the size of a state', [SUM, `${SUM}, SSPACE = 64`]),
  aggregate('an initial state', [SUM, `${SUM}, INITCOND = '0'`]),
  aggregate('a final function', [SUM, `${SUM}, FINALFUNC = s.fin`], FINAL),
  aggregate(
    'what a final function gets',
    [`${SUM}, FINALFUNC = s.fin2`, `${SUM}, FINALFUNC = s.fin2, FINALFUNC_EXTRA`],
    "CREATE FUNCTION s.fin2(int) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE FUNCTION s.fin2(int, int) RETURNS int LANGUAGE sql AS 'SELECT 1';",
  ),
  aggregate(
    'what a final function changes',
    [`${SUM}, FINALFUNC = s.fin`, `${SUM}, FINALFUNC = s.fin, FINALFUNC_MODIFY = READ_WRITE`],
    FINAL,
  ),
  aggregate('a combination', [SUM, `${SUM}, COMBINEFUNC = int4pl`]),
  change(
    'serialisation',
    [
      `CREATE AGGREGATE s.sum8(bigint) (${SUM_OF_BIG})`,
      `DROP AGGREGATE s.sum8(bigint); CREATE AGGREGATE s.sum8(bigint) (${SUM_OF_BIG}, SERIALFUNC = int8_avg_serialize, DESERIALFUNC = int8_avg_deserialize)`,
    ],
    'aggregate s.sum8(bigint)',
  ),
  aggregate('a moving state', [SUM, MOVING]),
  aggregate('the rest of a moving state', [MOVING, `${MOVING}, MSSPACE = 64, MFINALFUNC = s.fin, MINITCOND = '0'`], FINAL),
  aggregate('an order', [SUM, `${SUM}, SORTOP = <`]),
  aggregate('parallel safety of an aggregate', [SUM, `${SUM}, PARALLEL = SAFE`]),
  operator('a commutator', ['', ', COMMUTATOR = OPERATOR(s.===)']),
  change(
    'a negator',
    [
      `${COMPOSITE} ${EQ} CREATE OPERATOR s.!== (FUNCTION = s.eq, LEFTARG = s.c, RIGHTARG = s.c); CREATE OPERATOR s.=== (FUNCTION = s.eq, LEFTARG = s.c, RIGHTARG = s.c)`,
      'DROP OPERATOR s.=== (s.c, s.c); CREATE OPERATOR s.=== (FUNCTION = s.eq, LEFTARG = s.c, RIGHTARG = s.c, NEGATOR = OPERATOR(s.!==))',
    ],
    OPERATOR,
    'operator s.!==(s.c, s.c)',
  ),
  operator('estimates', ['', ', RESTRICT = eqsel']),
  operator('estimates of joins', ['', ', JOIN = eqjoinsel']),
  operator('hashing', ['', ', HASHES']),
  operator('merging', ['', ', MERGES']),
  change(
    'a default class',
    [`${CLASS} ${classOf('')}`, `DROP OPERATOR CLASS s.k USING hash; ${classOf('DEFAULT')}`],
    'operator class s.k using hash',
  ),
  change(
    'an operator of a family',
    [FAMILY, 'ALTER OPERATOR FAMILY s.fam USING btree ADD OPERATOR 1 < (int, bigint)'],
    'operator family s.fam using btree',
  ),
  change(
    'a function of a family',
    [FAMILY, 'ALTER OPERATOR FAMILY s.fam USING btree ADD FUNCTION 1 btint48cmp (int, bigint)'],
    'operator family s.fam using btree',
  ),
  change(
    'a cast',
    [
      `${COMPOSITE} CREATE FUNCTION s.as_int(s.c) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE CAST (s.c AS int) WITH FUNCTION s.as_int(s.c)`,
      'DROP CAST (s.c AS int); CREATE CAST (s.c AS int) WITH FUNCTION s.as_int(s.c) AS ASSIGNMENT',
    ],
    'cast s.c as integer',
  ),
  change(
    'how a cast is made',
    [
      `${COMPOSITE} CREATE FUNCTION s.as_int(s.c) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE CAST (s.c AS int) WITH FUNCTION s.as_int(s.c)`,
      'DROP CAST (s.c AS int); CREATE CAST (s.c AS int) WITH INOUT',
    ],
    'cast s.c as integer',
  ),
  change(
    "a language of one's own",
    [
      'CREATE LANGUAGE mine HANDLER plpgsql_call_handler',
      'DROP LANGUAGE mine; CREATE TRUSTED LANGUAGE mine HANDLER plpgsql_call_handler VALIDATOR plpgsql_validator',
    ],
    'language mine',
  ),
  change(
    'a transform',
    [
      "CREATE FUNCTION s.tr(internal) RETURNS internal LANGUAGE internal IMMUTABLE AS 'textlike_support'; CREATE TRANSFORM FOR int LANGUAGE plpgsql (FROM SQL WITH FUNCTION s.tr(internal))",
      'DROP TRANSFORM FOR int LANGUAGE plpgsql',
    ],
    'transform integer for plpgsql',
  ),
  change(
    'a conversion',
    [
      "CREATE CONVERSION s.conv FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8",
      "DROP CONVERSION s.conv; CREATE DEFAULT CONVERSION s.conv FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8",
    ],
    'conversion s.conv',
  ),
  change(
    'an access method',
    [
      'CREATE ACCESS METHOD other TYPE TABLE HANDLER heap_tableam_handler',
      'DROP ACCESS METHOD other; CREATE ACCESS METHOD other TYPE INDEX HANDLER bthandler',
    ],
    'access method other',
  ),
];

testChanges('routines', CHANGES);
