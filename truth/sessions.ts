import type pg from 'pg';

/** The one that runs the forms, the one that looks at it and tries to get past, and those that stand in its way. */
export interface Sessions {
  readonly subject: pg.Client;
  readonly pid: number;
  readonly observer: pg.Client;
  /** What the server has said to the subject since it was asked last. */
  readonly takeNotices: () => readonly string[];
  /** Opened as needed, and used again. */
  readonly holder: (index: number) => Promise<pg.Client>;
  /** Takes away whatever is in the database, and every setting. */
  readonly empty: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** DEBUG1 names each table that is rewritten or verified and each index that is built; a zone that is not UTC, where that matters. */
const SUBJECT =
  "SET client_min_messages = debug1; SET lc_messages = 'C'; SET TimeZone = 'Europe/Berlin'; SET statement_timeout = '60s'; SET allow_in_place_tablespaces = true";

const OWN = `SELECT quote_ident(pubname) AS name, 'PUBLICATION' AS kind FROM pg_publication
  UNION ALL SELECT quote_ident(nspname), 'SCHEMA' FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'`;

async function empty(subject: pg.Client): Promise<void> {
  for (const sql of ['ROLLBACK', 'RESET ALL', SUBJECT]) await subject.query(sql);
  for (const { name, kind } of (await subject.query<{ name: string; kind: string }>(OWN)).rows)
    await subject.query(`DROP ${kind} ${name} CASCADE`);
  await subject.query('CREATE SCHEMA public');
}

/** What forms name that belongs to the whole server or database. */
const SHARED = [
  'DROP TABLESPACE IF EXISTS truth_space',
  'DROP ROLE IF EXISTS truth_owner',
  'CREATE ROLE truth_owner',
  "CREATE TABLESPACE truth_space LOCATION ''",
  'CREATE ACCESS METHOD truth_heap TYPE TABLE HANDLER heap_tableam_handler',
];
const UNSHARED = ['DROP ACCESS METHOD truth_heap', 'DROP TABLESPACE truth_space', 'DROP ROLE truth_owner'];

/** @param connect opens a superuser's session in a database that nobody else uses */
export async function openSessions(connect: () => Promise<pg.Client>): Promise<Sessions> {
  const [subject, observer] = [await connect(), await connect()];
  const notices: string[] = [];
  subject.on('notice', ({ message }) => void (message && notices.push(message)));
  await subject.query(SUBJECT);
  // Nobody gives way before a lock is there: who waits at all waits longer than this.
  await observer.query("SET lock_timeout = '10ms'");
  for (const sql of SHARED) await subject.query(sql);
  const { rows } = await subject.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const holders: pg.Client[] = [];
  return {
    subject,
    pid: rows[0]?.pid ?? 0,
    observer,
    takeNotices: () => notices.splice(0),
    holder: async (index) => {
      const holder = holders[index] ?? (await connect());
      holders[index] = holder;
      return holder;
    },
    empty: () => empty(subject),
    close: async () => {
      await empty(subject);
      for (const sql of UNSHARED) await subject.query(sql);
      await Promise.all([subject, observer, ...holders].map((client) => client.end()));
    },
  };
}
