import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { type Database, inWorkspace, openDatabase, outsideWorkspaces, type Tx } from "#db/database";
import { originOf } from "#db/ledger/checkpoint";
import { verifierKeys } from "#db/ledger/note";
import { appendConsentEvents, type ConsentEventDraft } from "#db/queries/consent-events";
import { readLedger } from "#db/queries/ledger";
import { ledgerExport } from "#flow/ledger/export";
import { sealBatch } from "#flow/ledger/seal";
import { verifyLedger } from "#flow/ledger/verify";
import { draftFor, gatesOf } from "../support/consent-events.ts";
import { createWorkspace, TEST_SECRETS, type TestWorkspace } from "../support/product.ts";
import { createTestDatabase } from "../support/test-database.ts";

/** Numbers from a seed: a failing round can be run again. */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 4_294_967_296) * below);
  };
}

/** A ledger with an export directory of its own. */
export interface LedgerBed {
  readonly workspace: TestWorkspace;
  readonly ownerUrl: string;
  /** The superuser, past every right and trigger. */
  readonly root: postgres.Sql;
  readonly ledgerDatabase: Database;
  readonly directory: string;
  readonly keys: readonly string[];
  /** Appends events to these keys, one transaction for each call. */
  write(gates: readonly number[], type?: ConsentEventDraft["type"]): Promise<void>;
  /** The same in a transaction of the caller's. */
  append(tx: Tx, gates: readonly number[], type?: ConsentEventDraft["type"]): Promise<void>;
  gates(count: number): Promise<number[]>;
  /** Seals everything, in batches of `eventsMax`, and exports it; waits for other transactions of the server. */
  seal(eventsMax?: number): Promise<void>;
  /** Seals what can be sealed now, and exports it. */
  sealNow(eventsMax?: number): Promise<void>;
  verify(options?: {
    directory?: string;
    database?: boolean;
    patienceMs?: number;
    kept?: readonly string[];
    keys?: readonly string[];
  }): ReturnType<typeof verifyLedger>;
  close(): Promise<void>;
}

export async function ledgerBed(serverUrl: string): Promise<LedgerBed> {
  const database = await createTestDatabase(serverUrl);
  const workspace = await createWorkspace(database.ownerUrl);
  const ledgerDatabase = openDatabase(database.ownerUrl, { connectionsMax: 3, role: "consentry_ledger" });
  const directory = mkdtempSync(join(tmpdir(), "consentry-ledger-"));
  const root = postgres(database.ownerUrl, { max: 1, onnotice: () => undefined });
  await root`set session_replication_role = replica`;
  const { id } = await outsideWorkspaces(ledgerDatabase, readLedger);
  const keys = verifierKeys(TEST_SECRETS.ledger, originOf(id));
  const files = ledgerExport(ledgerDatabase, TEST_SECRETS.ledger, directory);
  const sealNow = async (eventsMax = 10_000) => {
    for (;;) {
      const sealed = await sealBatch(ledgerDatabase, TEST_SECRETS.ledger, eventsMax);
      if (sealed.kind !== "sealed") break;
    }
    const exported = await files.catchUp(null);
    if (exported.kind !== "exported") throw new Error(JSON.stringify(exported));
  };
  const append: LedgerBed["append"] = async (tx, gates, type = "given") => {
    const drafts = gates.map((gateId) => draftFor(workspace, gateId, type));
    await appendConsentEvents(tx, TEST_SECRETS.master, workspace.workspaceId, drafts);
  };
  return {
    workspace,
    ownerUrl: database.ownerUrl,
    root,
    ledgerDatabase,
    directory,
    keys,
    gates: (count) => gatesOf(workspace, count),
    write: (gates, type) =>
      inWorkspace(workspace.database, workspace.workspaceId, (tx) => append(tx, gates, type)),
    append,
    seal: async (eventsMax) => {
      for (let tries = 0; tries < 400; tries += 1) {
        await sealNow(eventsMax);
        const [row] = await root`
          select size = (select count(*) from consent_event) as whole from ledger`;
        if (row?.["whole"] === true) return;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      throw new Error("a transaction stays open on the server and holds sealing up");
    },
    sealNow,
    verify: (options = {}) =>
      verifyLedger({
        directory: options.directory ?? directory,
        keys: options.keys ?? keys,
        kept: options.kept ?? [],
        database: options.database === true ? ledgerDatabase : null,
        ageMsMax: 60_000,
        patienceMs: options.patienceMs ?? 400,
      }),
    close: async () => {
      await root.end();
      await ledgerDatabase.close();
      await workspace.close();
      await database.drop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
