import { type ExtractTablesWithRelations, type SQL, sql } from "drizzle-orm";
import { PgDialect } from "drizzle-orm/pg-core";
import { drizzle as drizzleByCall, type PgRemoteDatabase } from "drizzle-orm/pg-proxy";
import {
  drizzle,
  type PostgresJsDatabase,
  PostgresJsSession,
  PostgresJsTransaction,
} from "drizzle-orm/postgres-js";
import postgres from "postgres";
import { openTransactions, type Transactions } from "./transactions.ts";

const TIMESTAMPTZ = 1184;
const JSONB = 3802;

/** The application's connection pool. Queries never take it: they take a `Tx` from `inWorkspace` or `outsideWorkspaces`. */
export interface Database {
  /** For libraries that bring their own queries: each statement by itself, on a connection that nobody else uses. */
  readonly drizzle: PgRemoteDatabase;
  /** One statement by itself. */
  readonly alone: Transactions["alone"];
  /** Runs `work` in a transaction on a connection of its own; `inWorkspace` and `outsideWorkspaces` call it. */
  readonly begin: Transactions["begin"];
  /** A transaction of a few statements in one round trip; `inWorkspaceAtOnce` calls it. */
  readonly together: Transactions["together"];
  close(): Promise<void>;
}

/** An open transaction: the first argument of everything that reads or writes. */
export type Tx = Parameters<Parameters<PostgresJsDatabase["transaction"]>[0]>[0];

export interface DatabaseOptions {
  /** Connections held at most; default 10. */
  readonly connectionsMax?: number;
  /** The role every connection works under; default `consentry_app`, which can neither edit history nor skip tenancy. */
  readonly role?: string;
  readonly applicationName?: string;
  /** A statement running longer is cancelled; default 60 s. */
  readonly statementTimeoutMs?: number;
}

/**
 * Opens a pool. Timestamps come back as `Date`, 64-bit counts as numbers, JSON parsed.
 * @throws when the first query finds no server; opening itself does not connect.
 */
export function openDatabase(url: string, options: DatabaseOptions = {}): Database {
  const transactions = openTransactions(options.connectionsMax ?? 10, (onClose) =>
    openClient(url, options, onClose),
  );
  return {
    drizzle: drizzleByCall(async (text, values, method) => {
      const rows = await (method === "all"
        ? transactions.aloneInLists({ text, values })
        : transactions.alone({ text, values }));
      return { rows: [...rows] };
    }),
    alone: transactions.alone,
    begin: transactions.begin,
    together: transactions.together,
    close: transactions.close,
  };
}

/** A client of one connection. */
function openClient(url: string, options: DatabaseOptions, onClose: () => void) {
  const client = postgres(url, {
    max: 1,
    // A connection lives as long as the process: a broken one is noticed, an old one is as good as a new one.
    max_lifetime: null,
    // Arrays come back as JSON here. The driver's look-up of array types would run on every new connection, and end the
    // process when the connection breaks under it: nobody waits for that query, so its rejection is nobody's.
    fetch_types: false,
    onnotice: () => undefined,
    onclose: onClose,
    backoff: reconnectPauseSeconds,
    connection: {
      role: options.role ?? "consentry_app",
      application_name: options.applicationName ?? "consentry",
      statement_timeout: options.statementTimeoutMs ?? 60_000,
      // A transaction whose process hangs must not hold gate rows against stops.
      idle_in_transaction_session_timeout: 30_000,
    },
    types: { int8: { to: 20, from: [20], serialize: String, parse: Number } },
  });
  drizzle(client);
  // drizzle turns the driver's parsers off; the hand-written statements of this package want real values.
  client.options.parsers[TIMESTAMPTZ] = (text: string) => new Date(text);
  client.options.parsers[JSONB] = (text: string) => JSON.parse(text);
  for (const type of ARRAY_TYPES) client.options.serializers[type] = arrayLiteral;
  client.options.serializers[TIMESTAMPTZ] = (value: Date | string) =>
    value instanceof Date ? value.toISOString() : value;
  return client;
}

/** Arrays of int4, text, int8, date and uuid: those that `array` makes. */
const ARRAY_TYPES = [1007, 1009, 1016, 1182, 2951] as const;

/** `{"a","b"}`: every element in quotes, which suits all these types. */
function arrayLiteral(values: readonly string[]): string {
  return `{${values.map((value) => `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`).join(",")}}`;
}

/**
 * The driver's own pause grows to 20 s: a second of downtime would cost a busy process a quarter of a minute.
 */
const reconnectPauseSeconds = (failures: number): number =>
  Math.min(1, 0.05 * 2 ** Math.min(failures, 5)) * (0.5 + Math.random() / 2);

/** Runs `work` in one transaction that sees and writes only this workspace's rows (row-level security). */
export async function inWorkspace<T>(
  database: Database,
  workspaceId: string,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  return transaction(database, async (scoped, tx) => {
    // Sent ahead of the first statement without waiting for its answer, which saves a round trip.
    const chosen = scoped.unsafe(CHOOSE_WORKSPACE, [workspaceId], PREPARED).execute();
    // Should it fail, the transaction is broken and the statements of `work` tell.
    chosen.catch(() => undefined);
    const result = await work(tx);
    await chosen;
    return result;
  });
}

const CHOOSE_WORKSPACE = "select set_config('consentry.workspace', $1, true)";

/**
 * Runs one statement in a transaction of its own that sees and writes only this workspace's rows. It takes one round
 * trip, where `inWorkspace` takes three: for what every hand-over waits for.
 */
export async function inWorkspaceAtOnce<Row extends Record<string, unknown>>(
  database: Database,
  workspaceId: string,
  statement: SQL,
): Promise<readonly Row[]> {
  const { sql: text, params } = DIALECT.sqlToQuery(statement);
  const found = await database.together([
    { text: CHOOSE_WORKSPACE, values: [workspaceId] },
    { text, values: params },
  ]);
  return found as readonly Row[];
}

/**
 * Runs `work` in a transaction that belongs to no workspace: it sees workspaces, worker sessions and console
 * accounts, and of everything else nothing.
 */
export async function outsideWorkspaces<T>(database: Database, work: (tx: Tx) => Promise<T>): Promise<T> {
  return transaction(database, (_scoped, tx) => work(tx));
}

type NoSchema = Record<string, never>;
type NoTables = ExtractTablesWithRelations<NoSchema>;

const DIALECT = new PgDialect();
const PREPARED = { prepare: true };

/**
 * drizzle's transaction on the driver's own, with every statement prepared once per connection: planning the short
 * statements around each contact takes longer than running them, and drizzle asks for it only through its builders.
 */
async function transaction<T>(
  database: Database,
  work: (scoped: postgres.TransactionSql, tx: Tx) => Promise<T>,
): Promise<T> {
  return database.begin((scoped) => {
    const { unsafe } = scoped;
    const prepared: typeof unsafe = (query, parameters, options) =>
      unsafe(query, parameters, { ...options, ...PREPARED });
    // As drizzle itself makes it; its type demands a whole client where a transaction's is given.
    const session = new PostgresJsSession<postgres.TransactionSql & postgres.Sql, NoSchema, NoTables>(
      Object.assign(scoped as postgres.TransactionSql & postgres.Sql, { unsafe: prepared }),
      DIALECT,
      undefined,
    );
    return work(scoped, new PostgresJsTransaction<NoSchema, NoTables>(DIALECT, session, undefined));
  });
}

/** The gate's clock: the server's, plus the offset that only the test role may set. */
export async function readClock(tx: Tx): Promise<Date> {
  const [row] = await tx.execute<{ now: Date }>(sql`select consentry_now() as now`);
  if (row === undefined) throw new Error("the database returned no time");
  return row.now;
}

/** A list of ids or texts as one array parameter, for `= any(…)` and `unnest(…)`. */
export function array(
  values: readonly (string | number)[],
  type: "bigint" | "uuid" | "text" | "int" | "date",
) {
  // The driver would turn dates into its own objects; as text they arrive as they are.
  return sql`${sql.param(values.map(String))}::${sql.raw(type === "date" ? "text[]::date" : type)}[]`;
}

/**
 * Blind digests (hex) for `= any(…)` on an index. They are decoded before the comparison: row-level security keeps a
 * condition that calls `decode` on a column of a join away from the index, and every look-up would read the whole
 * workspace.
 */
export function digestList(digests: readonly string[]) {
  return sql`array(select decode(asked.hex, 'hex') from unnest(${array(digests, "text")}) as asked(hex))`;
}

/** Rows as one JSON parameter, for `jsonb_to_recordset`. Bytes travel as hex text. */
export function rows(values: readonly object[]) {
  return sql`${JSON.stringify(values)}::jsonb`;
}
