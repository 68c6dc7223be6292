/** A migration of a benchmark, as every contender gets it. */
export interface BenchMigration {
  readonly name: string;
  readonly up: string;
  readonly down: string;
}

const MEGABYTE = 1_000_000;

/** Each makes a table, a row and an index. */
export function smallMigrations(count: number): readonly BenchMigration[] {
  return Array.from({ length: count }, (_, i) => {
    const table = `bench_${String(i + 1).padStart(4, '0')}`;
    return {
      name: `${String(i + 1).padStart(4, '0')}_create_${table}`,
      up: `CREATE TABLE ${table} (\n  id bigint PRIMARY KEY,\n  name text NOT NULL,\n  created_at timestamptz NOT NULL DEFAULT now()\n);\nINSERT INTO ${table} (id, name) VALUES (1, 'first');\nCREATE INDEX ${table}_name ON ${table} (name);\n`,
      down: `DROP TABLE ${table};\n`,
    };
  });
}

/** One file of one-row INSERTs. */
export function bulkMigration(megabytes: number): BenchMigration {
  const lines = ['CREATE TABLE bulk (id bigint, name text, note text, amount numeric);\n'];
  for (let [id, length] = [1, 0]; length < megabytes * MEGABYTE; id += 1) {
    const line = `INSERT INTO bulk (id, name, note, amount) VALUES (${id}, 'customer ${id}', 'It''s a note; with a semicolon', ${id % 1000}.25);\n`;
    lines.push(line);
    length += line.length;
  }
  return { name: '0001_bulk', up: lines.join(''), down: 'DROP TABLE bulk;\n' };
}
