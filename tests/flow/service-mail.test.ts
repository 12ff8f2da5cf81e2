import { generateKeyPairSync, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { simpleParser } from "mailparser";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { LANGUAGES } from "#core/language";
import { inWorkspace, outsideWorkspaces } from "#db/database";
import { openSession } from "#db/queries/sweep";
import { gateOf } from "#flow/contacts/contacts";
import type { HandOver } from "#flow/send/hand-over";
import { sweep } from "#flow/send/sweep";
import { SERVICE_MAIL_KINDS, type ServiceMailKind } from "#flow/service-mail/kinds";
import { writeLetter } from "#flow/service-mail/letter";
import { queueServiceMessage } from "#flow/service-mail/queue-message";
import { type ServiceMailRun, sendServiceMail } from "#flow/service-mail/send-messages";
import { freezeWorkspace, unfreezeWorkspace } from "#flow/stops/freeze";
import { stopPerson } from "#flow/stops/stop-person";
import { startWorker } from "../../apps/worker/worker.ts";
import { canariesInDatabase } from "../support/canary.ts";
import { setClockAhead } from "../support/clock.ts";
import {
  consentedCsv,
  createWorkspace,
  importCsv,
  type TestWorkspace,
  testConfig,
} from "../support/product.ts";
import { type SmtpSink, startSmtpSink } from "../support/smtp-sink.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

const LINK = "https://mail.acme.example/c/c1.k1.abc";
const VARIABLES = { link: LINK, items: ["News, “weekly” & <more>"], until: "2026-12-01T10:00:00Z" };
const DAY_MS = 86_400_000;

let database: TestDatabase;
let workspace: TestWorkspace;
let sink: SmtpSink;
const stops: (() => Promise<void>)[] = [];

beforeEach(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  workspace = await createWorkspace(database.ownerUrl, 10, privateKey);
  sink = await startSmtpSink({ keepBodies: true, behaviour: (to, attempt) => behaviourOf(to, attempt) });
});

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
  await sink.stop();
  await workspace.close();
  await database.drop();
});

/** The first part of an address says what the mail server does with it. */
const behaviourOf = (to: string, attempt: number) => {
  if (to.startsWith("later") && attempt === 1) return "450-at-rcpt" as const;
  if (to.startsWith("never")) return "550-at-rcpt" as const;
  if (to.startsWith("silent")) return "fin-after-dot" as const;
  return "accept" as const;
};

async function queue(to: string, kind: ServiceMailKind = "confirm-sign-up"): Promise<string> {
  const { deps, workspaceId, senderId } = workspace;
  const queued = await inWorkspace(workspace.database, workspaceId, async (tx) => {
    const gate = await gateOf(tx, deps.keys, workspaceId, "email", to);
    if (gate === null) throw new Error("no address");
    return queueServiceMessage(tx, deps, {
      workspaceId,
      senderId,
      kind,
      language: "de",
      gateId: gate.gateId,
      contactId: gate.contactId,
      to,
      variables: VARIABLES,
    });
  });
  return queued.kind;
}

async function start(overrides: Parameters<typeof testConfig>[2] = {}) {
  const started = await startWorker(testConfig(database.ownerUrl, sink.port, overrides));
  if (started.kind === "problem") throw new Error(started.message);
  stops.push(() => started.worker.stop());
}

async function states(): Promise<string[]> {
  const found = await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
    tx.execute<{ state: string; reason: string | null; kept: boolean }>(
      sql`select state, reason, sealed is not null as kept from service_message order by created_at, id`,
    ),
  );
  return found.map(
    (row) => `${row.state}${row.reason === null ? "" : ` ${row.reason}`}${row.kept ? " kept" : ""}`,
  );
}

async function until(wanted: readonly string[], timeoutMs = 20_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (performance.now() < deadline) {
    if ((await states()).join() === wanted.join()) return;
    await sleep(50);
  }
  expect(await states()).toEqual(wanted);
}

/** A hand of our own in place of the mail server: says what became of each message. */
function runWith(deliver: ServiceMailRun["deliver"]): ServiceMailRun {
  return {
    deps: workspace.deps,
    workerSession: randomUUID(),
    deliver,
    onError: (error) => {
      throw error;
    },
    signal: new AbortController().signal,
  };
}

const sendWith = (deliver: ServiceMailRun["deliver"]) =>
  sendServiceMail(runWith(deliver), workspace.workspaceId);
const ACCEPTED: HandOver = { kind: "accepted", reply: "250 ok", queueId: "Q1" };

async function object(to: string, suppression: "objection" | "complaint" | "erasure" | "hard-bounce") {
  const gate = await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
    gateOf(tx, workspace.deps.keys, workspace.workspaceId, "email", to),
  );
  if (gate === null) throw new Error("no address");
  return stopPerson(workspace.deps, {
    workspaceId: workspace.workspaceId,
    gateId: gate.gateId,
    channel: "email",
    contactId: gate.contactId,
    target: { kind: "everything" },
    suppression,
    method: "test",
    actor: "test",
    claimed: false,
    campaignId: null,
    offersUndo: false,
    requestedAt: new Date(),
  });
}

describe.each([
  ["PostgreSQL", false],
  ["Redis", true],
])("with the queue on %s", (_name, onRedis) => {
  test("a message is sent once, signed, with the postal address and why it came, and is no mailing list's", async () => {
    expect(await queue("zarathustra@nobody.example")).toBe("queued");
    await start(onRedis ? { redisUrl: inject("redisUrl") } : {});
    await until(["sent"]);
    await sweep(workspace.deps);
    await sleep(300);
    expect(sink.messages.map((message) => message.to)).toEqual(["zarathustra@nobody.example"]);
    const body = sink.messages[0]?.body ?? "";
    expect(body).toMatch(/^DKIM-Signature:/);
    expect(body).not.toMatch(/^List-Unsubscribe/im);
    const mail = await simpleParser(body);
    for (const part of [mail.text ?? "", String(mail.html)]) {
      for (const wanted of [LINK, "Hauptstraße 1, 10115 Berlin", "Anmeldeformular", "1. Dezember 2026"])
        expect(part).toContain(wanted);
    }
    expect(String(mail.html)).toContain("News, “weekly” &amp; &lt;more&gt;");
    // Nothing of it is left: not the address, not the link.
    expect(await canariesInDatabase(database.ownerUrl, ["zarathustra", "c1.k1.abc"])).toEqual([]);
  });
});

test("one of a kind a day and canonical key, however the address is spelled; the next day one more", async () => {
  expect(await queue("anna@example.com")).toBe("queued");
  expect(await queue("Anna+shop@Example.com")).toBe("already-today");
  expect(await queue("anna@example.com", "verify-request")).toBe("queued");
  await setClockAhead(database.ownerUrl, DAY_MS);
  expect(await queue("anna@example.com")).toBe("queued");
});

test("a mailbox that is not there ends it and bars campaigns; a later one is tried again; silence after the dot is never sent twice", async () => {
  await queue("never@example.com");
  await queue("later@example.com");
  await queue("silent@example.com");
  await start();
  await until(["failed recipient-refused", "queued recipient-deferred kept", "unconfirmed no-clear-reply"]);
  await setClockAhead(database.ownerUrl, 70_000);
  await until(["failed recipient-refused", "sent", "unconfirmed no-clear-reply"]);
  await setClockAhead(database.ownerUrl, 3_600_000);
  await sleep(2_500);
  expect(sink.messages.filter((message) => message.to.startsWith("silent"))).toHaveLength(1);
  const [bounce] = await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
    tx.execute(sql`select kind from suppression`),
  );
  expect(bounce).toEqual({ kind: "hard-bounce" });
});

test("a worker that died with a message on the wire leaves it unconfirmed; nobody sends it again, and until then a stop says so", async () => {
  await queue("anna@example.com");
  const dead = runWith(async (delivery) => {
    expect(await delivery.redeem()).toBe(true);
    return new Promise(() => undefined);
  });
  await outsideWorkspaces(workspace.database, (tx) => openSession(tx, dead.workerSession));
  void sendServiceMail(dead, workspace.workspaceId);
  await until(["sending kept"]);
  expect((await object("anna@example.com", "objection")).inFlight).toBe(1);
  await setClockAhead(database.ownerUrl, 62_000);
  expect(await sweep(workspace.deps)).toMatchObject({ unconfirmed: 1 });
  expect((await object("anna@example.com", "complaint")).inFlight).toBe(0);
  await start();
  await sleep(3_000);
  expect(await states()).toEqual(["unconfirmed worker-lost"]);
  expect(sink.messages).toEqual([]);
});

test("two workers at once send forty messages once each", async () => {
  for (let place = 0; place < 40; place += 1) await queue(`person${place}@example.com`);
  await Promise.all([start(), start()]);
  await until(Array(40).fill("sent"), 30_000);
  expect(new Set(sink.messages.map((message) => message.to)).size).toBe(40);
  expect(sink.messages).toHaveLength(40);
});

describe("what forbids even a message that was asked for", () => {
  test.each([
    ["a confirmation after an objection", "confirm-sign-up", "objection", ["failed suppressed-objection"]],
    ["a confirmation after a complaint", "confirm-sign-up", "complaint", ["failed suppressed-complaint"]],
    ["a confirmation to a dead mailbox", "confirm-sign-up", "hard-bounce", ["failed suppressed-hard-bounce"]],
    ["the person who was erased and asks to come back: nothing", "confirm-sign-up", "erasure", ["sent"]],
    ["a privacy request of somebody who objected: nothing", "verify-request", "objection", ["sent"]],
    ["the answer to one who complained: nothing", "answer-ready", "complaint", ["sent"]],
  ] as const)("%s", async (_sentence, kind, suppression, wanted) => {
    await object("anna@example.com", suppression);
    await queue("anna@example.com", kind);
    await sendWith(async (delivery) => ((await delivery.redeem()) ? ACCEPTED : { kind: "not-redeemed" }));
    expect(await states()).toEqual(wanted);
  });

  test("an objection that comes between the 354 and the dot: the message is not completed", async () => {
    await queue("anna@example.com");
    const answers: boolean[] = [];
    await sendWith(async (delivery) => {
      const stop = await object("anna@example.com", "objection");
      expect(stop.inFlight).toBe(0);
      answers.push(await delivery.redeem());
      return { kind: "not-redeemed" };
    });
    expect(answers).toEqual([false]);
    expect(await states()).toEqual(["failed suppressed-objection"]);
  });

  test("a freeze holds it back, and it goes out when that is over", async () => {
    await queue("anna@example.com");
    await freezeWorkspace(workspace.deps, workspace.workspaceId, "test");
    await sendWith(async (delivery) => ((await delivery.redeem()) ? ACCEPTED : { kind: "not-redeemed" }));
    expect(await states()).toEqual(["queued not-redeemed kept"]);
    await unfreezeWorkspace(workspace.deps, workspace.workspaceId, "test");
    await setClockAhead(database.ownerUrl, 31_000);
    await sendWith(async (delivery) => ((await delivery.redeem()) ? ACCEPTED : { kind: "not-redeemed" }));
    expect(await states()).toEqual(["sent"]);
  });

  test("its age: after a day it is dropped", async () => {
    await queue("anna@example.com");
    await setClockAhead(database.ownerUrl, DAY_MS + 60_000);
    await sendWith(async () => ACCEPTED);
    expect(await states()).toEqual(["failed too-late"]);
  });
});

test("a known person's message is sealed under their own key: once that is gone it cannot be sent", async () => {
  await importCsv(workspace, consentedCsv(1));
  await queue("person1@example.com");
  await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
    tx.execute(sql`update contact set wrapped_key = null, identity = null`),
  );
  await sendWith(async () => ACCEPTED);
  expect(await states()).toEqual(["failed facts-unreadable"]);
});

test.each(SERVICE_MAIL_KINDS)("%s is written in five languages, none like another", (kind) => {
  const sender = { name: "Acme GmbH", postalAddress: "Hauptstraße 1" };
  const letters = LANGUAGES.map((language) => writeLetter(kind, language, sender, VARIABLES));
  expect(new Set(letters.map((letter) => letter.text)).size).toBe(LANGUAGES.length);
  expect(new Set(letters.map((letter) => letter.subject)).size).toBe(LANGUAGES.length);
  for (const letter of letters) expect(letter.text).toContain(LINK);
});
