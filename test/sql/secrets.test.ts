import { describe, expect, test } from 'vitest';
import { parseScript } from '../../src/sql/script/parse-script.ts';
import { codeFrame } from '../../src/sql/text/code-frame.ts';
import { maskPasswords } from '../../src/sql/text/secrets.ts';
import { sqlFile } from './sql-file.ts';

const hasSecret = async (text: string): Promise<boolean> => (await parseScript(sqlFile(text))).hasSecret;

describe('may hold a secret:', () => {
  test.each([
    "CREATE ROLE r LOGIN PASSWORD 'x'",
    "CREATE USER r PASSWORD /* c */ 'x'",
    "ALTER USER r WITH ENCRYPTED PASSWORD'x'",
    "DO $$ BEGIN EXECUTE 'CREATE ROLE r PASSWORD ''x'''; END $$",
    "CREATE SUBSCRIPTION s CONNECTION 'host=h' PUBLICATION p",
    "ALTER SUBSCRIPTION s CONNECTION 'service=x'",
    "CREATE USER MAPPING FOR u SERVER s OPTIONS (user 'u', password 'x')",
    'CREATE USER MAPPING FOR u SERVER s OPTIONS ("password" \'x\')',
    "ALTER USER MAPPING FOR u SERVER s OPTIONS (SET password 'x')",
    "CREATE SERVER s FOREIGN DATA WRAPPER f OPTIONS (password 'x')",
    "SELECT dblink_connect('c', 'host=h user=u password=x')",
    "CREATE USER MAPPING FOR u SERVER s OPTIONS (user 'u', sslpassword 'x')",
    'COPY t FROM PROGRAM \'PGPASSWORD=x psql -c "TABLE t"\'',
    'COPY t FROM PROGRAM \'curl -H "Authorization: Bearer eyJhbGciOi" https://h/t.csv\'',
    "SET app.db_password TO 'x'",
    'ALTER DATABASE d SET "app.jwt_secret" TO \'x\'',
    "SELECT set_config('app.api_token', 'x', false)",
    "DO $$ DECLARE pw text := 'x'; BEGIN END $$",
    "DO $$ DECLARE api_key CONSTANT text NOT NULL := 'x'; BEGIN END $$",
    "UPDATE users SET hash = crypt('x', gen_salt('bf'))",
    "UPDATE cards SET number = pgp_sym_encrypt(number::text, 'x')",
    "SELECT hmac(coalesce(a, 'y'), 'x', 'sha256')",
    "INSERT INTO settings VALUES ('url', 'https://user:x@example.com/')",
  ])('%s', async (text) => {
    expect(await hasSecret(text)).toBe(true);
  });
});

describe('holds no secret:', () => {
  test.each([
    'CREATE ROLE r LOGIN',
    'ALTER ROLE r PASSWORD NULL',
    'CREATE TABLE users (password text NOT NULL)',
    'ALTER TABLE users RENAME COLUMN password TO password_hash',
    "INSERT INTO t VALUES ('https://example.com:8080/a@b', 'time 10:20')",
    "CREATE SERVER s FOREIGN DATA WRAPPER f OPTIONS (host 'h')",
    "COMMENT ON COLUMN users.password IS 'hashed'",
    "ALTER TABLE users ADD COLUMN reset_token text DEFAULT 'none'",
    "UPDATE users SET token = ''; COMMENT ON TABLE users IS 'people'",
    "UPDATE users SET hash = crypt(password, gen_salt('bf')), power = 'high'",
    'CREATE TABLE secrets (token text, bearer text)',
  ])('%s', async (text) => {
    expect(await hasSecret(text)).toBe(false);
  });
});

test('a code frame masks passwords and keeps the caret in place', () => {
  expect(codeFrame("CREATE ROLE r PASSWORD 'geheim' LOGIM;", 32)).toMatchInlineSnapshot(`
    "1 │ CREATE ROLE r PASSWORD '******' LOGIM;
      │                                 ^"
  `);
  expect(codeFrame("SELECT 'postgres://u:geheim@h' x y", 33)).toMatchInlineSnapshot(`
    "1 │ SELECT 'postgres://u:******@h' x y
      │                                  ^"
  `);
  expect(codeFrame("SELECT dblink('password=geheim host=h') x y", 42)).toMatchInlineSnapshot(`
    "1 │ SELECT dblink('password=****** host=h') x y
      │                                           ^"
  `);
});

test('what the server tells of a unique key is masked where its name suggests a secret', () => {
  expect(maskPasswords('Key (account, api_key)=(7, geheim) already exists.')).toBe('Key (account, api_key)=(*********) already exists.');
  expect(maskPasswords('Key (email)=(a@b.c) already exists.')).toBe('Key (email)=(a@b.c) already exists.');
});
