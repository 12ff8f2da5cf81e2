import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import postgres from "postgres";
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from "vitest";
import { canariesIn, canariesInDatabase } from "../support/canary.ts";
import { chainFaults } from "../support/ledger-chain.ts";
import { openedDatabase } from "../support/opened.ts";
import { type RunningProgram, startProgram } from "../support/process.ts";
import { TEST_SECRETS } from "../support/product.ts";
import { freePort, startRedis } from "../support/redis-server.ts";
import { type SmtpSink, startSmtpSink } from "../support/smtp-sink.ts";
import { createTestDatabase } from "../support/test-database.ts";

/** Words that nothing else in the product or its dependencies contains. */
const CANARIES = [
  "Quillfeather",
  "zebulon.q7731",
  "Xanthippos",
  "orla.w4409",
  "kanarienvogel",
  "3040917733",
  "3040917744",
  "203.0.113.177",
  "CanaryBrowser",
  "forgotten.k1188",
  "Brontegarde",
];
/** Those of the people who become contacts. */
const THEIRS = [
  "zebulon.q7731",
  "orla.w4409",
  "made.k4",
  "Brontegarde",
  "3040917733",
  "203.0.113.177",
  "CanaryBrowser",
];
const ROWS = [
  ["zebulon.q7731@kanarienvogel.example", "Zebulon Quillfeather", "+493040917733"],
  ["orla.w4409@kanarienvogel.example", "Orla Xanthippos", ""],
  ["bounced.k1@kanarienvogel.example", "Bounced Quillfeather", ""],
  ["refused.k2@kanarienvogel.example", "Refused Xanthippos", ""],
  ["unclear.k3@kanarienvogel.example", "Unclear Quillfeather", ""],
  // Refused, whole or in part: no address, a number that is none, a country that is none, a formula, a double.
  ["zebulon.q7731 at kanarienvogel.example", "Zebulon Quillfeather", ""],
  ["orla.w4409+b@kanarienvogel.example", "Orla Xanthippos", "3040917744-kanarienvogel"],
  ["=cmd|kanarienvogel!A0", "Xanthippos", ""],
  ["zebulon.q7731@kanarienvogel.example", "Zebulon Quillfeather the Second", "+493040917744"],
];
const EVIDENCE_PAGE = "https://acme.example/form";
const KEY = `ck_live_canary01_${"c".repeat(43)}`;
const given = new Date(Date.now() - 86_400_000).toISOString();
const HEADER = "email,full_name,phone,consent_given_at,consent_source,notice_version";
const CSV = [HEADER, ...ROWS.map((row) => [...row, given, "form of Quillfeather", "2026-01"].join(","))].join(
  "\n",
);

let directory = "";
const programs: RunningProgram[] = [];
const cleanups: (() => Promise<unknown>)[] = [];

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "consentry-privacy-"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));
afterEach(async () => {
  for (const program of programs.splice(0)) {
    program.kill("SIGTERM");
    await program.ended;
  }
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

test("the search finds what was planted, as text, in JSON, as bytes and in hex or base64", async () => {
  const database = await createTestDatabase(inject("postgresUrl"));
  cleanups.push(() => database.drop());
  const owner = postgres(database.ownerUrl, { max: 1, onnotice: () => undefined });
  cleanups.push(() => owner.end());
  const plants: readonly [string, string][] = [
    ["text", "'an ORLA.W4409 in a sentence'"],
    ["jsonb", `'{"a":[{"b":"x Xanthippos"}]}'`],
    ["bytea", "convert_to('before Quillfeather after', 'UTF8')"],
    ["text", "encode(convert_to('3040917733', 'UTF8'), 'hex')"],
    ["text", "encode(convert_to('xorla.w4409@kanarien', 'UTF8'), 'base64')"],
    ["text", "encode(convert_to('xyorla.w4409@kanarien', 'UTF8'), 'base64')"],
    ["text", "'?q=orla.w4409%40kanarienvogel.example'"],
    ["text[]", "array['CanaryBrowser']"],
  ];
  for (const [type, value] of plants) {
    await owner.unsafe(`create schema if not exists planted; create table planted.canary (value ${type});
      insert into planted.canary values (${value})`);
    expect(await canariesInDatabase(database.ownerUrl, CANARIES), value).not.toEqual([]);
    await owner.unsafe("drop schema planted cascade");
  }
  expect(await canariesInDatabase(database.ownerUrl, CANARIES)).toEqual([]);
});

interface Stage {
  readonly url: string;
  readonly ownerUrl: string;
  readonly sink: SmtpSink;
  /** Every command that Redis was sent. */
  readonly commands: readonly string[];
  readonly redisUrl: string | null;
  /** What the product writes outside the database. */
  readonly exportDirectory: string;
  startWorker(): Promise<RunningProgram>;
  /** Calls the API; what it asked for is kept with the other addresses. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>;
  /** Every address that was asked for or answered with. */
  readonly urls: string[];
}

async function setUp(backend: "postgres" | "redis"): Promise<Stage> {
  const database = await createTestDatabase(inject("postgresUrl"));
  cleanups.push(() => database.drop());
  const sink = await startSmtpSink({
    keepBodies: true,
    behaviour: (to) =>
      to.startsWith("bounced")
        ? "550-at-rcpt"
        : to.startsWith("refused")
          ? "550-after-dot"
          : to.startsWith("unclear")
            ? "garbage-after-dot"
            : "accept",
  });
  cleanups.push(() => sink.stop());
  const commands: string[] = [];
  let redisUrl: string | null = null;
  if (backend === "redis") {
    const redis = await startRedis(directory);
    cleanups.push(() => redis.stop());
    redisUrl = redis.url;
    const connection = new Redis(redis.url);
    const monitor = await connection.monitor();
    connection.disconnect();
    monitor.on("monitor", (_time: string, words: string[]) => commands.push(words.join(" ")));
    cleanups.push(async () => monitor.disconnect());
  }
  const exportDirectory = mkdtempSync(join(directory, "ledger-"));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const environment = {
    DATABASE_URL: database.ownerUrl,
    ...(redisUrl === null ? {} : { REDIS_URL: redisUrl }),
    SMTP_URL: `smtp://127.0.0.1:${sink.port}`,
    PUBLIC_URL: url,
    PORT: String(port),
    MASTER_KEY: JSON.stringify(TEST_SECRETS.master),
    INDEX_KEY: JSON.stringify(TEST_SECRETS.index),
    TOKEN_KEY: JSON.stringify(TEST_SECRETS.token),
    LEDGER_KEY: JSON.stringify(TEST_SECRETS.ledger),
    AUTH_SECRET: TEST_SECRETS.auth,
    BOOTSTRAP_API_KEY: KEY,
    LOG_LEVEL: "debug",
    LEDGER_EXPORT_DIR: exportDirectory,
  };
  const launch = async (file: string, sign: string): Promise<RunningProgram> => {
    const program = startProgram(file, environment);
    programs.push(program);
    await program.untilPrinted(sign);
    return program;
  };
  await launch("apps/api/main.ts", "the API is ready");
  const urls: string[] = [];
  return {
    url,
    ownerUrl: database.ownerUrl,
    sink,
    commands,
    redisUrl,
    exportDirectory,
    urls,
    startWorker: () => launch("apps/worker/main.ts", "the worker is ready"),
    call: async (method, path, body, headers = {}) => {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${KEY}`,
          ...(body instanceof FormData ? {} : { "content-type": "application/json" }),
          ...headers,
        },
        body:
          body === undefined
            ? null
            : body instanceof FormData || typeof body === "string"
              ? body
              : JSON.stringify(body),
      });
      urls.push(response.url, response.headers.get("location") ?? "");
      const text = await response.clone().text();
      const answered = [...text.matchAll(/https?:\/\/[^\s"'<>\\]+|"\/[^"\s]+"/g)].map(([match]) => match);
      // The page that a client stated as evidence is its own, and shown to whoever may read the contact.
      urls.push(...answered.filter((address) => !address.startsWith(EVIDENCE_PAGE)));
      return response;
    },
  };
}

/** The answer's body, its status checked first. */
async function ok<T>(asked: Promise<Response>, status = 201): Promise<T> {
  const response = await asked;
  const text = await response.text();
  expect(response.status, text).toBe(status);
  return JSON.parse(text) as T;
}

/** How each type of value is read whole. */
const READ_WHOLE: Readonly<Record<string, (key: string) => readonly [string, ...string[]]>> = {
  string: (key) => ["GET", key],
  hash: (key) => ["HGETALL", key],
  list: (key) => ["LRANGE", key, "0", "-1"],
  set: (key) => ["SMEMBERS", key],
  zset: (key) => ["ZRANGE", key, "0", "-1"],
  stream: (key) => ["XRANGE", key, "-", "+"],
};

/** All that Redis holds, keys and values. */
async function redisContent(url: string): Promise<string> {
  const redis = new Redis(url);
  try {
    const parts: string[] = [];
    for (const key of await redis.keys("*")) {
      const type = await redis.type(key);
      const [command, ...words] = READ_WHOLE[type]?.(key) ?? [];
      if (command === undefined) throw new Error(`Redis holds a ${type}, which this test cannot read`);
      parts.push(key, JSON.stringify(await redis.call(command, ...words)));
    }
    return parts.join("\n");
  } finally {
    redis.disconnect();
  }
}

async function expectNoCanary(stage: Stage, moment: string): Promise<void> {
  expect(await canariesInDatabase(stage.ownerUrl, CANARIES), `${moment}: the database`).toEqual([]);
  if (stage.redisUrl !== null) {
    expect(canariesIn(await redisContent(stage.redisUrl), CANARIES), `${moment}: Redis`).toEqual([]);
    expect(canariesIn(stage.commands.join("\n"), CANARIES), `${moment}: what Redis was sent`).toEqual([]);
  }
  for (const program of programs)
    expect(canariesIn(program.output(), CANARIES), `${moment}: the log`).toEqual([]);
  const files = readdirSync(stage.exportDirectory);
  const exported = files.map((file) => readFileSync(join(stage.exportDirectory, file), "utf8")).join("\n");
  expect(canariesIn(exported, CANARIES), `${moment}: exported files`).toEqual([]);
  const metrics = await (await fetch(`${stage.url}/metrics`)).text();
  expect(metrics).toContain("consentry_queue_depth");
  expect(canariesIn(metrics, CANARIES), `${moment}: the metrics`).toEqual([]);
  expect(canariesIn(stage.urls.join("\n"), CANARIES), `${moment}: addresses`).toEqual([]);
}

async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not reached: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function upload(csv: string): FormData {
  const form = new FormData();
  form.append("mapping", JSON.stringify({ consentPurpose: "newsletter" }));
  form.append("file", new Blob([csv], { type: "text/csv" }), "people-of-kanarien.csv");
  return form;
}

const unsubscribeUrls = (sink: SmtpSink): Map<string, string> =>
  new Map(
    sink.messages.map((message) => {
      const unfolded = message.body.replaceAll(/\r\n[ \t]+/g, " ");
      return [message.to, /^List-Unsubscribe: *<(http[^>]+)>/im.exec(unfolded)?.[1] ?? ""];
    }),
  );

describe.each(["postgres", "redis"] as const)("with the queue on %s", (backend) => {
  test("nobody's name, address or number stands anywhere in clear but in the message itself", async () => {
    const stage = await setUp(backend);
    const { call } = stage;
    const sender = await ok<{ id: string }>(
      call("POST", "/v1/senders", {
        key: "acme",
        name: "Acme GmbH",
        postalAddress: "Hauptstraße 1, 10115 Berlin",
        fromName: "Acme",
        fromAddress: "news@acme.example",
      }),
    );
    const purpose = await ok<{ id: string }>(
      call("POST", "/v1/purposes", {
        senderId: sender.id,
        key: "newsletter",
        name: "Newsletter",
        description: "News about our products",
      }),
    );
    const notice = await ok<{ id: string }>(
      call("POST", "/v1/notices", {
        purposeId: purpose.id,
        channel: "email",
        version: "2026-01",
        language: "en",
        wording: "Email me the Acme newsletter",
      }),
    );

    // Everything about people that the API takes, and everything it refuses. No worker runs yet: jobs wait.
    const imported = await ok<{ id: string }>(call("POST", "/v1/contacts/imports", upload(CSV)), 202);
    const broken = `${HEADER}\n"zebulon.q7731@kanarienvogel.example,Quillfeather\n`;
    expect((await call("POST", "/v1/contacts/imports", upload(broken))).status).toBe(422);
    const person = {
      email: "made.k4@kanarienvogel.example",
      fullName: "Made Brontegarde",
      phone: "+493040917744",
    };
    const once = { "idempotency-key": "one" };
    const made = await ok<{ id: string; contactPoints: { id: string; channel: string }[] }>(
      call("POST", "/v1/contacts", person, once),
    );
    expect((await call("POST", "/v1/contacts", person, once)).headers.get("idempotent-replayed")).toBe(
      "true",
    );
    expect((await call("POST", "/v1/contacts", person)).status).toBe(409);
    expect((await call("POST", "/v1/contacts", { ...person, nickname: "Brontegarde" })).status).toBe(400);
    expect((await call("POST", "/v1/contacts", { email: "Brontegarde at kanarienvogel" })).status).toBe(400);
    expect((await call("POST", "/v1/contacts", '{"email":"zebulon.q7731@kanarienvogel')).status).toBe(400);
    await ok(call("PATCH", `/v1/contacts/${made.id}`, { fullName: "Made Xanthippos" }), 200);
    for (const query of [{ email: person.email }, { phone: person.phone }, { fullName: "Made Xanthippos" }]) {
      const { items } = await ok<{ items: unknown[] }>(call("POST", "/v1/contacts/search", query), 200);
      expect(items).toHaveLength(1);
    }
    await ok(
      call("POST", "/v1/consents", {
        contactPointId: made.contactPoints.find((point) => point.channel === "email")?.id,
        purposeId: purpose.id,
        act: "grant",
        occurredAt: given,
        method: "web-form",
        noticeId: notice.id,
        evidence: {
          page: `${EVIDENCE_PAGE}?for=made.k4@kanarienvogel.example`,
          source: "Brontegarde",
          ip: "203.0.113.177",
          userAgent: "CanaryBrowser/1.0",
        },
      }),
    );
    for (const [channel, value] of [
      ["email", "forgotten.k1188@kanarienvogel.example"],
      ["phone", "+493040917733"],
    ]) {
      await ok(call("POST", "/v1/suppressions", { channel, value, kind: "objection" }));
    }
    const facts = {
      country: "DE",
      contactPoint: "zebulon.q7731@kanarienvogel.example",
      campaign: { kind: "marketing", purpose: "p", controller: "c" },
    };
    await ok(call("POST", "/v1/gate/evaluate", { channel: "email", now: given, facts }), 200);
    const campaign = await ok<{ id: string }>(
      call("POST", "/v1/campaigns", {
        name: "Spring news",
        senderId: sender.id,
        purposeId: purpose.id,
        content: {
          subject: "Hello {{ contact.full_name }}",
          html: "<p>{{ contact.email }} {{ contact.given_name }}</p><p>{{ unsubscribe_url }}</p>",
        },
      }),
    );
    // The job that waits is really looked at.
    const jobs =
      stage.redisUrl === null
        ? (await canariesInDatabase(stage.ownerUrl, [imported.id])).filter((each) =>
            each.startsWith("doorbell."),
          )
        : canariesIn(await redisContent(stage.redisUrl), [imported.id]);
    expect(jobs).not.toEqual([]);
    if (stage.redisUrl !== null) expect(canariesIn(stage.commands.join("\n"), [imported.id])).not.toEqual([]);
    await expectNoCanary(stage, "before the worker");

    await stage.startWorker();
    await until(async () => {
      const { state } = await ok<{ state: string }>(call("GET", `/v1/contacts/imports/${imported.id}`), 200);
      return state === "finished";
    }, "the import's end");
    const refusals = await (await call("GET", `/v1/contacts/imports/${imported.id}/errors`)).text();
    expect(refusals).toContain("kanarienvogel");
    await ok(call("POST", `/v1/campaigns/${campaign.id}/dry-run`), 200);
    await ok(call("POST", `/v1/campaigns/${campaign.id}/schedule`, {}), 200);
    await until(async () => {
      const progress = await ok<{ campaign: { state: string } }>(
        call("GET", `/v1/campaigns/${campaign.id}`),
        200,
      );
      return progress.campaign.state === "finished";
    }, "the campaign's end");
    const progress = await ok<{ byState: Record<string, number> }>(
      call("GET", `/v1/campaigns/${campaign.id}`),
      200,
    );
    expect(progress.byState).toMatchObject({ contacted: 3, failed: 2, unconfirmed: 1 });
    await call("GET", `/v1/campaigns/${campaign.id}/recipients`);
    await call("GET", `/v1/contacts/${made.id}/consents`);
    await expectNoCanary(stage, "after the campaign");

    const links = unsubscribeUrls(stage.sink);
    // The message is for the person: there they are named, and only there.
    expect(canariesIn(stage.sink.messages.map((message) => message.body).join("\n"), CANARIES)).not.toEqual(
      [],
    );
    stage.urls.push(...links.values());
    // Of two spellings of one address only one is written to, and either may be first.
    const press = (name: string, body: Record<string, string>) => {
      const [, link] = [...links].find(([address]) => address.startsWith(name)) ?? [];
      return fetch(link ?? "", { method: "POST", body: new URLSearchParams(body) });
    };
    expect(await (await press("zebulon.q7731", { "List-Unsubscribe": "One-Click" })).text()).toContain(
      "stopped",
    );
    expect((await press("orla.w4409", { scope: "everything" })).status).toBe(200);
    expect((await press("made.k4", { scope: "topic", name: "Brontegarde" })).status).toBe(200);
    await until(
      async () =>
        readdirSync(stage.exportDirectory).some((name) =>
          readFileSync(join(stage.exportDirectory, name), "utf8").includes('"type":"withdrawn"'),
        ),
      "the stops in the exported ledger",
    );
    await expectNoCanary(stage, "after the stops");

    // A second file waits unmerged: no worker may take it before they are erased.
    const [worker] = programs.splice(1);
    worker?.kill("SIGTERM");
    await worker?.ended;
    const waiting = await ok<{ id: string }>(call("POST", "/v1/contacts/imports", upload(CSV)), 202);
    const opened = () => openedDatabase(stage.ownerUrl, TEST_SECRETS.master);
    expect(canariesIn(await opened(), THEIRS).length, "what our keys open before").toBe(THEIRS.length);
    const { items } = await ok<{ items: { id: string }[] }>(call("GET", "/v1/contacts?limit=100"), 200);
    expect(items).toHaveLength(7);
    const erased = [];
    for (const { id } of items) erased.push(await ok(call("POST", `/v1/contacts/${id}/erasure`), 200));
    expect(erased).toMatchObject(items.map(({ id }) => ({ contactId: id, inFlight: 0 })));
    expect(canariesIn(await opened(), THEIRS), "what our keys open after").toEqual([]);
    await until(async () => readdirSync(stage.exportDirectory).length > 0, "the journal of stops");
    await expectNoCanary(stage, "after the erasure");
    expect((await call("POST", "/v1/contacts", person, once)).status).toBe(409);
    expect((await call("POST", "/v1/contacts", person)).status).toBe(409);
    for (const query of [{ email: person.email }, { phone: person.phone }, { fullName: "Made Xanthippos" }]) {
      expect(await ok(call("POST", "/v1/contacts/search", query), 200)).toEqual({ items: [] });
    }
    expect((await fetch([...links.values()][0] ?? "")).status).toBe(200);

    // What waited, and the same file once more: every row that is somebody's is refused, and nobody comes back.
    await stage.startWorker();
    const again = await ok<{ id: string }>(call("POST", "/v1/contacts/imports", upload(CSV)), 202);
    for (const { id } of [waiting, again]) {
      await until(async () => {
        const { state } = await ok<{ state: string }>(call("GET", `/v1/contacts/imports/${id}`), 200);
        return state === "finished";
      }, "the end of a file of erased people");
    }
    const refused = await ok<{ created: number; refusedByReason: Record<string, number> }>(
      call("GET", `/v1/contacts/imports/${again.id}`),
      200,
    );
    expect(refused).toMatchObject({ created: 0, refusedByReason: { "erased-person": 7 } });
    const left = await ok<{ items: { fullName: unknown }[] }>(call("GET", "/v1/contacts?limit=100"), 200);
    expect(left.items.filter((each) => each.fullName !== null)).toEqual([]);
    expect(left.items).toHaveLength(items.length);
    await expectNoCanary(stage, "after the import of erased people");
    expect(await chainFaults(stage.ownerUrl)).toEqual({
      events: expect.toSatisfy((count) => count > 20),
      faults: [],
    });
  }, 180_000);

  test("nor when the database refuses what it is told about them", async () => {
    const stage = await setUp(backend);
    const { call } = stage;
    const worker = await stage.startWorker();
    const owner = postgres(stage.ownerUrl, { max: 1 });
    cleanups.push(() => owner.end());
    await owner`revoke insert, update on contact, contact_point, gate, point_index from consentry_app`;
    const person = { email: "zebulon.q7731@kanarienvogel.example", fullName: "Zebulon Quillfeather" };
    const refused = await call("POST", "/v1/contacts", person);
    expect(refused.status).toBe(500);
    expect(canariesIn(await refused.text(), CANARIES)).toEqual([]);
    await ok(call("POST", "/v1/contacts/imports", upload(CSV)), 202);
    await worker.untilPrinted("a step failed");
    const [api] = programs;
    expect(api?.output()).toContain("a request failed");
    await expectNoCanary(stage, "after the failures");
  }, 120_000);
});
