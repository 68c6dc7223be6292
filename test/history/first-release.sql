-- The history of the first release (0.1.0): its tables as its src/pg/tables.ts made them, and what it wrote when it applied 001_shop,
-- 002_email (outside of a transaction) and 003_name, rolled 003_name back, and failed at a 003_name that was edited.
CREATE TABLE users (id int PRIMARY KEY, email text);
INSERT INTO users VALUES (1, 'ann@example.com');
CREATE INDEX users_email ON users (email);

CREATE TABLE IF NOT EXISTS "public"."schema_migrations" (id serial PRIMARY KEY, name varchar(255), batch integer, migration_time timestamptz);
ALTER TABLE "public"."schema_migrations"
  ADD COLUMN IF NOT EXISTS description text, ADD COLUMN IF NOT EXISTS duration_ms integer,
  ADD COLUMN IF NOT EXISTS applied_by text, ADD COLUMN IF NOT EXISTS checksum text;
CREATE UNIQUE INDEX IF NOT EXISTS "schema_migrations_name_key" ON "public"."schema_migrations" (name);
CREATE TABLE IF NOT EXISTS "public"."schema_migrations_lock" (index serial PRIMARY KEY, is_locked integer);
INSERT INTO "public"."schema_migrations_lock" (is_locked) SELECT 0 WHERE NOT EXISTS (SELECT FROM "public"."schema_migrations_lock");
CREATE TABLE IF NOT EXISTS "public"."schema_migrations_journal" (
  id bigint PRIMARY KEY, run text NOT NULL, event text NOT NULL, at timestamptz NOT NULL,
  name text, direction text, part integer, checksum text, details jsonb NOT NULL DEFAULT '{}', script text,
  prev_hash text NOT NULL, hash text NOT NULL);

-- Before its triggers, which would number and seal them anew.
INSERT INTO "public"."schema_migrations" VALUES (1, '001_shop', 1, '2026-11-30 18:27:21.666288+00', 'The shop', 2, 'postgres', '9225b8ef7e0f7f69ec3147e5e33bc5225084cc4c3d56f072154581af3a7e94eb');
INSERT INTO "public"."schema_migrations" VALUES (2, '002_email', 2, '2026-11-30 18:27:21.703077+00', NULL, 35, 'postgres', '161b22c46a2c7601d0b2134f02f8a210c920148aaa264e454ab07113b8cf99b1');
INSERT INTO "public"."schema_migrations_journal" VALUES (1, '23b656a4-b55a-4307-beca-6ffaa0000218', 'run-started', '2026-11-30 18:27:21.654621+00', NULL, 'up', NULL, NULL, '{"by": "root@vm", "pid": 22663, "steps": ["001_shop", "002_email", "003_name"], "process": 22642, "environment": "production"}', NULL, '', 'ba1b8c70102ad8919673ffa48b96812446b29a41e004343195889a942bc8993b');
INSERT INTO "public"."schema_migrations_journal" VALUES (2, '23b656a4-b55a-4307-beca-6ffaa0000218', 'step-done', '2026-11-30 18:27:21.666731+00', '001_shop', 'up', NULL, '9225b8ef7e0f7f69ec3147e5e33bc5225084cc4c3d56f072154581af3a7e94eb', '{"kind": "sql", "semanticHash": "8f0b115598354fe20e6519c1079029fdfd774052e276548266d368360dc0ef65"}', E'-- Description: The shop\nBEGIN;\nCREATE TABLE users (id int PRIMARY KEY, email text);\nINSERT INTO users VALUES (1, ''ann@example.com'');\nCOMMIT;\n', 'ba1b8c70102ad8919673ffa48b96812446b29a41e004343195889a942bc8993b', '00c4fed53b3b84c282485212d7c8300f73cafe46150d90e1190ed9b7a65a4630');
INSERT INTO "public"."schema_migrations_journal" VALUES (3, '23b656a4-b55a-4307-beca-6ffaa0000218', 'part-started', '2026-11-30 18:27:21.674796+00', '002_email', 'up', 1, '161b22c46a2c7601d0b2134f02f8a210c920148aaa264e454ab07113b8cf99b1', '{}', NULL, '00c4fed53b3b84c282485212d7c8300f73cafe46150d90e1190ed9b7a65a4630', '13eace0c5bef5a8ff822741939505417d64e9ddde8358c545953d7ebd305f96d');
INSERT INTO "public"."schema_migrations_journal" VALUES (4, '23b656a4-b55a-4307-beca-6ffaa0000218', 'part-done', '2026-11-30 18:27:21.702794+00', '002_email', 'up', 1, '161b22c46a2c7601d0b2134f02f8a210c920148aaa264e454ab07113b8cf99b1', '{}', NULL, '13eace0c5bef5a8ff822741939505417d64e9ddde8358c545953d7ebd305f96d', '5b6c0a1dffe52af8324eb7829dd689bdb49f9533ff6250bf203c891e0155b0f5');
INSERT INTO "public"."schema_migrations_journal" VALUES (5, '23b656a4-b55a-4307-beca-6ffaa0000218', 'step-done', '2026-11-30 18:27:21.703281+00', '002_email', 'up', NULL, '161b22c46a2c7601d0b2134f02f8a210c920148aaa264e454ab07113b8cf99b1', '{"kind": "sql", "semanticHash": "7375e5f2420bb3879ddc3af089b70a19f26dc8603115a80f3dea897e30bca570"}', E'CREATE INDEX CONCURRENTLY users_email ON users (email);\n', '5b6c0a1dffe52af8324eb7829dd689bdb49f9533ff6250bf203c891e0155b0f5', '1395adfee88806b2370e1d1be9d72fee2e4782e43264cad6050c692494d98349');
INSERT INTO "public"."schema_migrations_journal" VALUES (6, '23b656a4-b55a-4307-beca-6ffaa0000218', 'step-done', '2026-11-30 18:27:21.707877+00', '003_name', 'up', NULL, '2d3109e4635a83756c65b154aa8f1e5c6ccd7c2ff4ec631c89943d9dd5cd9b24', '{"kind": "sql", "semanticHash": "c13b31b89ce6566f371f9591b6915ec8e3e28893ec952af50d15d8c20c32b2a6"}', E'ALTER TABLE users ADD COLUMN name text;\n', '1395adfee88806b2370e1d1be9d72fee2e4782e43264cad6050c692494d98349', '03a1fba3adac91db76a13725f32a41970849c4d90ed30b8edd68a72035a374a5');
INSERT INTO "public"."schema_migrations_journal" VALUES (7, '23b656a4-b55a-4307-beca-6ffaa0000218', 'run-ended', '2026-11-30 18:27:21.708023+00', NULL, NULL, NULL, NULL, '{"result": "done"}', NULL, '03a1fba3adac91db76a13725f32a41970849c4d90ed30b8edd68a72035a374a5', '57857f5e764c3687923920b67d7fd4e1a166107501d29adb3f6e4ab501efd62d');
INSERT INTO "public"."schema_migrations_journal" VALUES (8, 'f87277c4-8a59-4b33-830c-f59882ad6b17', 'run-started', '2026-11-30 18:27:22.443989+00', NULL, 'down', NULL, NULL, '{"by": "root@vm", "pid": 22698, "steps": ["003_name"], "process": 22670, "environment": "production"}', NULL, '57857f5e764c3687923920b67d7fd4e1a166107501d29adb3f6e4ab501efd62d', '4026225d86611bec262e3f178874a8e275ba20d06b6263155f9457a7ae2d963f');
INSERT INTO "public"."schema_migrations_journal" VALUES (9, 'f87277c4-8a59-4b33-830c-f59882ad6b17', 'step-rolled-back', '2026-11-30 18:27:22.463717+00', '003_name', 'down', NULL, '5ca8f93aa3ab61aca4ea4346ec3effc449962a30afcc7c42c70b8625092abd70', '{"kind": "sql", "semanticHash": "f0b2a75197255fb50a24355a7236e1e66085a668a651376a937a1f4d04743396"}', E'ALTER TABLE users DROP COLUMN name;\n', '4026225d86611bec262e3f178874a8e275ba20d06b6263155f9457a7ae2d963f', 'aefa3375052e4ce2905c9257b4c10f538d931728983a225db5e6e0c7f28221d5');
INSERT INTO "public"."schema_migrations_journal" VALUES (10, 'f87277c4-8a59-4b33-830c-f59882ad6b17', 'run-ended', '2026-11-30 18:27:22.463826+00', NULL, NULL, NULL, NULL, '{"result": "done"}', NULL, 'aefa3375052e4ce2905c9257b4c10f538d931728983a225db5e6e0c7f28221d5', '4062a43fe9e344389335006ba1ddfa4c456ee40a8e39500e7e224d39dc49b26e');
INSERT INTO "public"."schema_migrations_journal" VALUES (11, '5ba6fe84-d15a-4933-aa69-d2901c568aad', 'run-started', '2026-11-30 18:27:23.051871+00', NULL, 'up', NULL, NULL, '{"by": "root@vm", "pid": 22717, "steps": ["003_name"], "process": 22699, "environment": "production"}', NULL, '4062a43fe9e344389335006ba1ddfa4c456ee40a8e39500e7e224d39dc49b26e', 'ea0e8da2c653468211ad31d0452b09f291c4a0b21f5ea81d3cc0281e1c7ffaee');
INSERT INTO "public"."schema_migrations_journal" VALUES (12, '5ba6fe84-d15a-4933-aa69-d2901c568aad', 'step-failed', '2026-11-30 18:27:23.066977+00', '003_name', 'up', NULL, '60550e79d4c5668a260cd0d39d84b10ea15b39f62eab7d5a0015646bd3ce98f1', E'{"code": "statement-failed", "error": "db/migrations/003_name.sql failed: type \\"integr\\" does not exist; nothing of it was kept", "where": "db/migrations/003_name.sql:1:34", "sqlstate": "42704"}', NULL, 'ea0e8da2c653468211ad31d0452b09f291c4a0b21f5ea81d3cc0281e1c7ffaee', '619768d21d51371900fe157a32042445b99d645118e747ae4f22f4835667369b');
INSERT INTO "public"."schema_migrations_journal" VALUES (13, '5ba6fe84-d15a-4933-aa69-d2901c568aad', 'run-ended', '2026-11-30 18:27:23.067133+00', NULL, NULL, NULL, NULL, '{"result": "failed"}', NULL, '619768d21d51371900fe157a32042445b99d645118e747ae4f22f4835667369b', '730b8248b51f46538e60aa57feffd25febc92d2e0cac861a5229c2f907be94c4');
SELECT setval('schema_migrations_id_seq', 3);

CREATE OR REPLACE FUNCTION "public"."schema_migrations_keep_first"() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $body$
BEGIN
  -- Knex inserts its row after ours: the one that travelled with the migration stays.
  IF EXISTS (SELECT FROM "public"."schema_migrations" WHERE name = NEW.name) THEN RETURN NULL; END IF;
  RETURN NEW;
END $body$;
CREATE OR REPLACE FUNCTION "public"."schema_migrations_journal_append"() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $body$
DECLARE last record;
BEGIN
  SELECT id, hash INTO last FROM "public"."schema_migrations_journal" ORDER BY id DESC LIMIT 1;
  NEW.id := coalesce(last.id, 0) + 1;
  NEW.at := clock_timestamp();
  NEW.prev_hash := coalesce(last.hash, '');
  NEW.hash := encode(sha256(convert_to(jsonb_build_array(
    NEW.id, NEW.run, NEW.event, to_char(NEW.at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'),
    NEW.name, NEW.direction, NEW.part, NEW.checksum, NEW.details, NEW.script, NEW.prev_hash)::text, 'UTF8')), 'hex');
  RETURN NEW;
END $body$;
CREATE OR REPLACE FUNCTION "public"."schema_migrations_journal_keep"() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $body$
BEGIN
  RAISE EXCEPTION 'the migration journal is append-only: % refused', TG_OP;
END $body$;
CREATE OR REPLACE TRIGGER "schema_migrations_keep_first" BEFORE INSERT ON "public"."schema_migrations" FOR EACH ROW EXECUTE FUNCTION "public"."schema_migrations_keep_first"();
CREATE OR REPLACE TRIGGER "schema_migrations_journal_append" BEFORE INSERT ON "public"."schema_migrations_journal" FOR EACH ROW EXECUTE FUNCTION "public"."schema_migrations_journal_append"();
CREATE OR REPLACE TRIGGER "schema_migrations_journal_keep" BEFORE UPDATE OR DELETE OR TRUNCATE ON "public"."schema_migrations_journal" FOR EACH STATEMENT EXECUTE FUNCTION "public"."schema_migrations_journal_keep"();
