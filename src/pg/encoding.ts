import type { Client } from 'pg';
import { askOne, type Question } from './ask.ts';

const UNENCODABLE = 'lockstep.unencodable';

/**
 * Which of these characters the database's encoding has no place for, as only the server knows (manual: multibyte). Works where nothing
 * can be written, and breaks off no transaction.
 */
export async function findUnencodable(client: Client, characters: readonly string[]): Promise<readonly string[]> {
  if (characters.length === 0) return [];
  const hex = characters.map((character) => Buffer.from(character).toString('hex'));
  const question: Question<string> = {
    sql: `DO $lockstep$ DECLARE c text; bad text := ''; BEGIN
  FOREACH c IN ARRAY '{${hex.join(',')}}'::text[] LOOP
    BEGIN PERFORM pg_catalog.convert(pg_catalog.decode(c, 'hex'), 'UTF8', pg_catalog.getdatabaseencoding());
    EXCEPTION WHEN OTHERS THEN bad := bad || ' ' || c; END;
  END LOOP;
  PERFORM pg_catalog.set_config('${UNENCODABLE}', bad, false);
END $lockstep$`,
    read: () => '',
  };
  await askOne(client, question);
  const bad = await askOne(client, {
    sql: `SELECT pg_catalog.current_setting('${UNENCODABLE}') AS bad`,
    read: ([row]): string => String(row?.bad),
  });
  return bad
    .split(' ')
    .filter(Boolean)
    .map((one) => Buffer.from(one, 'hex').toString());
}
