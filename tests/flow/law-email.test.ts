import { generateKeyPairSync } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { DAY_MS, type LawDesk, openLawDesk } from "../support/law.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

let database: TestDatabase;
let desk: LawDesk;

beforeAll(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
});
beforeEach(async () => {
  desk = await openLawDesk(database.ownerUrl);
});
afterEach(() => desk.close());
afterAll(() => database.drop());

const SALE = {
  collectedDuring: "sale",
  similarProducts: true,
  optOutOfferedAtCollection: true,
  refusedAtCollection: false,
};

describe("the legal basis of a sender", () => {
  test("is consent alone until it is switched to law, and again when it is switched back", async () => {
    await desk.contact({ email: "ann@example.com", country: "US" });
    expect(await desk.answers("email")).toEqual(["block consent-missing"]);
    const switched = await desk.sender({ legalBasis: "law" });
    expect(switched).toMatchObject({ legalBasis: "law", inFlight: 0 });
    expect(await desk.answers("email")).toEqual(["allow opt-out-regime"]);
    const campaign = await desk.campaign("email");
    expect(await desk.call("POST", `/v1/campaigns/${campaign}/dry-run`, {})).toMatchObject({
      legalBasis: "law",
    });
    expect(await desk.call("GET", `/v1/campaigns/${campaign}`)).toMatchObject({
      campaign: { legalBasis: "law" },
    });
    await desk.sender({ legalBasis: "consent-only" });
    expect(await desk.answers("email")).toEqual(["block consent-missing"]);
  });

  test("law still asks Germany for consent, and an objection ends every basis", async () => {
    await desk.sender({ legalBasis: "law" });
    await desk.contact({ email: "berta@example.com", country: "DE" });
    await desk.contact({ email: "ann@example.com", country: "US" });
    await desk.call("POST", "/v1/suppressions", {
      channel: "email",
      value: "ann@example.com",
      kind: "objection",
    });
    expect(await desk.answers("email")).toEqual(["block consent-missing", "block suppressed-objection"]);
  });
});

test.each(["withdraw", "refuse"])(
  "who never agreed and says no (%s) to a topic is not written to about it, opt-out regime or not",
  async (act) => {
    await desk.sender({ legalBasis: "law" });
    const contact = await desk.contact({ email: "ann@example.com", country: "US" });
    expect(await desk.answers("email")).toEqual(["allow opt-out-regime"]);
    const [point] = contact["contactPoints"] as { id: string }[];
    const { purposeId } = desk.workspace;
    const said = { contactPointId: point?.id, purposeId, act, method: "web-form" };
    await desk.call("POST", "/v1/consents", { ...said, occurredAt: (await desk.now()).toISOString() });
    expect(await desk.answers("email")).toEqual(["block consent-withdrawn"]);
  },
);

describe("a relationship with the sender", () => {
  beforeEach(() => desk.sender({ legalBasis: "law" }));

  test.each([
    ["a sale with a way out is a soft opt-in", {}, "allow soft-opt-in"],
    ["a refusal at collection ends it", { refusedAtCollection: true }, "block soft-opt-in-invalid"],
    ["other products are not covered", { similarProducts: false }, "block soft-opt-in-invalid"],
    ["no way out was offered", { optOutOfferedAtCollection: false }, "block soft-opt-in-invalid"],
    ["what is not said is not so", { refusedAtCollection: null }, "block soft-opt-in-invalid"],
  ])("in the UK: %s", async (_sentence, change, answer) => {
    const contact = await desk.contact({ email: "uma@example.com", country: "GB" });
    expect(await desk.answers("email")).toEqual(["block consent-missing"]);
    const stored = await desk.relationship(contact, { ...SALE, ...change });
    expect(
      await desk.call("GET", `/v1/contacts/${contact.id}/relationships/${desk.workspace.senderId}`),
    ).toEqual(stored);
    expect(await desk.answers("email")).toEqual([answer]);
  });

  test("in Canada a purchase permits for two years, and an old one does not", async () => {
    const today = (await desk.now()).toISOString().slice(0, 10);
    const contact = await desk.contact({ email: "cleo@example.com", country: "CA" });
    await desk.relationship(contact, { lastPurchaseAt: today });
    expect(await desk.answers("email")).toEqual(["allow implied-consent-purchase"]);
    await desk.relationship(contact, { lastPurchaseAt: "2019-01-01" });
    expect(await desk.answers("email")).toEqual(["block implied-consent-expired"]);
  });

  test("is read for its own sender alone", async () => {
    const contact = await desk.contact({ email: "uma@example.com", country: "GB" });
    const other = await desk.call("POST", "/v1/senders", {
      key: "other",
      name: "Other Ltd",
      postalAddress: "1 High Street, London",
      fromName: "Other",
      fromAddress: "news@other.example",
    });
    await desk.call("PUT", `/v1/contacts/${contact.id}/relationships/${other.id}`, SALE);
    expect(await desk.answers("email")).toEqual(["block consent-missing"]);
  });
});

describe("where the data came from", () => {
  const source = (kind: string) =>
    desk.call("POST", "/v1/sources", { key: "fair", name: "Fair 2026", kind, vendor: "Fair Ltd" });

  test("an unverified source blocks people who agreed, verifying it allows them, and it can be taken back", async () => {
    const fair = await source("csv-import");
    await desk.consent(await desk.contact({ email: "ida@example.com", country: "DE", sourceId: fair.id }));
    expect(await desk.answers("email")).toEqual(["block source-provenance-unverified"]);
    const verified = await desk.call("POST", `/v1/sources/${fair.id}/verify`, { note: "Saw the form" });
    expect(verified).toMatchObject({ verifiedNote: "Saw the form", inFlight: 0 });
    expect(await desk.answers("email")).toEqual(["allow consent-express"]);
    expect(await desk.call("POST", `/v1/sources/${fair.id}/unverify`, {})).toMatchObject({
      verifiedAt: null,
    });
    expect(await desk.answers("email")).toEqual(["block source-provenance-unverified"]);
  });

  test("people whose data a third party gave are told first: before, or by the first message within a month", async () => {
    const fair = await source("third-party-named-consent");
    await desk.call("POST", `/v1/sources/${fair.id}/verify`, { note: "Saw the form" });
    const contact = await desk.contact({ email: "ida@example.com", country: "DE", sourceId: fair.id });
    await desk.consent(contact);
    expect(await desk.answers("email")).toEqual(["block art14-notice-overdue"]);
    const change = async (body: object) => desk.call("PATCH", `/v1/contacts/${contact.id}`, body);
    const now = await desk.now();
    await change({ obtainedAt: new Date(now.getTime() - 86_400_000).toISOString() });
    expect(await desk.answers("email", { containsArt14Notice: true })).toEqual(["allow consent-express"]);
    await change({ obtainedAt: new Date(now.getTime() - 40 * 86_400_000).toISOString() });
    expect(await desk.answers("email", { containsArt14Notice: true })).toEqual([
      "block art14-notice-overdue",
    ]);
    await change({ art14NoticeAt: now.toISOString() });
    expect(await desk.answers("email")).toEqual(["allow consent-express"]);
    await change({ art14NoticeAt: null });
    expect(await desk.answers("email")).toEqual(["block art14-notice-overdue"]);
  });

  test("a browser's opt-out binds campaigns that share data, and an older signal does not replace it", async () => {
    await desk.sender({ legalBasis: "law" });
    const now = (await desk.now()).toISOString();
    const person = { email: "cal@example.com", country: "US", region: "US-CA" };
    const contact = await desk.contact({ ...person, optOutSignalAt: now });
    const sharing = { sharesDataWithThirdParty: true };
    expect(await desk.answers("email", sharing)).toEqual(["block ccpa-opt-out-signal"]);
    expect(await desk.answers("email")).toEqual(["allow opt-out-regime"]);
    const patched = await desk.call("PATCH", `/v1/contacts/${contact.id}`, {
      optOutSignalAt: "2020-01-01T00:00:00Z",
    });
    expect(patched["optOutSignalAt"]).toBe(now);
  });
});

describe("a bulk sender", () => {
  test("without DKIM is blocked at the large mailbox providers and nowhere else", async () => {
    await desk.consent(await desk.contact({ email: "gil@gmail.com", country: "DE" }));
    await desk.consent(await desk.contact({ email: "gil@example.com", country: "DE" }));
    expect(await desk.answers("email")).toEqual(["allow consent-express", "allow consent-express"]);
    await desk.sender({ isBulkSender: true });
    expect(await desk.answers("email")).toEqual(["allow consent-express", "block one-click-unsigned"]);
  });

  test("with DKIM for its own domain is not", async () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const signing = await openLawDesk(database.ownerUrl, pem);
    try {
      await signing.consent(await signing.contact({ email: "gil@gmail.com", country: "DE" }));
      await signing.sender({ isBulkSender: true });
      expect(await signing.answers("email")).toEqual(["allow consent-express"]);
    } finally {
      await signing.close();
    }
  });
});

describe("what the law leaves to the workspace", () => {
  const policy = (change: object) => desk.call("PATCH", "/v1/policy", change);

  test("consent lapses as the workspace says, a sender's own word goes first, and null goes back", async () => {
    await desk.consent(await desk.contact({ email: "may@example.com", country: "DE" }), 300);
    expect(await desk.answers("email")).toEqual(["allow consent-express"]);
    await policy({ consentMonths: 6 });
    expect(await desk.answers("email")).toEqual(["block consent-expired"]);
    await desk.sender({ policy: { consentMonths: 12 } });
    expect(await desk.answers("email")).toEqual(["allow consent-express"]);
    await desk.sender({ policy: { consentMonths: null } });
    expect(await desk.answers("email")).toEqual(["block consent-expired"]);
    await policy({ consentMonths: null });
    expect(await desk.answers("email")).toEqual(["allow consent-express"]);
  });

  test("consent that a third party collected lapses on its own terms", async () => {
    const { id } = await desk.call("POST", "/v1/sources", {
      key: "list",
      name: "List",
      kind: "third-party-named-consent",
    });
    await desk.call("POST", `/v1/sources/${id}/verify`, { note: "Saw the form" });
    const at = (await desk.now()).toISOString();
    const contact = { email: "tom@example.com", country: "DE", sourceId: id, art14NoticeAt: at };
    await desk.consent(await desk.contact(contact), 100);
    expect(await desk.answers("email")).toEqual(["allow consent-express"]);
    await policy({ thirdPartyConsentMonths: 2 });
    expect(await desk.answers("email")).toEqual(["block consent-expired"]);
  });

  test.each([
    ["negotiation", "GB", { softOptInNegotiation: [] }, "allow soft-opt-in", "block soft-opt-in-invalid"],
    [
      "free-account-with-paid-tier",
      "DE",
      { softOptInFreeTier: ["DE"] },
      "block soft-opt-in-invalid",
      "allow soft-opt-in",
    ],
  ])(
    "a %s in %s is a sale where the policy says so",
    async (collectedDuring, country, change, first, then) => {
      await desk.sender({ legalBasis: "law" });
      const contact = await desk.contact({ email: "nia@example.com", country });
      await desk.relationship(contact, { ...SALE, collectedDuring });
      expect(await desk.answers("email")).toEqual([first]);
      await policy(change);
      expect(await desk.answers("email")).toEqual([then]);
    },
  );

  test("sole traders in the UK are companies only where the policy says so", async () => {
    await desk.sender({ legalBasis: "law" });
    await desk.contact({ email: "sol@example.com", country: "GB", party: "sole-trader" });
    expect(await desk.answers("email")).toEqual(["block consent-missing"]);
    await policy({ soleTradersAreConsumers: false });
    expect(await desk.answers("email")).toEqual(["allow corporate-subscriber"]);
  });

  test("people of 17 are left out where the policy says so", async () => {
    await desk.consent(await desk.contact({ email: "kim@example.com", country: "DE", age: 17 }));
    expect(await desk.answers("email")).toEqual(["allow consent-express"]);
    await policy({ blocksMinorsUnder18: true });
    expect(await desk.answers("email")).toEqual(["block minor-protected"]);
  });
});

test("a campaign's circumstances change the answer; an edit that does not ask for them keeps them", async () => {
  await desk.consent(await desk.contact({ email: "eva@example.com", country: "FR" }));
  expect(await desk.answers("email", { sector: "home-renovation" })).toEqual(["block sector-ban"]);
  expect(await desk.answers("email", { sector: "books" })).toEqual(["allow consent-express"]);
  const id = await desk.campaign("email", { sector: "home-renovation" });
  expect(await desk.call("PATCH", `/v1/campaigns/${id}`, { name: "Renamed" })).toMatchObject({
    name: "Renamed",
    circumstances: { sector: "home-renovation" },
  });
  const books = { circumstances: { sector: "books" } };
  expect(await desk.call("PATCH", `/v1/campaigns/${id}`, books)).toMatchObject({ name: "Renamed", ...books });
});

test("data bought from a broker needs its last deletion run where Californians are meant", async () => {
  await desk.sender({ legalBasis: "law" });
  const draft = { key: "broker", name: "Broker", kind: "purchased-list", vendor: "List Co" };
  const { id: sourceId } = await desk.call("POST", "/v1/sources", draft);
  const daysAgo = async (days: number) =>
    new Date((await desk.now()).getTime() - days * DAY_MS).toISOString();
  const verify = async (days: number | null) =>
    desk.call("POST", `/v1/sources/${sourceId}/verify`, {
      note: "Saw the form",
      ...(days === null ? {} : { deletionsRunAt: await daysAgo(days) }),
    });
  await desk.contact({ email: "cal@example.com", country: "US", region: "US-CA", sourceId });
  await verify(null);
  expect(await desk.answers("email")).toEqual(["block data-broker-source"]);
  await verify(44);
  expect(await desk.answers("email")).toEqual(["allow opt-out-regime"]);
  await verify(46);
  expect(await desk.answers("email")).toEqual(["block data-broker-source"]);
});
