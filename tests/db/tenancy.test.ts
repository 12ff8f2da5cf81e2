import postgres from "postgres";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { testApi } from "../support/api.ts";
import { consentedCsv, createWorkspace, importCsv, type TestWorkspace } from "../support/product.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

/** The role everything works under, with the owner's login behind it; `set role` gives exactly that role's rights. */
let database: TestDatabase;
let owner: postgres.Sql;
let app: postgres.Sql;
let first: TestWorkspace;
let second: TestWorkspace;
let tables: string[] = [];

beforeAll(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  owner = postgres(database.ownerUrl, { max: 1, onnotice: () => undefined });
  app = postgres(database.ownerUrl, { max: 2, connection: { role: "consentry_app" } });
  first = await createWorkspace(database.ownerUrl);
  second = await createWorkspace(database.ownerUrl);
  // Both have people, consent, a purpose, keys and a partition, so that there is something not to be seen.
  for (const workspace of [first, second]) {
    await importCsv(workspace, consentedCsv(3));
    await testApi(workspace, database.ownerUrl).key(["admin"]);
  }
  await owner`select ensure_month(current_date)`;
  tables = (
    await owner<{ name: string }[]>`
      select c.oid::regclass::text as name from pg_class c
      join pg_attribute a on a.attrelid = c.oid and a.attname = 'workspace_id' and not a.attisdropped
      where c.relkind in ('r', 'p', 'f', 'm', 'v')
        and c.relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
        and not c.relispartition
      order by 1`
  ).map((row) => row.name);
});

afterAll(async () => {
  await app.end();
  await owner.end();
  await first.close();
  await second.close();
  await database.drop();
});

/** Runs a statement as the application in a workspace, and takes it back. */
async function inWorkspaceOf<T>(
  workspaceId: string | null,
  work: (sql: postgres.TransactionSql) => Promise<T>,
): Promise<T> {
  const taken: T[] = [];
  const undone = new Error("undone");
  await app
    .begin(async (sql) => {
      if (workspaceId !== null) await sql`select set_config('consentry.workspace', ${workspaceId}, true)`;
      taken.push(await work(sql));
      throw undone;
    })
    .catch((error: unknown) => {
      if (error !== undone) throw error;
    });
  const [result] = taken;
  if (result === undefined) throw new Error("the work gave no result");
  return result;
}

const count = async (sql: postgres.TransactionSql, from: string): Promise<number> =>
  Number((await sql.unsafe(`select count(*) as count from ${from}`))[0]?.["count"]);

describe("every table with a workspace_id", () => {
  test("has row-level security enabled and forced, with one policy for the application on all commands", async () => {
    const guarded = await owner`
      select c.oid::regclass::text as name, c.relrowsecurity and c.relforcerowsecurity as secured,
        (select array_agg(p.polcmd::text || p.polpermissive::text || (p.polwithcheck is null)::text)
          from pg_policy p where p.polrelid = c.oid and 'consentry_app'::regrole = any(p.polroles)) as policies,
        (select count(*)::int from pg_policy p where p.polrelid = c.oid and 0 = any(p.polroles)) as for_everybody
      from pg_class c where c.oid = any(${tables}::regclass[]) order by 1`;
    expect(tables.length).toBeGreaterThan(20);
    expect([...guarded]).toEqual(
      // `*`: every command, permissive, and what may be read is what may be written.
      tables.map((name) => ({ name, secured: true, policies: ["*truetrue"], for_everybody: 0 })),
    );
  });

  test("shows the application nothing while no workspace is set, or an empty one", async () => {
    const seen: string[] = [];
    for (const table of tables) {
      if ((await inWorkspaceOf(null, (sql) => count(sql, table))) !== 0) seen.push(table);
      if ((await inWorkspaceOf("", (sql) => count(sql, table))) !== 0) seen.push(`${table} with ''`);
    }
    expect(seen).toEqual([]);
    const rows = await owner.unsafe(`select count(*)::int as count from contact`);
    expect([...rows]).toEqual([{ count: 6 }]);
  });

  test("shows the application its own workspace's rows and none of another's", async () => {
    const filled: string[] = [];
    for (const table of tables) {
      const { own, other } = await inWorkspaceOf(first.workspaceId, async (sql) => ({
        own: await count(sql, `${table} where workspace_id = '${first.workspaceId}'`),
        other: await count(sql, `${table} where workspace_id <> '${first.workspaceId}'`),
      }));
      expect({ table, other }).toEqual({ table, other: 0 });
      if (own > 0) filled.push(table);
    }
    expect(filled).toEqual(
      expect.arrayContaining(["api_key", "consent_event", "contact", "contact_point", "gate", "purpose"]),
    );
  });

  test("takes from the application neither a row of another workspace nor a change to one", async () => {
    const attempts = [
      `insert into stop_mark (workspace_id, scope, scope_id, stopping, marked_at)
        values ('${second.workspaceId}', 'campaign', gen_random_uuid(), true, now())`,
      `insert into contact (id, workspace_id, created_at, updated_at)
        values (gen_random_uuid(), '${second.workspaceId}', now(), now())`,
      `update contact set workspace_id = '${second.workspaceId}'`,
    ];
    for (const attempt of attempts) {
      const asked = inWorkspaceOf(first.workspaceId, (sql) => sql.unsafe(attempt));
      await expect(asked, attempt).rejects.toMatchObject({ code: "42501" });
    }
    const changed = await inWorkspaceOf(
      first.workspaceId,
      async (sql) =>
        (await sql`update contact set language = 'xx' where workspace_id = ${second.workspaceId}`).count,
    );
    expect(changed).toBe(0);
  });
});

test("a partition, which has no policy of its own, cannot be read past its table", async () => {
  const partitions = await owner<{ name: string; allowed: boolean }[]>`
    select c.oid::regclass::text as name,
      bool_or(has_table_privilege('consentry_app', c.oid, wanted)) as allowed
    from pg_class c cross join unnest(array['select', 'insert', 'update', 'delete', 'truncate']) as wanted
    where c.relispartition and c.relkind in ('r', 'p') group by 1 order by 1`;
  expect(partitions.length).toBeGreaterThanOrEqual(2);
  expect(partitions.filter((partition) => partition.allowed)).toEqual([]);
});

/** Tables that only grow: what was recorded is not edited, and not taken away. */
const APPEND_ONLY = [
  "audit_entry",
  "consent_event",
  "decision",
  "late_contact",
  "notice",
  "restored_stop",
  "retention_run",
  "stop_entry",
];
/** Tables whose rows may change and are never deleted. */
const KEPT = [
  "campaign",
  "contact",
  "contact_point",
  "erasure",
  "gate",
  "privacy_request",
  "recipient",
  "source",
  "suppression",
  "workspace",
];

describe("the application's role", () => {
  const mayNot = async (table: string, statement: string): Promise<void> => {
    const asked = inWorkspaceOf(first.workspaceId, (sql) => sql.unsafe(statement));
    await expect(asked, `${table}: ${statement}`).rejects.toMatchObject({ code: "42501" });
  };

  test.each(APPEND_ONLY)(
    "can neither change nor delete what stands in %s, not even one column",
    async (table) => {
      const [rights] = await owner`
      select has_any_column_privilege('consentry_app', ${table}, 'update') as update,
        has_table_privilege('consentry_app', ${table}, 'insert') as insert`;
      expect(rights).toEqual({ update: false, insert: true });
      await mayNot(table, `update ${table} set workspace_id = workspace_id`);
      await mayNot(table, `delete from ${table}`);
      await mayNot(table, `truncate ${table}`);
    },
  );

  test.each(KEPT)("cannot delete from %s", async (table) => {
    await mayNot(table, `delete from ${table}`);
    await mayNot(table, `truncate ${table}`);
  });

  test("may mark a suppression as lifted and change nothing else of it", async () => {
    const columns = await owner`
      select column_name as name from information_schema.columns
      where table_name = 'suppression' and has_column_privilege('consentry_app', 'suppression', column_name, 'update')`;
    expect([...columns]).toEqual([{ name: "lifted_by_event_id" }]);
  });

  test("owns nothing, makes nothing, and is no superuser or one that row-level security does not bind", async () => {
    const [role] = await owner`
      select rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolcanlogin as strong,
        (select count(*)::int from pg_class where relowner = r.oid) as owned,
        (select count(*)::int from pg_auth_members where member = r.oid) as memberships,
        has_schema_privilege(r.oid, 'public', 'create') as makes
      from pg_roles r where rolname = 'consentry_app'`;
    expect(role).toEqual({ strong: false, owned: 0, memberships: 0, makes: false });
  });

  test("cannot turn a trigger off that guards the ledger and the recipients", async () => {
    await mayNot("consent_event", "alter table consent_event disable trigger consent_event_bump");
    await mayNot("recipient", "set local session_replication_role = replica");
  });
});

describe("the gate's clock", () => {
  test("cannot be set by the application, by any column or by a new row", async () => {
    for (const statement of [
      "update test_clock set clock_offset = '1 day'",
      "insert into test_clock values (false, '1 day')",
      "delete from test_clock",
      "truncate test_clock",
      "create or replace function consentry_now() returns timestamptz language sql as 'select now()'",
    ]) {
      const asked = inWorkspaceOf(first.workspaceId, (sql) => sql.unsafe(statement));
      await expect(asked, statement).rejects.toMatchObject({ code: "42501" });
    }
  });

  test("can be set by the test role, which sees nothing else", async () => {
    const tester = postgres(database.ownerUrl, { max: 1, connection: { role: "consentry_test" } });
    try {
      await tester`update test_clock set clock_offset = '2 days'`;
      const [row] = await app`select extract(epoch from consentry_now() - now())::int / 3600 as hours`;
      expect(row).toEqual({ hours: 48 });
      for (const table of tables) {
        await expect(tester.unsafe(`select 1 from ${table}`), table).rejects.toMatchObject({ code: "42501" });
      }
    } finally {
      await tester`update test_clock set clock_offset = '0'`;
      await tester.end();
    }
  });
});

test("functions that look across workspaces give keys, memberships, ids, counts and keyed digests of stops, and there are no others", async () => {
  const functions = await owner`
    select p.proname as name from pg_proc p
    where p.prosecdef and p.pronamespace = 'public'::regnamespace order by 1`;
  // Each of these runs with the owner's rights. A new one needs to be looked at before it joins this list.
  expect(functions.map((each) => each["name"])).toEqual([
    "api_key_by_id",
    "consentry_now",
    "drop_past_month",
    "ensure_month",
    "form_workspace",
    "health_figures",
    "in_flight_sessions",
    "ledger_figures",
    "memberships_of",
    "months_past_retention",
    "registry_imports_waiting",
    "sender_workspace",
    "stop_journal_waiting",
    "stop_journal_written",
    "unfinished_erasures",
    "workspaces_to_retain",
    "workspaces_with_old_sign_ups",
    "workspaces_with_open_campaigns",
    "workspaces_with_service_mail",
  ]);
});
