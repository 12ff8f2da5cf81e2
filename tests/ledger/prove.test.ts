import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { openDatabase, outsideWorkspaces } from "#db/database";
import { openCheckpoint, originOf } from "#db/ledger/checkpoint";
import { noteSigner, readVerifierKey, verifierKeys } from "#db/ledger/note";
import { signStatement } from "#db/ledger/statement";
import { readLedger } from "#db/queries/ledger";
import { scheduleCampaign } from "#flow/campaign/schedule";
import { findContacts } from "#flow/contacts/contacts";
import { mergePeople } from "#flow/contacts/merge-people";
import { checkPack } from "#flow/ledger/check-pack";
import { PACK_FORMAT, type ProofPack } from "#flow/ledger/proof-pack";
import { type RunningWorker, startWorker } from "../../apps/worker/worker.ts";
import { startProgram } from "../support/process.ts";
import {
  consentedCsv,
  createCampaign,
  createWorkspace,
  importCsv,
  TEST_SECRETS,
  type TestWorkspace,
  testConfig,
  untilCampaign,
} from "../support/product.ts";
import { type SmtpSink, startSmtpSink } from "../support/smtp-sink.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

/* The whole way: people agree, a worker sends, seals and exports; the command line proves and verifies. */

let database: TestDatabase;
let workspace: TestWorkspace;
let sink: SmtpSink;
let worker: RunningWorker;
let directory = "";
let keys: readonly string[] = [];
let pack: ProofPack;

let hook: Server;
/** What the webhook was sent. */
const announced: string[] = [];

/** A webhook on this machine. */
async function startHook(): Promise<string> {
  hook = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      announced.push(body);
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => hook.listen(0, "127.0.0.1", resolve));
  const address = hook.address();
  if (typeof address !== "object" || address === null) throw new Error("the webhook has no port");
  return `http://127.0.0.1:${address.port}/`;
}

beforeAll(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  workspace = await createWorkspace(database.ownerUrl);
  sink = await startSmtpSink();
  directory = mkdtempSync(join(tmpdir(), "consentry-prove-"));
  await importCsv(workspace, consentedCsv(30));
  // Two spellings of one mailbox are two people on one key.
  await importCsv(
    workspace,
    consentedCsv(1).replace("person1@example.com,Person 1", "person2+x@example.com,Somebody Else"),
  );
  const campaignId = await createCampaign(workspace);
  const started = await startWorker(
    testConfig(database.ownerUrl, sink.port, {
      ledgerExportDir: join(directory, "export"),
      ledger: {
        webhookUrl: await startHook(),
        webhookMayBePrivate: true,
      },
    }),
  );
  if (started.kind === "problem") throw new Error(started.message);
  worker = started.worker;
  await scheduleCampaign(workspace.deps, {
    workspaceId: workspace.workspaceId,
    campaignId,
    actor: "test",
    at: null,
  });
  await untilCampaign(workspace, campaignId, ["finished"]);
  const ledger = openDatabase(database.ownerUrl, { connectionsMax: 1 });
  for (let tries = 0; tries < 100; tries += 1) {
    const state = await outsideWorkspaces(ledger, readLedger);
    keys = verifierKeys(TEST_SECRETS.ledger, originOf(state.id));
    if (state.size >= 31) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await ledger.close();
});
afterAll(async () => {
  await worker.stop();
  hook.close();
  await sink.stop();
  await workspace.close();
  await database.drop();
  rmSync(directory, { recursive: true, force: true });
});

const file = (name: string) => join(directory, name);
async function run(args: readonly string[], environment: Record<string, string> = {}) {
  const { spawn } = await import("node:child_process");
  const child = spawn(process.execPath, ["--import", "tsx", "apps/ledger/main.ts", ...args], {
    env: { PATH: process.env["PATH"] ?? "", DATA_DIR: file("nothing-here"), ...environment },
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, output };
}
const secrets = () => ({
  DATABASE_URL: database.ownerUrl,
  MASTER_KEY: JSON.stringify(TEST_SECRETS.master),
  INDEX_KEY: JSON.stringify(TEST_SECRETS.index),
  TOKEN_KEY: JSON.stringify(TEST_SECRETS.token),
  LEDGER_KEY: JSON.stringify(TEST_SECRETS.ledger),
});
const verifiers = () => keys.flatMap((key) => readVerifierKey(key) ?? []);
const check = (changed: unknown) => checkPack(changed, verifiers());
/** The pack as somebody with the signing key would write it: only its contents can give it away. */
const resigned = (change: (pack: ProofPack) => ProofPack) => {
  const { signature: _left, ...body } = pack as ProofPack & { signature?: unknown };
  return signStatement(PACK_FORMAT, change(body as ProofPack), noteSigner(TEST_SECRETS.ledger, pack.origin));
};

describe("on the command line", () => {
  test("verify says OK over the worker's export, alone and with the database, and needs no secret", async () => {
    const key = keys[0] ?? "";
    const args = ["verify", "--export", file("export"), "--key", key];
    const alone = await run(args);
    expect(alone).toMatchObject({
      code: 0,
      output: expect.stringMatching(/31 events of 30 keys[\s\S]*OK\n$/),
    });
    const both = await run([...args, "--database", "--json"], { DATABASE_URL: database.ownerUrl });
    expect(both.code).toBe(0);
    expect(JSON.parse(both.output)).toMatchObject({ finding: null, events: 31, status: 0 });
  });

  test("verify ends with 1 and names the event when a file was changed, and with 2 when there is none", async () => {
    const path = join(file("export"), "000000000.events");
    const whole = readFileSync(path);
    writeFileSync(path, whole.toString().replace('"claimed":true', '"claimed":false'));
    const found = await run(["verify", "--export", file("export"), "--key", keys[0] ?? ""]);
    writeFileSync(path, whole);
    expect(found.code).toBe(1);
    expect(found.output).toMatch(
      /TAMPERED event-altered at position 0, workspace [0-9a-f-]{36}, key \d+, event 1:/,
    );
    expect((await run(["verify", "--export", file("nothing")])).code).toBe(2);
    expect((await run(["verify", "--export", file("export"), "--key", "no key"])).code).toBe(2);
    expect((await run(["sing"])).code).toBe(2);
  });

  test("prove writes a pack by address or by id, and check says OK with the public key alone", async () => {
    const byAddress = await run(["prove", "person2@example.com", "--out", file("pack.json")], secrets());
    expect(byAddress).toEqual({ code: 0, output: "" });
    pack = JSON.parse(readFileSync(file("pack.json"), "utf8")) as ProofPack;
    const byId = await run(["prove", pack.person.contactId], secrets());
    expect((JSON.parse(byId.output) as ProofPack).chains).toEqual(pack.chains);
    const checked = await run(["check", file("pack.json"), "--key", keys[0] ?? ""]);
    expect(checked).toMatchObject({ code: 0, output: expect.stringMatching(/OK\n$/) });
    expect((await run(["prove", "nobody@example.com"], secrets())).code).toBe(2);
    expect((await run(["check", file("pack.json")])).code).toBe(2);
  });

  test("check tells a receipt that we signed from one that was changed", async () => {
    const body = { schema: "consentry-stop/1", seq: 2 };
    const receipt = signStatement(body.schema, body, noteSigner(TEST_SECRETS.ledger, pack.origin));
    writeFileSync(file("receipt.json"), JSON.stringify(receipt));
    writeFileSync(file("changed.json"), JSON.stringify({ ...receipt, seq: 3 }));
    const key = keys[0] ?? "";
    expect(await run(["check", file("receipt.json"), "--key", key])).toEqual({ code: 0, output: "OK\n" });
    expect((await run(["check", file("changed.json"), "--key", key])).code).toBe(1);
  });

  test("secrets that are missing are named, one a line", async () => {
    const { code, output } = await run(["prove", "person2@example.com"], { DATABASE_URL: database.ownerUrl });
    expect(code).toBe(2);
    expect(output).toContain("MASTER_KEY: is not set");
    expect(output).toContain("LEDGER_KEY: is not set");
  });
});

describe("a proof pack", () => {
  test("shows the person's timeline with the evidence, the notice as shown, and the message with its permission", () => {
    expect(pack.person.contactPoints.map((point) => point.value)).toEqual(["person2@example.com"]);
    expect(pack.notices.map((notice) => notice.wording)).toEqual(["Email me the Acme newsletter"]);
    const own = pack.chains.flatMap((chain) => chain.events).filter((event) => event.text !== null);
    expect(own.length).toBe(1);
    expect(own[0]?.evidence?.salt).toMatch(/^[0-9a-f]{32}$/);
    expect(own[0]?.proof.length).toBeGreaterThan(0);
    expect(pack.messages).toHaveLength(1);
    const [message] = pack.messages;
    expect(message?.decision).toMatchObject({ verdict: "allow", ruleset: expect.any(String) });
    expect(message?.permission).not.toBeNull();
    expect(checkPack(pack, verifiers())).toMatchObject({ findings: [], events: 1 });
  });

  test("holds of another person on the same key hashes only", () => {
    const foreign = pack.chains.flatMap((chain) => chain.events).filter((event) => event.text === null);
    expect(foreign.length).toBe(1);
    expect(Object.keys(foreign[0] ?? {}).sort()).toEqual([
      "evidence",
      "leaf",
      "position",
      "proof",
      "seq",
      "text",
    ]);
    expect(foreign[0]).toMatchObject({ text: null, evidence: null, proof: [] });
    expect(JSON.stringify(pack)).not.toContain("person2+x");
    expect(JSON.stringify(pack)).not.toContain("Somebody");
  });

  test("is refused when any part of it was changed after signing, or the key is another", () => {
    const changed = Object.keys(pack)
      .filter((field) => field !== "signature")
      .filter((field) => check({ ...pack, [field]: [] }).findings.length === 0);
    expect(changed).toEqual([]);
    const other = verifierKeys(
      { current: "x", keys: { x: Buffer.alloc(32, 5).toString("base64") } },
      pack.origin,
    );
    expect(
      checkPack(
        pack,
        other.flatMap((key) => readVerifierKey(key) ?? []),
      ).findings,
    ).toMatchObject([{ fault: "checkpoint-not-signed" }]);
    expect(check({}).findings).toHaveLength(1);
    expect(check(null).findings).toHaveLength(1);
  });

  const inEvents = (change: (event: ProofPack["chains"][0]["events"][0]) => object) => (body: ProofPack) => ({
    ...body,
    chains: body.chains.map((chain) => ({
      ...chain,
      events: chain.events.map((event) => (event.text === null ? event : { ...event, ...change(event) })),
    })),
  });

  test.each([
    [
      "another text",
      "event-altered",
      inEvents((event) => ({ text: event.text?.replace('"given"', '"renewed"') ?? null })),
    ],
    [
      "other evidence",
      "event-altered",
      inEvents((event) => ({
        evidence: { salt: event.evidence?.salt ?? "", payload: { page: "https://else.example" } },
      })),
    ],
    [
      "another salt",
      "event-altered",
      inEvents((event) => ({ evidence: { ...event.evidence, salt: "00".repeat(16) } })),
    ],
    [
      "another path",
      "root-mismatch",
      inEvents((event) => ({ proof: event.proof.map(() => "00".repeat(32)) })),
    ],
    ["another place", "root-mismatch", inEvents((event) => ({ position: (event.position ?? 0) + 1 }))],
    [
      "another wording",
      "event-altered",
      (body: ProofPack) => ({
        ...body,
        notices: body.notices.map((notice) => ({ ...notice, wording: "Send me everything" })),
      }),
    ],
    ["no notice", "event-missing", (body: ProofPack) => ({ ...body, notices: [] })],
    ["no events", "event-missing", (body: ProofPack) => ({ ...body, chains: [] })],
    [
      "the first event of a chain gone",
      "chain-broken",
      (body: ProofPack) => ({
        ...body,
        chains: body.chains.map((chain) => ({ ...chain, events: chain.events.slice(1) })),
      }),
    ],
    [
      "another head",
      "chain-broken",
      (body: ProofPack) => ({
        ...body,
        chains: body.chains.map((chain) => ({ ...chain, head: "00".repeat(32) })),
      }),
    ],
    [
      "a message that nothing allowed",
      "event-missing",
      (body: ProofPack) => ({
        ...body,
        messages: body.messages.map((message) => ({ ...message, decision: null })),
      }),
    ],
    [
      "a message sent before the consent",
      "event-altered",
      (body: ProofPack) => ({
        ...body,
        messages: body.messages.map((message) => ({
          ...message,
          decision:
            message.decision === null ? null : { ...message.decision, decidedAt: "2020-01-01T00:00:00.000Z" },
        })),
      }),
    ],
    [
      "a message for another purpose",
      "event-altered",
      (body: ProofPack) => ({
        ...body,
        messages: body.messages.map((message) => ({ ...message, purposeId: crypto.randomUUID() })),
      }),
    ],
  ] as const)("with %s is found out even with a good signature", (_name, fault, change) => {
    const { findings } = check(resigned(change as (body: ProofPack) => ProofPack));
    expect(findings.map((finding) => finding.fault)).toContain(fault);
  });

  test("made before an event was sealed says so, and is incomplete", () => {
    const { findings } = check(resigned(inEvents(() => ({ position: null, proof: [] })) as never));
    expect(findings).toMatchObject([{ kind: "incomplete", fault: "not-yet-sealed" }]);
  });
});

test("the webhook got signed checkpoints, the newest of which seals everything", () => {
  const sizes = announced.map((note) => {
    const opened = openCheckpoint(note, verifiers());
    return opened.kind === "signed" ? opened.checkpoint.size : opened.kind;
  });
  expect(sizes.at(-1)).toBe(31);
});

test("a running program that is stopped leaves an export that another goes on with", async () => {
  const environment = {
    ...secrets(),
    AUTH_SECRET: "s".repeat(32),
    SMTP_URL: `smtp://127.0.0.1:${sink.port}?tls=none`,
  };
  const other = startProgram("apps/worker/main.ts", {
    ...environment,
    LEDGER_EXPORT_DIR: file("second"),
  });
  await other.untilPrinted("the worker is ready");
  const sizeOf = () =>
    readFileSync(join(file("second"), "000000000.events"), "utf8")
      .trimEnd()
      .split("\n").length - 1;
  for (let tries = 0; tries < 100; tries += 1) {
    try {
      if (sizeOf() >= 31) break;
    } catch {
      // Not there yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  other.kill("SIGTERM");
  await other.ended;
  // A second directory gets the whole ledger from its first event on.
  expect(
    readFileSync(join(file("second"), "000000000.events")).equals(
      readFileSync(join(file("export"), "000000000.events")),
    ),
  ).toBe(true);
});

test("a proof pack of somebody who was merged from two has the messages and the consent of both, and holds", async () => {
  const idOf = async (email: string) => {
    const [found] = await findContacts(workspace.database, TEST_SECRETS, workspace.workspaceId, { email });
    return found?.record.id ?? "";
  };
  const [intoId, fromId] = [await idOf("person4@example.com"), await idOf("person5@example.com")];
  const { deps, workspaceId } = workspace;
  const merged = await mergePeople(deps, { workspaceId, intoId, fromId, actor: "test" });
  expect(merged).toMatchObject({ kind: "merged", noesSpread: 0 });
  const { output } = await run(["prove", "person5@example.com"], secrets());
  const both = JSON.parse(output) as ProofPack;
  expect(both.person).toMatchObject({ contactId: intoId, mergedContactIds: [fromId], workspaceId });
  expect(both.messages).toHaveLength(2);
  expect(both.chains.flatMap((chain) => chain.events).map((event) => event.evidence)).toEqual([
    expect.objectContaining({ salt: expect.any(String) }),
    expect.objectContaining({ salt: expect.any(String) }),
  ]);
  expect(check(both)).toEqual({ findings: [], events: 2, contacted: 2, permitted: 2 });
});
