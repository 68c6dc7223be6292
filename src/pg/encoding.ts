import type { Client } from 'pg';
import { ask, type Question } from './ask.ts';

/**
 * Which of these characters the database's encoding has no place for, as only the server knows (manual: multibyte). Works where nothing
 * can be written, and breaks off no transaction.
 */
export async function findUnencodable(client: Client, characters: readonly string[]): Promise<readonly string[]> {
  if (characters.length === 0) return [];
  const hex = characters.map((character) => Buffer.from(character).toString('hex'));
  const probe: Question<void> = {
    sql: `DO $lockstep$ DECLARE c text; bad text := ''; BEGIN
  FOREACH c IN ARRAY '{${hex.join(',')}}'::text[] LOOP
    BEGIN PERFORM pg_catalog.convert(pg_catalog.decode(c, 'hex'), 'UTF8', pg_catalog.getdatabaseencoding());
    EXCEPTION WHEN OTHERS THEN bad := bad || ' ' || c; END;
  END LOOP;
  PERFORM pg_catalog.set_config('lockstep.unencodable', bad, false);
END $lockstep$`,
    read: () => undefined,
  };
  const answer: Question<string> = {
    sql: "SELECT pg_catalog.current_setting('lockstep.unencodable') AS bad",
    read: ([row]) => String(row?.bad),
  };
  const [, bad] = await ask(client, probe, answer);
  return bad
    .split(' ')
    .filter(Boolean)
    .map((one) => Buffer.from(one, 'hex').toString());
}
