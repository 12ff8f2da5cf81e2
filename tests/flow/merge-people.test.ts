import { sql } from "drizzle-orm";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { inWorkspace } from "#db/database";
import { recordConsent } from "#flow/consent/record-consent";
import { createContact, findContacts } from "#flow/contacts/contacts";
import { mergePeople } from "#flow/contacts/merge-people";
import { ledgerSigner, receiptsFor } from "#flow/ledger/receipt";
import { mintPreferenceToken } from "#flow/preferences/preference-token";
import { erasePerson } from "#flow/rights/erase-person";
import { personReport } from "#flow/rights/person-report";
import { stopPerson } from "#flow/stops/stop-person";
import { mintUnsubscribeToken } from "#flow/stops/unsubscribe-token";
import { testApi } from "../support/api.ts";
import { postForm } from "../support/front-door.ts";
import { type LawDesk, openLawDesk } from "../support/law.ts";
import { chainFaults } from "../support/ledger-chain.ts";
import { openedDatabase } from "../support/opened.ts";
import { TEST_SECRETS, type TestWorkspace } from "../support/product.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

let database: TestDatabase;
let desk: LawDesk;
let workspace: TestWorkspace;

beforeEach(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  desk = await openLawDesk(database.ownerUrl);
  workspace = desk.workspace;
});
afterEach(async () => {
  await desk.close();
  await database.drop();
});

interface Made {
  readonly id: string;
  readonly points: readonly {
    readonly id: string;
    readonly channel: "email" | "phone";
    readonly gateId: number;
  }[];
}

async function create(person: object, email?: string, phone?: string): Promise<Made> {
  const made = await createContact(workspace.deps, {
    workspaceId: workspace.workspaceId,
    actor: "test",
    person: { country: "DE", ...person },
    email,
    phone,
  });
  if (made.kind !== "created") throw new Error(made.kind);
  return { id: made.contact.record.id, points: made.contact.record.points };
}

async function agree(made: Made, page = "https://acme.example/form"): Promise<void> {
  const result = await recordConsent(workspace.deps, {
    workspaceId: workspace.workspaceId,
    contactPointId: made.points.find((point) => point.channel === "email")?.id ?? "",
    purposeId: workspace.purposeId,
    act: "grant",
    occurredAt: new Date(Date.now() - 60_000),
    method: "web-form",
    evidence: { page },
    noticeId: workspace.noticeId,
    actor: "test",
    claimed: true,
    byThePerson: false,
  });
  expect(result.kind).toBe("recorded");
}

const stop = (made: Made, how: Partial<Parameters<typeof stopPerson>[1]>) =>
  stopPerson(workspace.deps, {
    workspaceId: workspace.workspaceId,
    gateId: made.points[0]?.gateId ?? 0,
    channel: "email",
    contactId: made.id,
    target: { kind: "topic", purposeId: workspace.purposeId, senderId: workspace.senderId },
    method: "link",
    actor: "person",
    claimed: false,
    campaignId: null,
    offersUndo: false,
    requestedAt: new Date(),
    ...how,
  });

const merge = (into: Made, from: Made) =>
  mergePeople(workspace.deps, {
    workspaceId: workspace.workspaceId,
    intoId: into.id,
    fromId: from.id,
    actor: "test",
  });

test.each([
  ["a withdrawal of the one", {}, "block consent-withdrawn"],
  [
    "an unsubscribe of the one from everything",
    { target: { kind: "everything" } as const },
    "block suppressed-unsubscribe",
  ],
  [
    "an objection of the one",
    { target: { kind: "everything" } as const, suppression: "objection" as const },
    "block suppressed-objection",
  ],
])("%s binds the addresses of both after the merge, whichever stays", async (_what, how, blocked) => {
  for (const keepsTheNo of [true, false]) {
    const suffix = keepsTheNo ? "a" : "b";
    const yes = await create({ fullName: "Ada Auk" }, `yes-${suffix}@example.com`);
    const no = await create({ fullName: "Ada Auk" }, `no-${suffix}@example.com`);
    await agree(yes);
    await agree(no);
    await stop(no, how);
    const merged = await (keepsTheNo ? merge(no, yes) : merge(yes, no));
    expect(merged).toMatchObject({ kind: "merged", noesSpread: 1, inFlight: 0 });
  }
  expect(new Set(await desk.answers("email"))).toEqual(new Set([blocked]));
  expect((await chainFaults(database.ownerUrl)).faults).toEqual([]);
});

test("a consent goes on to hold for its own address alone, and permits given before the merge are stale", async () => {
  const yes = await create({ fullName: "Ada Auk", age: 44 }, "yes@example.com");
  const silent = await create({ fullName: "Ada Auk", age: 30 }, "silent@example.com", "+4930123456");
  await agree(yes);
  const versions = () =>
    inWorkspace(workspace.database, workspace.workspaceId, async (tx) => [
      ...(await tx.execute<{ id: number; version: number }>(sql`select id, version from gate order by id`)),
    ]);
  const before = await versions();
  const merged = await merge(yes, silent);
  expect(merged).toMatchObject({ kind: "merged", noesSpread: 0 });
  const after = await versions();
  expect(after.filter((row, place) => row.version <= (before[place]?.version ?? 0))).toEqual([]);
  if (merged.kind !== "merged") throw new Error("not merged");
  expect(merged.contact.record.age, "the younger of the two binds").toBe(30);
  expect(Object.values(merged.contact.identity?.points ?? {}).sort()).toEqual([
    "+4930123456",
    "silent@example.com",
    "yes@example.com",
  ]);
  const answers = await desk.answers("email");
  expect(answers.filter((answer) => answer.startsWith("allow"))).toEqual(["allow consent-express"]);
});

test("the other is found under the one that stays, is not listed any more, and cannot be merged again", async () => {
  const one = await create({ fullName: "Ada Auk" }, "one@example.com", "+4930123456");
  const two = await create({ fullName: "Ada Auk" }, "two@example.com", "+4930123456");
  expect((await merge(one, two)).kind).toBe("merged");
  for (const query of [{ email: "two@example.com" }, { phone: "+4930123456" }, { fullName: "ada auk" }]) {
    const found = await findContacts(workspace.database, TEST_SECRETS, workspace.workspaceId, query);
    expect(found.map((each) => each.record.id)).toEqual([one.id]);
  }
  expect((await merge(one, two)).kind).toBe("erased");
  expect((await merge(one, one)).kind).toBe("same-contact");
  expect((await merge(one, { ...two, id: "00000000-0000-7000-8000-000000000000" })).kind).toBe("not-found");
  const api = testApi(workspace, database.ownerUrl);
  const key = await api.key(["contacts:read", "contacts:write"]);
  const { items } = (await (await api.call(key, "GET", "/v1/contacts")).json()) as {
    items: { id: string }[];
  };
  expect(items.map((item) => item.id)).toEqual([one.id]);
});

test("what the other one agreed to stands in the report with its evidence, and has its receipt", async () => {
  const one = await create({ fullName: "Ada Auk" }, "one@example.com");
  const two = await create({ fullName: "Ada Auk" }, "two@example.com");
  await agree(two, "https://acme.example/page-of-ada-two");
  expect((await merge(one, two)).kind).toBe("merged");
  const report = await personReport(workspace.deps, workspace.workspaceId, one.id);
  expect(report?.consent).toMatchObject([
    { contactPoint: "two@example.com", evidence: { page: "https://acme.example/page-of-ada-two" } },
  ]);
  const signer = await ledgerSigner(workspace.deps);
  const receipts = await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
    receiptsFor(tx, signer, one.id),
  );
  expect(receipts).toMatchObject([{ principal: { id: one.id, contactPointId: two.points[0]?.id } }]);
});

test("two merges of the same two at once make one of them, and an erasure takes what was merged along", async () => {
  const one = await create({ fullName: "Ada Auk" }, "one@example.com");
  const two = await create({ fullName: "Ada Auk" }, "two@example.com");
  await agree(two, "https://acme.example/page-of-ada-two");
  const results = await Promise.all([merge(one, two), merge(two, one)]);
  expect(results.map((each) => each.kind).sort()).toEqual(["erased", "merged"]);
  const stays = results[0]?.kind === "merged" ? one : two;
  const report = await personReport(workspace.deps, workspace.workspaceId, stays.id);
  expect(report?.contactPoints).toHaveLength(2);
  expect(report?.consent.length).toBeGreaterThan(0);
  expect(await openedDatabase(database.ownerUrl, TEST_SECRETS.master)).toContain("page-of-ada-two");
  await erasePerson(workspace.deps, null, {
    workspaceId: workspace.workspaceId,
    contactId: stays.id,
    method: "api",
    actor: "test",
  });
  const opened = await openedDatabase(database.ownerUrl, TEST_SECRETS.master);
  for (const word of ["page-of-ada-two", "one@example.com", "two@example.com"])
    expect(opened).not.toContain(word);
  expect((await chainFaults(database.ownerUrl)).faults).toEqual([]);
});

test("links in messages from before the merge lead to the one who stays: choices, history, and a stop of everything", async () => {
  const one = await create({ fullName: "Ada Auk" }, "one@example.com");
  const two = await create({ fullName: "Ada Auk" }, "two@example.com");
  await agree(one);
  await agree(two);
  const campaignId = await desk.campaign("email");
  await desk.screened(campaignId);
  const { workspaceId, senderId, purposeId } = workspace;
  await inWorkspace(workspace.database, workspaceId, (tx) =>
    tx.execute(sql`update recipient set state = 'contacted', redeemed_at = consentry_now()`),
  );
  const api = testApi(workspace, database.ownerUrl);
  const link = { workspaceId, contactId: two.id, gateId: two.points[0]?.gateId ?? 0 };
  const choices = `/p/${mintPreferenceToken(TEST_SECRETS.token, { ...link, senderId })}`;
  const leave = `/u/${mintUnsubscribeToken(TEST_SECRETS.token, { ...link, purposeId, campaignId })}`;
  expect((await merge(one, two)).kind).toBe("merged");
  const page = await api.app.request(choices);
  expect(page.status).toBe(200);
  const text = await page.text();
  for (const masked of ["o•••••••@example.com", "t•••••••@example.com"]) expect(text).toContain(masked);
  const history = await (await api.app.request(`${choices}/messages`)).text();
  const whys = [...history.matchAll(/messages\/(\d+)/g)].map(([, id]) => id);
  expect(new Set(whys).size, "what either of them got").toBe(2);
  for (const id of whys) expect((await api.app.request(`${choices}/messages/${id}`)).status).toBe(200);
  expect((await postForm(api, leave, { scope: "everything" })).status).toBe(200);
  expect(new Set(await desk.answers("email"))).toEqual(new Set(["block suppressed-unsubscribe"]));
});

test("duplicates are found by one mailbox in two spellings, or one number and one name; a shared line alone is none", async () => {
  const plain = await create({}, "ann.bee@gmail.com");
  const dotted = await create({}, "annbee+news@gmail.com");
  const cy = await create({ fullName: "Cy Crow" }, "cy@example.com", "+4930111111");
  const cyToo = await create({ fullName: "cy  crow" }, "cy@example.org", "+4930111111");
  await create({ fullName: "Di Duck" }, "di@example.com", "+4930111111");
  const api = testApi(workspace, database.ownerUrl);
  const key = await api.key(["contacts:read", "contacts:write"]);
  const found = (await (await api.call(key, "GET", "/v1/duplicates")).json()) as {
    items: { contactIds: string[]; reason: string }[];
  };
  const pairs = found.items.map((item) => `${item.reason} ${[...item.contactIds].sort().join(" ")}`).sort();
  expect(pairs).toEqual(
    [
      `same-address ${[plain.id, dotted.id].sort().join(" ")}`,
      `same-number-and-name ${[cy.id, cyToo.id].sort().join(" ")}`,
    ].sort(),
  );
  const merged = await api.call(key, "POST", `/v1/contacts/${cy.id}/merge`, { contactId: cyToo.id });
  expect(merged.status).toBe(200);
  expect(await merged.json()).toMatchObject({ contact: { id: cy.id }, noesSpread: 0, inFlight: 0 });
  expect((await api.call(key, "POST", `/v1/contacts/${cy.id}/merge`, { contactId: cy.id })).status).toBe(422);
  const reader = await api.key(["contacts:read"]);
  expect(
    (await api.call(reader, "POST", `/v1/contacts/${cy.id}/merge`, { contactId: plain.id })).status,
  ).toBe(403);
});

test("points that reach nobody any more are flagged with the reason", async () => {
  const gone = await create({}, "gone@example.com");
  await stop(gone, { target: { kind: "everything" }, suppression: "hard-bounce" });
  const api = testApi(workspace, database.ownerUrl);
  const stale = (await (
    await api.call(await api.key(["contacts:read"]), "GET", "/v1/stale-points")
  ).json()) as {
    items: unknown[];
  };
  expect(stale.items).toEqual([
    expect.objectContaining({ contactId: gone.id, channel: "email", reason: "mailbox-gone" }),
  ]);
});
