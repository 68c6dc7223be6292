import { expect, test } from 'vitest';
import { textDraft } from '../../src/draft/text-draft.ts';

const draftOf = (text: string): Promise<string> =>
  textDraft({ path: 'db/migrations/002_x.sql', text, checksum: '' }, { name: '002_x', version: '002', from: 'the forward SQL alone' });

test('turns round what its words tell, last first, and leaves the rest to its author', async () => {
  expect(
    await draftOf(`BEGIN;
CREATE TABLE app.t (id int);
ALTER TABLE users ADD COLUMN a int, ADD COLUMN IF NOT EXISTS b int, ADD CONSTRAINT "A" CHECK (a > 0), ALTER c DROP NOT NULL;
CREATE INDEX i ON app.t (id);
CREATE INDEX IF NOT EXISTS j ON app.t (id);
CREATE OR REPLACE VIEW v AS SELECT 1;
ALTER TABLE users RENAME x TO y;
ALTER TABLE app.old RENAME TO new;
DROP TABLE gone;
SET LOCAL lock_timeout = '1s';
COMMIT;`),
  ).toMatchInlineSnapshot(`
    "-- Rollback for: 002_x
    -- A draft, written from the forward SQL alone.
    -- Read it, then prove it: npm run migrate:rehearse -- 002
    -- lossy: what is MANUAL below is not written yet

    BEGIN;

    -- MANUAL: db/migrations/002_x.sql:9: DROP TABLE: what was there before, only a server can tell
    ALTER TABLE app.new RENAME TO old; -- not proved
    ALTER TABLE users RENAME COLUMN y TO x; -- not proved
    -- MANUAL: db/migrations/002_x.sql:6: CREATE OR REPLACE VIEW: what was there before, only a server can tell
    -- MANUAL: db/migrations/002_x.sql:5: CREATE INDEX: what was there before, only a server can tell
    DROP INDEX app.i; -- not proved
    -- MANUAL: db/migrations/002_x.sql:3: ALTER TABLE: what was there before, only a server can tell
    ALTER TABLE users DROP CONSTRAINT "A"; -- not proved
    -- MANUAL: db/migrations/002_x.sql:3: ALTER TABLE: what was there before, only a server can tell
    ALTER TABLE users DROP COLUMN a; -- not proved
    DROP TABLE app.t; -- not proved

    COMMIT;
    "
  `);
});
