import { sql } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { inWorkspace } from "#db/database";
import { setClockAhead } from "../support/clock.ts";
import { type Circumstances, type LawDesk, LIVE_CALL, openLawDesk } from "../support/law.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

let database: TestDatabase;
let desk: LawDesk;

/** A Wednesday, noon in New York, when nearly everybody may be called. */
const NOON = "2027-01-13T17:00:00Z";
const NEW_YORK = "+12125550123";
const LONDON = "+442079460123";
const SALT_LAKE = "+18015550123";

const clockAt = (instant: string) => setClockAhead(database.ownerUrl, Date.parse(instant) - Date.now());
const policy = (change: object) => desk.call("PATCH", "/v1/policy", change);
const answers = (circumstances: Circumstances = LIVE_CALL) => desk.answers("phone", circumstances);

beforeAll(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
});
beforeEach(async () => {
  await clockAt(NOON);
  desk = await openLawDesk(database.ownerUrl);
  await desk.sender({ legalBasis: "law", callerId: "+12125550199" });
});
afterEach(() => desk.close());
afterAll(() => database.drop());

describe("calling hours", () => {
  test("a call in the evening waits until the next morning on the person's own clock", async () => {
    await desk.contact({ phone: NEW_YORK, country: "US" });
    await desk.list("US-NDNCR", []);
    expect(await answers()).toEqual(["allow opt-out-regime"]);
    await clockAt("2027-01-14T02:30:00Z");
    expect(await answers()).toEqual(["defer quiet-hours"]);
    const id = await desk.campaign("phone", LIVE_CALL);
    const run = await desk.call("POST", `/v1/campaigns/${id}/dry-run`, {});
    expect(run["deferredByDay"]).toEqual({ "2027-01-14": 1 });
  });

  test("have to be open in every zone the person may be in: where they live and where their number is from", async () => {
    await clockAt("2027-01-13T14:30:00Z");
    const contact = await desk.contact({ phone: NEW_YORK, country: "US" });
    await desk.list("US-NDNCR", []);
    expect(await answers()).toEqual(["allow opt-out-regime"]);
    await desk.call("PATCH", `/v1/contacts/${contact.id}`, { region: "US-CA" });
    expect(await answers()).toEqual(["defer quiet-hours"]);
    await clockAt("2027-01-13T16:30:00Z");
    expect(await answers()).toEqual(["allow opt-out-regime"]);
  });

  test("on a public holiday are the holiday's", async () => {
    await clockAt("2027-12-22T08:30:00Z");
    await desk.contact({ phone: LONDON, country: "GB" });
    await desk.list("GB-TPS", []);
    expect(await answers()).toEqual(["allow opt-out-regime"]);
    // Boxing Day falls on a Sunday; the Monday after is the bank holiday.
    await clockAt("2027-12-27T08:30:00Z");
    await desk.list("GB-TPS", []);
    expect(await answers()).toEqual(["defer quiet-hours"]);
  });

  test("of low confidence bind unless the policy says otherwise", async () => {
    await clockAt("2027-01-17T18:00:00Z");
    await desk.contact({ phone: SALT_LAKE, country: "US" });
    await desk.list("US-NDNCR", []);
    expect(await answers()).toEqual(["defer quiet-hours"]);
    await policy({ appliesLowConfidenceHours: false });
    expect(await answers()).toEqual(["allow opt-out-regime"]);
  });

  test("in Mississippi follow standard time in summer unless the policy says otherwise", async () => {
    await clockAt("2027-07-14T13:30:00Z");
    await desk.contact({ phone: "+16015550123", country: "US" });
    await desk.list("US-NDNCR", []);
    expect(await answers()).toEqual(["defer quiet-hours"]);
    await policy({ mississippiStandardTime: false });
    expect(await answers()).toEqual(["allow opt-out-regime"]);
  });
});

describe("a do-not-call list", () => {
  test("that was never fetched, or is too old, keeps everyone from being called; a fresh copy mends it", async () => {
    await desk.contact({ phone: NEW_YORK, country: "US" });
    expect(await answers()).toEqual(["block dnc-registry-stale"]);
    await desk.list("US-NDNCR", [], 32);
    expect(await answers()).toEqual(["block dnc-registry-stale"]);
    await desk.list("US-NDNCR", [], 30);
    expect(await answers()).toEqual(["allow opt-out-regime"]);
    const { items } = await desk.call<{ items: object[] }>("GET", "/v1/registries");
    expect(items).toContainEqual(
      expect.objectContaining({ registryId: "US-NDNCR", daysMax: 31, daysLeft: 0, numbers: 0 }),
    );
  });

  test("blocks who is on it; who leaves it may be called, and so may customers", async () => {
    const contact = await desk.contact({ phone: NEW_YORK, country: "US" });
    await desk.contact({ phone: "+13125550123", country: "US" });
    expect(await desk.list("US-NDNCR", [NEW_YORK, "+14155550100"])).toMatchObject({ contactPoints: 1 });
    expect(await answers()).toEqual(["allow opt-out-regime", "block dnc-registry-listed"]);
    await desk.relationship(contact, { lastPurchaseAt: "2026-12-01" });
    expect(await answers()).toEqual(["allow ebr-transaction", "allow opt-out-regime"]);
    await desk.relationship(contact, { lastPurchaseAt: null });
    expect(await desk.list("US-NDNCR", [])).toMatchObject({ contactPoints: 1 });
    expect(await answers()).toEqual(["allow opt-out-regime", "allow opt-out-regime"]);
  });

  test("that comes in parts counts as missing until the last one, and its numbers add up", async () => {
    await desk.contact({ phone: NEW_YORK, country: "US" });
    await desk.list("US-NDNCR", []);
    const part = async (number: string, body: object) =>
      desk.call("PUT", "/v1/registries/US-NDNCR", { asOf: NOON, numbers: [{ number }], ...body });
    expect(await part("+14155550100", { partial: true })).toMatchObject({ asOf: null });
    expect(await answers()).toEqual(["block dnc-registry-stale"]);
    await part(NEW_YORK, { append: true });
    expect(await answers()).toEqual(["block dnc-registry-listed"]);
    const { items } = await desk.call<{ items: object[] }>("GET", "/v1/registries");
    expect(items).toContainEqual(
      expect.objectContaining({ registryId: "US-NDNCR", numbers: 2, asOf: "2027-01-13T17:00:00.000Z" }),
    );
  });

  test("is stored as keyed digests; a number that becomes known later is found on it", async () => {
    await desk.list("US-NDNCR", [NEW_YORK]);
    const [stored] = await inWorkspace(desk.workspace.database, desk.workspace.workspaceId, (tx) =>
      tx.execute<{ text: string }>(sql`select string_agg(e::text, ' ') as text from registry_entry e`),
    );
    expect(stored?.text).not.toContain(NEW_YORK.slice(2));
    await desk.contact({ phone: NEW_YORK, country: "US" });
    expect(await answers()).toEqual(["block dnc-registry-listed"]);
  });

  test("of a state is asked for where the policy says so", async () => {
    await desk.contact({ phone: "+12145550123", country: "US" });
    await desk.list("US-NDNCR", []);
    expect(await answers()).toEqual(["allow opt-out-regime"]);
    await policy({ requiresStateDoNotCallLists: true });
    expect(await answers()).toEqual(["block dnc-registry-stale"]);
    await desk.list("US-TX-DNC", []);
    expect(await answers()).toEqual(["allow opt-out-regime"]);
    await desk.list("US-TX-DNC", ["+12145550123"]);
    expect(await answers()).toEqual(["block dnc-registry-listed"]);
  });
});

describe("a reassigned number", () => {
  const reassigned = (answer: string, queriedAt = NOON, status = 200) =>
    desk.call(
      "PUT",
      "/v1/reassignments",
      { number: NEW_YORK, database: "FCC-RND", answer, queriedAt, consentDate: "2026-06-01" },
      status,
    );
  /** All failing rules of the newest decision. */
  const failing = async (circumstances: Circumstances) => {
    await answers(circumstances);
    const [row] = await inWorkspace(desk.workspace.database, desk.workspace.workspaceId, (tx) =>
      tx.execute<{ failing: string[] }>(
        sql`select to_jsonb(failing) as failing from decision order by id desc limit 1`,
      ),
    );
    return row?.failing;
  };

  test("is not called until a newer answer says that it is the person's", async () => {
    await desk.contact({ phone: NEW_YORK, country: "US" });
    await desk.list("US-NDNCR", []);
    expect(await reassigned("yes", "2027-01-10T00:00:00Z")).toEqual({ recorded: true });
    expect(await answers()).toEqual(["block number-reassigned"]);
    await reassigned("no", "2027-01-09T00:00:00Z", 409);
    expect(await answers()).toEqual(["block number-reassigned"]);
    await reassigned("no");
    expect(await answers()).toEqual(["allow opt-out-regime"]);
    await reassigned("no", "2027-01-20T00:00:00Z", 422);
  });

  test("of which the database has no data counts as unchecked for recorded calls, unless the policy says otherwise", async () => {
    await desk.contact({ phone: NEW_YORK, country: "US" });
    await desk.list("US-NDNCR", []);
    const recorded = { mode: "prerecorded", scriptVersion: "v1" };
    await reassigned("no-data");
    expect(await failing(recorded)).toEqual(["pewc-missing", "reassigned-check-missing"]);
    await policy({ reassignedNoDataBlocks: false });
    expect(await failing(recorded)).toEqual(["pewc-missing"]);
  });
});

describe("who calls and what about", () => {
  test("without a number to call back or a script nobody is called", async () => {
    await desk.contact({ phone: NEW_YORK, country: "US" });
    await desk.list("US-NDNCR", []);
    await desk.sender({ callerId: null });
    expect(await answers()).toEqual(["block caller-id-missing"]);
    await desk.sender({ callerId: "+12125550199" });
    expect(await answers({ mode: "live-manual" })).toEqual(["block script-missing"]);
    expect(await answers()).toEqual(["allow opt-out-regime"]);
  });

  test("a predictive dialler needs the consent of recorded calls where the policy says so", async () => {
    await desk.contact({ phone: NEW_YORK, country: "US" });
    await desk.list("US-NDNCR", []);
    const predictive = { mode: "predictive", scriptVersion: "v1" };
    // Nothing measures the dialler's abandoned calls yet, and a rate that is not known is too high.
    expect(await answers(predictive)).toEqual(["block abandonment-cap"]);
    await policy({ predictiveIsAutomated: true });
    expect(await answers(predictive)).toEqual(["block pewc-missing"]);
  });

  test("customers in Spain are called on an assessment where the policy says so, with its prefix if it must be", async () => {
    await clockAt("2027-01-13T11:00:00Z");
    const contact = await desk.contact({ phone: "+34910000123", country: "ES" });
    await desk.list("ES-ROBINSON", []);
    await desk.relationship(contact, {
      lastPurchaseAt: "2026-12-01",
      similarProducts: true,
      refusedAtCollection: false,
    });
    const assessed = { ...LIVE_CALL, liaId: "LIA-7" };
    expect(await answers(assessed)).toEqual(["block consent-missing"]);
    await policy({ allowsLegitimateInterestCalls: true });
    expect(await answers()).toEqual(["block lia-missing"]);
    expect(await answers(assessed)).toEqual(["allow legitimate-interest-call"]);
    await policy({ spanishCommercialPrefix: true });
    expect(await answers(assessed)).toEqual(["block caller-id-missing"]);
    await desk.sender({ callerId: "+34400123456" });
    expect(await answers(assessed)).toEqual(["allow legitimate-interest-call"]);
  });

  test("a contract that runs permits a call about it in France", async () => {
    await clockAt("2027-01-13T10:00:00Z");
    const contact = await desk.contact({ phone: "+33140000123", country: "FR" });
    const about = { ...LIVE_CALL, relatedToContract: true };
    expect(await answers(about)).toEqual(["block consent-missing"]);
    await desk.relationship(contact, { contractInForce: true });
    expect(await answers(about)).toEqual(["allow running-contract"]);
    expect(await answers()).toEqual(["block consent-missing"]);
  });
});

test("a call to the EU with a machine's voice needs a script that says so", async () => {
  await clockAt("2027-01-13T10:00:00Z");
  const contact = await desk.contact({ phone: "+390612345678", country: "IT" });
  await desk.list("IT-RPO", []);
  const spoken = (voice: Circumstances) => answers({ ...LIVE_CALL, ...voice });
  expect(contact.id).toEqual(expect.any(String));
  expect(await spoken({})).toEqual(["allow opt-out-regime"]);
  expect(await spoken({ artificialVoice: true })).toEqual(["block script-missing"]);
  expect(await spoken({ artificialVoice: true, disclosesArtificialVoice: true })).toEqual([
    "allow opt-out-regime",
  ]);
});
