import type { Tree } from '../support/project.ts';

/** A small backend's migrations as a tool has them, and what its history holds after the first two. */
export interface Sample {
  readonly tool: string;
  /** Of another tool's folder, relative to it. */
  readonly files: Tree;
  readonly history: string;
  /** Names of the three migrations here. */
  readonly names: readonly string[];
}

const USERS = 'CREATE TABLE users (\n  id bigint PRIMARY KEY,\n  email text NOT NULL\n);\n';
const ORDERS = "CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint REFERENCES users (id), note text DEFAULT 'a;b');\n";
const TOTAL = 'ALTER TABLE orders ADD COLUMN total numeric;\n';
const BACK = { users: 'DROP TABLE users;\n', orders: 'DROP TABLE orders;\n', total: 'ALTER TABLE orders DROP COLUMN total;\n' };

const block = (up: string, down: string) => (text: string, back: string) => `${up}\n${text}\n${down}\n${back}`;
const dbmate = block('-- migrate:up', '-- migrate:down');
const goose = block('-- +goose Up\n-- +goose StatementBegin', '-- +goose StatementEnd\n-- +goose Down');
const sqlMigrate = block('-- +migrate Up', '-- +migrate Down');
const pgMigrate = block('-- Up Migration', '-- Down Migration');

const STAMPS = ['20240101090000', '20240202090000', '20240303090000'] as const;
const stamped = ['users', 'orders', 'order_total'].map((title, i) => `${STAMPS[i]}_${title}`);
const counted = ['001_users', '002_orders', '003_order_total'];
const changeset = (id: string, text: string, back: string) => `--changeset ann:${id}\n${text}--rollback ${back}\n`;

export const SAMPLES: readonly Sample[] = [
  {
    tool: 'dbmate',
    files: {
      '20240101090000_users.sql': dbmate(USERS, BACK.users),
      '20240202090000_orders.sql': dbmate(ORDERS, BACK.orders),
      '20240303090000_order_total.sql': dbmate(TOTAL, BACK.total),
    },
    history: `CREATE TABLE schema_migrations (version varchar PRIMARY KEY); INSERT INTO schema_migrations VALUES ('${STAMPS[0]}'), ('${STAMPS[1]}')`,
    names: stamped,
  },
  {
    tool: 'goose',
    files: {
      '00001_users.sql': goose(USERS, BACK.users),
      '00002_orders.sql': goose(ORDERS, BACK.orders),
      '00003_order_total.sql': goose(TOTAL, BACK.total),
    },
    history: `CREATE TABLE goose_db_version (id serial, version_id bigint, is_applied boolean, tstamp timestamp DEFAULT now());
      INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, true), (1, true), (2, true), (3, true), (3, false)`,
    names: ['00001_users', '00002_orders', '00003_order_total'],
  },
  {
    tool: 'golang-migrate',
    files: {
      '1_users.up.sql': USERS,
      '1_users.down.sql': BACK.users,
      '2_orders.up.sql': ORDERS,
      '2_orders.down.sql': BACK.orders,
      '10_order_total.up.sql': TOTAL,
      '10_order_total.down.sql': BACK.total,
    },
    history: 'CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean); INSERT INTO schema_migrations VALUES (2, false)',
    names: ['1_users', '2_orders', '10_order_total'],
  },
  {
    tool: 'flyway',
    files: {
      'V1__users.sql': USERS,
      'U1__users.sql': BACK.users,
      'V1.2__orders.sql': ORDERS,
      'U1.2__orders.sql': BACK.orders,
      'V1.10__order_total.sql': TOTAL,
      'U1.10__order_total.sql': BACK.total,
      'R__views.sql': 'CREATE OR REPLACE VIEW v AS SELECT 1;',
    },
    history: `CREATE TABLE flyway_schema_history (installed_rank int PRIMARY KEY, version varchar, description varchar, type varchar, script varchar, success boolean);
      INSERT INTO flyway_schema_history VALUES (1, '1', 'users', 'SQL', 'V1__users.sql', true), (2, '1.2', 'orders', 'SQL', 'V1.2__orders.sql', true), (3, NULL, 'views', 'SQL', 'R__views.sql', true)`,
    names: counted,
  },
  {
    tool: 'sql-migrate',
    files: {
      '1-users.sql': sqlMigrate(USERS, BACK.users),
      '2-orders.sql': sqlMigrate(ORDERS, BACK.orders),
      '3-order_total.sql': sqlMigrate(TOTAL, BACK.total),
    },
    history: `CREATE TABLE gorp_migrations (id text PRIMARY KEY, applied_at timestamptz); INSERT INTO gorp_migrations (id) VALUES ('1-users.sql'), ('2-orders.sql')`,
    names: ['1_users', '2_orders', '3_order_total'],
  },
  {
    tool: 'node-pg-migrate',
    files: {
      '1700000000001_users.sql': pgMigrate(USERS, BACK.users),
      '1700000000002_orders.sql': pgMigrate(ORDERS, BACK.orders),
      '1700000000003_order_total.sql': pgMigrate(TOTAL, BACK.total),
    },
    history: `CREATE TABLE pgmigrations (id serial, name varchar, run_on timestamp); INSERT INTO pgmigrations (name) VALUES ('1700000000001_users'), ('1700000000002_orders')`,
    names: ['1700000000001_users', '1700000000002_orders', '1700000000003_order_total'],
  },
  {
    tool: 'prisma',
    files: {
      'migration_lock.toml': 'provider = "postgresql"\n',
      '20240101090000_users/migration.sql': USERS,
      '20240202090000_orders/migration.sql': ORDERS,
      '20240303090000_order_total/migration.sql': TOTAL,
    },
    history: `CREATE TABLE _prisma_migrations (id text, migration_name text, started_at timestamptz DEFAULT now(), finished_at timestamptz, rolled_back_at timestamptz);
      INSERT INTO _prisma_migrations VALUES ('a', '20240101090000_users', now(), now(), NULL), ('b', '20240202090000_orders', now(), NULL, now()), ('c', '20240202090000_orders', now(), now(), NULL)`,
    names: stamped,
  },
  {
    tool: 'drizzle',
    files: {
      '0000_users.sql': USERS,
      '0001_orders.sql': `${ORDERS}--> statement-breakpoint\nCREATE INDEX ON orders (user_id);\n`,
      '0002_order_total.sql': TOTAL,
      'meta/_journal.json': JSON.stringify({
        entries: [
          { idx: 0, when: 1700000000001, tag: '0000_users' },
          { idx: 1, when: 1700000000002, tag: '0001_orders' },
          { idx: 2, when: 1700000000003, tag: '0002_order_total' },
        ],
      }),
    },
    history: `CREATE SCHEMA drizzle; CREATE TABLE drizzle.__drizzle_migrations (id serial, hash text, created_at bigint);
      INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ('a', 1700000000001), ('b', 1700000000002)`,
    names: ['0000_users', '0001_orders', '0002_order_total'],
  },
  {
    tool: 'sqitch',
    files: {
      'sqitch.plan': `%syntax-version=1.0.0\n%project=shop\n\nusers 2024-01-01T09:00:00Z Ann <ann@example.org> # Users\n@v1 2024-01-01T10:00:00Z Ann <ann@example.org> # first\norders [users] 2024-02-02T09:00:00Z Ann <ann@example.org>\norder_total [orders] 2024-03-03T09:00:00Z Ann <ann@example.org> # Total of an order\n`,
      'deploy/users.sql': `-- Deploy users\n\nBEGIN;\n\n${USERS}\nCOMMIT;\n`,
      'revert/users.sql': `BEGIN;\n${BACK.users}COMMIT;\n`,
      'verify/users.sql': 'SELECT id FROM users WHERE false;\n',
      'deploy/orders.sql': `BEGIN;\n${ORDERS}COMMIT;\n`,
      'revert/orders.sql': `BEGIN;\n${BACK.orders}COMMIT;\n`,
      'deploy/order_total.sql': TOTAL,
      'revert/order_total.sql': BACK.total,
    },
    history: `CREATE SCHEMA sqitch; CREATE TABLE sqitch.changes (change_id text, change text, committed_at timestamptz DEFAULT clock_timestamp());
      INSERT INTO sqitch.changes (change_id, change) VALUES ('a', 'users'); INSERT INTO sqitch.changes (change_id, change) VALUES ('b', 'orders')`,
    names: ['001_Users', '002_orders', '003_Total_of_an_order'],
  },
  {
    tool: 'liquibase',
    files: {
      'db.changelog.sql': `--liquibase formatted sql\n\n${changeset('users', USERS, BACK.users.trim())}\n${changeset('orders', ORDERS, BACK.orders.trim())}\n${changeset('order_total', TOTAL, BACK.total.trim())}`,
    },
    history: `CREATE TABLE databasechangelog (id varchar, author varchar, filename varchar, orderexecuted int);
      INSERT INTO databasechangelog VALUES ('users', 'ann', 'src/main/db.changelog.sql', 1), ('orders', 'ann', 'src/main/db.changelog.sql', 2)`,
    names: counted,
  },
  {
    tool: 'sql',
    files: { '001_users.sql': USERS, '002_orders.sql': ORDERS, '003_order_total.sql': TOTAL },
    history: '',
    names: counted,
  },
];

/** What the first two made, in a database that their tool migrated. */
export const MADE = `${USERS}${ORDERS}`;
