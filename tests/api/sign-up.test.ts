import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { inWorkspace, readClock } from "#db/database";
import { readCandidates, readSpeaker } from "#db/queries/candidates";
import { insertPrivacyRequest } from "#db/queries/privacy-requests";
import { purgeOldSignUps } from "#flow/consent/purge-sign-ups";
import { mergePeople } from "#flow/contacts/merge-people";
import { judge } from "#flow/gate/judge";
import { readFacts } from "#flow/gate/read-facts";
import { erasePerson } from "#flow/rights/erase-person";
import { stopPerson } from "#flow/stops/stop-person";
import { type TestApi, testApi } from "../support/api.ts";
import { canariesInDatabase } from "../support/canary.ts";
import { setClockAhead } from "../support/clock.ts";
import {
  confirmPath,
  createTestForm,
  everythingStored,
  ledgerOf,
  lettersSent,
  pathOf,
  peer,
  person,
  postForm,
  type TestForm,
} from "../support/front-door.ts";
import { consentedCsv, createWorkspace, importCsv, type TestWorkspace } from "../support/product.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

const DAY_MS = 86_400_000;

let database: TestDatabase;
let workspace: TestWorkspace;
let api: TestApi;
let form: TestForm;

beforeAll(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  workspace = await createWorkspace(database.ownerUrl);
  api = testApi(workspace, database.ownerUrl);
  await importCsv(workspace, consentedCsv(20));
  form = await createTestForm(workspace);
});

afterAll(async () => {
  await workspace.close();
  await database.drop();
});

const signUp = (email: string, more: Parameters<typeof postForm>[2] = {}, headers = {}, env?: object) =>
  postForm(api, `/f/${form.formId}`, { email, box: form.boxes.newsletter, ...more }, headers, env);

const confirm = (path: string) => postForm(api, path, { confirm: "yes" });

async function stop(email: string, suppression: "unsubscribe" | "objection" | "complaint" | "erasure") {
  const { record } = await person(workspace, email);
  await stopPerson(workspace.deps, {
    workspaceId: workspace.workspaceId,
    gateId: record.points[0]?.gateId ?? 0,
    channel: "email",
    contactId: record.id,
    target: { kind: "everything" },
    suppression,
    method: "link",
    actor: "person",
    claimed: false,
    campaignId: null,
    offersUndo: false,
    requestedAt: new Date(),
  });
}

async function withdraw(email: string, purposeId: string) {
  const { record } = await person(workspace, email);
  await stopPerson(workspace.deps, {
    workspaceId: workspace.workspaceId,
    gateId: record.points[0]?.gateId ?? 0,
    channel: "email",
    contactId: record.id,
    target: { kind: "topic", purposeId, senderId: workspace.senderId },
    method: "link",
    actor: "person",
    claimed: false,
    campaignId: null,
    offersUndo: false,
    requestedAt: new Date(),
  });
}

async function standingSuppressions(email: string): Promise<string[]> {
  const { record } = await person(workspace, email);
  const found = await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
    tx.execute<{ kind: string }>(sql`
      select kind from suppression where gate_id = ${record.points[0]?.gateId ?? 0} and lifted_by_event_id is null
      order by kind`),
  );
  return found.map((row) => row.kind);
}

/** What the gate says of a person's address now, by the API's own explanation of consent. */
async function statusOf(email: string, key: "newsletter" | "offers"): Promise<string> {
  const { record } = await person(workspace, email);
  const page = await api.call(await api.key(["admin"]), "GET", `/v1/contacts/${record.id}/consents`);
  const purposeId = key === "newsletter" ? workspace.purposeId : form.offersId;
  const { items } = (await page.json()) as { items: { type: string; purposeId: string }[] };
  return items.filter((each) => each.purposeId === purposeId).at(-1)?.type ?? "none";
}

describe("the form", () => {
  test("shows every box empty beside its whole wording, in the language asked for, with one filled button and no script", async () => {
    const page = await (await api.app.request(`/f/${form.formId}?lang=de`)).text();
    expect(page).toContain('<html lang="de">');
    expect(page).toContain("Senden Sie mir Angebote von Acme");
    // There is no German wording of this one: it is shown in the language it has, and says so.
    expect(page).toContain('<span lang="en">Email me the Acme newsletter</span>');
    expect(page.match(/type="checkbox"/g)).toHaveLength(3);
    expect(page).not.toMatch(/checked/);
    expect(page).not.toMatch(/<script/);
    expect(page.match(/class="btn go/g)).toHaveLength(1);
  });

  test("speaks what the browser asks for where the link names nothing", async () => {
    const page = await api.app.request(`/f/${form.formId}`, {
      headers: { "accept-language": "pt, it;q=0.8, fr;q=0.9" },
    });
    expect(await page.text()).toContain('<html lang="fr">');
  });

  test.each([
    ["no address", { email: "nobody" }, "Enter an email address"],
    ["no box", { box: "" }, "Tick at least one box"],
    [
      "a box that is not offered",
      { box: `${"0".repeat(8)}-0000-4000-8000-000000000000.email` },
      "Tick at least one",
    ],
    ["calls without a number", { box: "CALLS" }, "Enter the number"],
    ["a number that is none", { phone: "12345" }, "Enter the number"],
    ["a name of two lines", { name: "Anna\r\nBcc: x" }, "Enter a name"],
  ])(
    "with %s stores nothing and says what is missing, keeping what was entered",
    async (_name, fields, words) => {
      const before = await everythingStored(workspace);
      const more = "box" in fields && fields.box === "CALLS" ? { box: form.boxes.calls } : fields;
      const response = await signUp("kept@example.com", more);
      expect(response.status).toBe(422);
      const page = await response.text();
      expect(page).toContain(words);
      expect(page).toContain('role="alert"');
      if (!("email" in fields)) expect(page).toContain('value="kept@example.com"');
      expect(await everythingStored(workspace)).toEqual(before);
    },
  );

  test("that is switched off, or that nobody made, is no page, and takes nothing", async () => {
    const key = await api.key(["senders:write"]);
    await api.call(key, "PATCH", `/v1/forms/${form.formId}`, { isActive: false });
    const before = await everythingStored(workspace);
    expect((await api.app.request(`/f/${form.formId}`)).status).toBe(404);
    expect((await signUp("off@example.com")).status).toBe(404);
    for (const path of ["/f/nothing", "/f/00000000-0000-4000-8000-000000000000"])
      expect((await postForm(api, path, { email: "a@example.com" })).status).toBe(404);
    expect(await everythingStored(workspace)).toEqual(before);
    await api.call(key, "PATCH", `/v1/forms/${form.formId}`, { isActive: true });
  });

  test("looked at with GET, HEAD and OPTIONS, fifty times, changes nothing", async () => {
    const before = await everythingStored(workspace);
    for (let time = 0; time < 50; time += 1) {
      const method = ["GET", "HEAD", "OPTIONS"][time % 3] ?? "GET";
      const response = await api.app.request(
        `/f/${form.formId}?email=a@example.com&box=${form.boxes.newsletter}`,
        {
          method,
          headers: { purpose: "prefetch" },
        },
      );
      expect(response.status).toBeLessThan(500);
    }
    expect(await everythingStored(workspace)).toEqual(before);
  });
});

describe("a new address", () => {
  test("gets one mail; only the button behind its link turns the request into consent", async () => {
    const response = await signUp(
      "new@example.com",
      { name: "Nora New", box: [form.boxes.newsletter, form.boxes.offers] },
      { origin: "https://shop.example", "user-agent": "TestBrowser/1" },
      peer("203.0.113.9"),
    );
    expect(await response.text()).toContain("Look into your mailbox");
    expect(await ledgerOf(workspace, "new@example.com")).toEqual([
      "requested newsletter email",
      "requested offers email",
    ]);
    const letters = await lettersSent(workspace);
    expect(letters.map((letter) => letter.to)).toEqual(["new@example.com"]);
    expect(letters[0]?.text).toContain("Email me the Acme newsletter");
    const path = pathOf(letters[0]?.link ?? "");

    const before = await everythingStored(workspace);
    for (const method of ["GET", "HEAD", "OPTIONS"])
      expect((await api.app.request(path, { method })).status).toBeLessThan(500);
    expect((await postForm(api, path, {})).status).toBe(200);
    expect(await everythingStored(workspace)).toEqual(before);
    const page = await (await api.app.request(path)).text();
    expect(page).toContain("Email me Acme");
    expect(page).not.toContain("new@example.com");
    expect(page).not.toMatch(/<script/);

    expect(await (await confirm(path)).text()).toContain("Confirmed");
    expect(await ledgerOf(workspace, "new@example.com")).toEqual([
      "requested newsletter email",
      "requested offers email",
      "confirmed newsletter email",
      "confirmed offers email",
    ]);
    const after = await everythingStored(workspace);
    expect(await (await confirm(path)).text()).toContain("Confirmed before");
    expect(await everythingStored(workspace)).toEqual(after);
  });

  test("leaves evidence: page, wording, an empty box, address of the network, browser, language; none of it in plain text", async () => {
    await signUp(
      "canary-evidence@example.com",
      {},
      { "user-agent": "CanaryBrowser/7" },
      peer("203.0.113.77"),
    );
    expect(
      await canariesInDatabase(database.ownerUrl, ["canary-evidence", "CanaryBrowser", "203.0.113.77"]),
    ).toEqual([]);
    const { record } = await person(workspace, "canary-evidence@example.com");
    const evidence = await evidenceOf(record.id);
    expect(evidence).toEqual([
      {
        page: `http://127.0.0.1:8080/f/${form.formId}`,
        ip: "203.0.113.77",
        userAgent: "CanaryBrowser/7",
        checkboxDefault: false,
        statement: "Email me the Acme newsletter",
        noticeHash: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
        language: "en",
      },
    ]);
  });

  test("has a link that works for a week and not a minute longer", async () => {
    await signUp("slow@example.com");
    const path = await confirmPath(workspace, "slow@example.com");
    await setClockAhead(database.ownerUrl, 7 * DAY_MS + 60_000);
    try {
      expect(await (await api.app.request(path)).text()).toContain("does not work any more");
      expect(await (await confirm(path)).text()).toContain("does not work any more");
      expect(await ledgerOf(workspace, "slow@example.com")).toEqual(["requested newsletter email"]);
    } finally {
      await setClockAhead(database.ownerUrl, 0);
    }
  });

  test("pressed twenty times at once is confirmed once", async () => {
    await signUp("twice@example.com");
    const path = await confirmPath(workspace, "twice@example.com");
    const answers = await Promise.all(Array.from({ length: 20 }, () => confirm(path)));
    expect(answers.map((answer) => answer.status)).toEqual(Array(20).fill(200));
    expect(await ledgerOf(workspace, "twice@example.com")).toEqual([
      "requested newsletter email",
      "confirmed newsletter email",
    ]);
  });
});

/** What was recorded beside a person's consent events, oldest first, as the API shows it. */
async function evidenceOf(contactId: string): Promise<unknown[]> {
  const key = await api.key(["contacts:read"]);
  const answer = await api.call(key, "GET", `/v1/contacts/${contactId}/consents`);
  return ((await answer.json()) as { items: { evidence: unknown }[] }).items.map((item) => item.evidence);
}

describe("after a stop", () => {
  test("posting the form again flips nothing and sends nothing but the question; confirming lifts that withdrawal", async () => {
    await withdraw("person1@example.com", workspace.purposeId);
    expect(await statusOf("person1@example.com", "newsletter")).toBe("withdrawn");
    await signUp("person1@example.com");
    await signUp("person1@example.com");
    expect(
      (await lettersSent(workspace)).filter((letter) => letter.to === "person1@example.com"),
    ).toHaveLength(1);
    expect(await gateSays("person1@example.com")).toBe("block consent-withdrawn");
    await confirm(await confirmPath(workspace, "person1@example.com"));
    expect(await gateSays("person1@example.com")).toBe("allow consent-express");
  });

  test("from everything, confirming one thing brings back that one thing alone", async () => {
    await signUp("person2@example.com", { box: form.boxes.offers });
    await confirm(await confirmPath(workspace, "person2@example.com"));
    await stop("person2@example.com", "unsubscribe");
    expect(await gateSays("person2@example.com")).toBe("block suppressed-unsubscribe");
    await signUp("person2@example.com", { box: form.boxes.offers });
    await confirm(await confirmPath(workspace, "person2@example.com"));
    expect(await standingSuppressions("person2@example.com")).toEqual([]);
    // The newsletter stood before the stop and was not asked for again.
    expect(await gateSays("person2@example.com")).toBe("block consent-withdrawn");
    expect(await gateSays("person2@example.com", form.offersId)).toBe("allow consent-express");
  });

  test.each(["objection", "complaint"] as const)(
    "by %s neither a mail goes out nor does a confirmation lift anything",
    async (kind) => {
      const email = kind === "objection" ? "person3@example.com" : "person4@example.com";
      await stop(email, kind);
      await signUp(email);
      expect((await lettersSent(workspace)).map((letter) => letter.to)).not.toContain(email);
      const path = await confirmPath(workspace, email);
      const before = await everythingStored(workspace);
      expect(await (await confirm(path)).text()).toContain("Your objection stands");
      expect(await everythingStored(workspace)).toEqual(before);
      expect(await standingSuppressions(email)).toEqual([kind]);
    },
  );

  test("by erasure the person can come back, and only by their own mailbox", async () => {
    const { record } = await person(workspace, "person5@example.com");
    const erased = await erasePerson(workspace.deps, null, {
      workspaceId: workspace.workspaceId,
      contactId: record.id,
      method: "api",
      actor: "test",
    });
    expect(erased.kind).toBe("erased");
    await signUp("person5@example.com");
    expect((await person(workspace, "person5@example.com")).record.id).not.toBe(record.id);
    expect(await gateSays("person5@example.com")).toBe("block suppressed-erasure");
    const letters = await lettersSent(workspace);
    const own = letters.find((letter) => letter.to === "person5@example.com");
    await confirm(pathOf(own?.link ?? ""));
    expect(await standingSuppressions("person5@example.com")).toEqual([]);
    expect(await gateSays("person5@example.com")).toBe("allow consent-express");
  });
});

/** The sending gate's own answer for a person's first address, as `verdict reason`. */
async function gateSays(email: string, purposeId = workspace.purposeId): Promise<string> {
  const { record } = await person(workspace, email);
  return inWorkspace(workspace.database, workspace.workspaceId, async (tx) => {
    const speaker = await readSpeaker(tx, workspace.senderId, purposeId);
    if (speaker === null) throw new Error("there is no such purpose");
    const context = {
      speaker,
      channel: "email" as const,
      subject: "News",
      circumstances: {},
      frequencyCap: null,
    };
    const candidates = await readCandidates(tx, [record.points[0]?.id ?? ""]);
    const now = await readClock(tx);
    const [read] = await readFacts(tx, workspace.deps.keys.master, context, candidates, now);
    if (read === undefined) throw new Error("the person was not read");
    const { decision } = judge(context, read, now, null);
    return `${decision.verdict} ${decision.reason}`;
  });
}

describe("a number", () => {
  test("is kept only when the address is confirmed, and its consent waits for a call", async () => {
    const response = await signUp("caller@example.com", {
      phone: "+49 30 1234567",
      box: [form.boxes.newsletter, form.boxes.calls],
    });
    expect(response.status).toBe(200);
    expect((await person(workspace, "caller@example.com")).record.points).toHaveLength(1);
    expect(await ledgerOf(workspace, "caller@example.com")).toEqual(["requested newsletter email"]);
    const page = await (await confirm(await confirmPath(workspace, "caller@example.com"))).text();
    expect(page).toContain("you will be asked once on the phone");
    const { record, identity } = await person(workspace, "caller@example.com");
    expect(record.points.map((point) => identity?.points[point.id])).toEqual([
      "caller@example.com",
      "+49301234567",
    ]);
    expect(await ledgerOf(workspace, "caller@example.com")).toEqual([
      "requested newsletter email",
      "confirmed newsletter email",
      "requested newsletter phone",
    ]);
  });

  test("of somebody else's is not attached to a person we know by who merely fills in the form", async () => {
    await signUp("person6@example.com", {
      phone: "+4930999999",
      box: [form.boxes.newsletter, form.boxes.calls],
    });
    expect((await person(workspace, "person6@example.com")).record.points).toHaveLength(1);
  });

  test("agreed to on a call is recorded through the API with script and recording, marked as claimed", async () => {
    const key = await api.key(["consents:write", "contacts:write", "contacts:read", "senders:write"]);
    const made = (await (
      await api.call(key, "POST", "/v1/contacts", { phone: "+493055555", fullName: "Paul" })
    ).json()) as { id: string; contactPoints: { id: string }[] };
    const notice = (await (
      await api.call(key, "POST", "/v1/notices", {
        purposeId: workspace.purposeId,
        channel: "phone",
        version: "script-7",
        language: "en",
        wording: "May we call you with news?",
      })
    ).json()) as { id: string };
    const recorded = await api.call(key, "POST", "/v1/consents", {
      contactPointId: made.contactPoints[0]?.id,
      purposeId: workspace.purposeId,
      act: "grant",
      occurredAt: new Date(Date.now() - 60_000).toISOString(),
      method: "phone-call",
      noticeId: notice.id,
      evidence: { scriptVersion: "script-7", recording: "rec-2026-0001" },
    });
    expect([recorded.status, await recorded.json()]).toEqual([
      201,
      expect.objectContaining({ state: "given" }),
    ]);
    expect(await evidenceOf(made.id)).toEqual([{ scriptVersion: "script-7", recording: "rec-2026-0001" }]);
    const { items } = (await (await api.call(key, "GET", `/v1/contacts/${made.id}/consents`)).json()) as {
      items: { claimed: boolean; method: string }[];
    };
    expect(items).toMatchObject([{ claimed: true, method: "phone-call" }]);
  });
});

describe("nobody learns from the form whether an address is known", () => {
  test("known, stopped, objecting, new, trapped and limited get the same answer in about the same time", async () => {
    await withdraw("person7@example.com", workspace.purposeId);
    await stop("person8@example.com", "objection");
    const asked: readonly (readonly [string, Record<string, string>])[] = [
      ["person9@example.com", {}],
      ["person7@example.com", {}],
      ["person8@example.com", {}],
      ["stranger@example.com", {}],
      ["robot@example.com", { website: "http://spam.example" }],
    ];
    const answers: { status: number; page: string; ms: number }[] = [];
    for (const [email, more] of asked) {
      for (let time = 0; time < 3; time += 1) {
        const startedAt = performance.now();
        const response = await signUp(email, more);
        answers.push({
          status: response.status,
          page: await response.text(),
          ms: performance.now() - startedAt,
        });
      }
    }
    // The fourth time an address is entered on a day nothing is stored, and nothing shows it.
    const limited = await signUp("person9@example.com");
    answers.push({ status: limited.status, page: await limited.text(), ms: 300 });
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]));
    expect(new Set(answers.map((answer) => answer.page)).size).toBe(1);
    for (const answer of answers) expect(answer.ms).toBeGreaterThan(295);
    expect(await ledgerOf(workspace, "person9@example.com")).toEqual([
      "given newsletter email",
      ...Array(3).fill("requested newsletter email"),
    ]);
  });

  test("a program that fills in the hidden field is thanked, and nothing is stored", async () => {
    const before = await everythingStored(workspace);
    const page = await (await signUp("machine@example.com", { website: "x" })).text();
    expect(page).toContain("Look into your mailbox");
    expect(await everythingStored(workspace)).toEqual(before);
  });

  test("a thousand victims from one network: twenty posts an hour are taken, and each victim gets one mail at most", async () => {
    const home = peer("198.51.100.23");
    const answers: number[] = [];
    for (let victim = 0; victim < 30; victim += 1)
      answers.push((await signUp(`victim${victim}@example.net`, {}, {}, home)).status);
    expect(answers.filter((status) => status === 200)).toHaveLength(20);
    expect(answers.filter((status) => status === 429)).toHaveLength(10);
    // A neighbour in the same network is the same network; another is not.
    expect((await signUp("victim99@example.net", {}, {}, peer("198.51.100.99"))).status).toBe(429);
    expect((await signUp("victim99@example.net", {}, {}, peer("198.51.101.99"))).status).toBe(200);
    const letters = (await lettersSent(workspace)).filter((letter) => letter.to.startsWith("victim"));
    expect(letters).toHaveLength(21);
  }, 60_000);

  test("an address that a proxy names counts only where the proxy is trusted", async () => {
    const before = await everythingStored(workspace);
    const header = { "x-forwarded-for": "192.0.2.55" };
    // The peer above has used up its network's share, whatever it claims.
    expect((await signUp("proxied@example.com", {}, header, peer("198.51.100.7"))).status).toBe(429);
    expect(await everythingStored(workspace)).toEqual(before);
  });
});

test("who never confirms is forgotten after thirty days; who was known before, or confirmed, is not", async () => {
  await signUp("canary-forgotten@example.com", { name: "Canary Forgotten" });
  const { record } = await person(workspace, "canary-forgotten@example.com");
  await signUp("person10@example.com");
  await signUp("stays@example.com");
  await confirm(await confirmPath(workspace, "stays@example.com"));
  await setClockAhead(database.ownerUrl, 30 * DAY_MS - 60_000);
  expect(await purgeOldSignUps(workspace.deps)).toBe(0);
  await setClockAhead(database.ownerUrl, 30 * DAY_MS + 120_000);
  try {
    expect(await purgeOldSignUps(workspace.deps)).toBeGreaterThan(1);
    expect(await purgeOldSignUps(workspace.deps)).toBe(0);
  } finally {
    await setClockAhead(database.ownerUrl, 0);
  }
  await expect(person(workspace, "canary-forgotten@example.com")).rejects.toThrow("nobody has");
  const [row] = await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
    tx.execute(sql`
      select wrapped_key is null and identity is null as shredded, erased_at is not null as marked from contact
      where id = ${record.id}::uuid`),
  );
  expect(row).toEqual({ shredded: true, marked: true });
  expect((await person(workspace, "person10@example.com")).identity).not.toBeNull();
  expect((await person(workspace, "stays@example.com")).identity).not.toBeNull();
  // And they may come back as if they had never been here.
  await signUp("canary-forgotten@example.com");
  await confirm(await confirmPath(workspace, "canary-forgotten@example.com"));
  expect(await gateSays("canary-forgotten@example.com")).toBe("allow consent-express");
});

test("a sign-up nobody confirmed does not take with it whom an operator merged into that contact", async () => {
  await signUp("merged-into@example.com");
  const { record } = await person(workspace, "merged-into@example.com");
  const known = (await person(workspace, "person11@example.com")).record;
  const merged = await mergePeople(workspace.deps, {
    workspaceId: workspace.workspaceId,
    intoId: record.id,
    fromId: known.id,
    actor: "test",
  });
  expect(merged.kind).toBe("merged");
  await purgeAfter(31);
  expect((await person(workspace, "person11@example.com")).record.id).toBe(record.id);
});

test("who verified a request about their data is there to be answered, though they never confirmed a sign-up", async () => {
  const states = ["open", "unverified"] as const;
  for (const state of states) {
    await signUp(`asks-${state}@example.com`);
    const { record } = await person(workspace, `asks-${state}@example.com`);
    const now = new Date();
    await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
      insertPrivacyRequest(tx, workspace.workspaceId, {
        id: randomUUID(),
        senderId: workspace.senderId,
        contactId: record.id,
        gateId: record.points[0]?.gateId ?? null,
        kind: "access",
        law: "gdpr",
        state,
        language: "en",
        byAgent: false,
        sealed: Buffer.from("what they wrote"),
        receivedAt: now,
        linkUntil: now,
        verifiedAt: state === "open" ? now : null,
        answerBy: now,
        confirmBy: null,
        extendedBy: null,
        closedAt: null,
      }),
    );
  }
  await purgeAfter(31);
  expect((await person(workspace, "asks-open@example.com")).identity).not.toBeNull();
  await expect(person(workspace, "asks-unverified@example.com")).rejects.toThrow("nobody has");
});

async function purgeAfter(days: number): Promise<void> {
  await setClockAhead(database.ownerUrl, days * DAY_MS);
  try {
    expect(await purgeOldSignUps(workspace.deps)).toBeGreaterThan(0);
  } finally {
    await setClockAhead(database.ownerUrl, 0);
  }
}
