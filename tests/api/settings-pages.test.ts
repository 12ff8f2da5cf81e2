import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { POLICY_SETTINGS } from "#core/policy";
import { inWorkspace } from "#db/database";
import { STAFF_EMAIL, type TestConsole, testConsole } from "../support/console.ts";
import { DAY_MS, type LawDesk, openLawDesk } from "../support/law.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

let database: TestDatabase;
let desk: LawDesk;
let staff: TestConsole;

beforeAll(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  desk = await openLawDesk(database.ownerUrl);
  staff = await testConsole(desk.workspace, database.ownerUrl);
});
afterAll(async () => {
  await desk.close();
  await database.drop();
});

const inOwn = <T>(work: Parameters<typeof inWorkspace<T>>[2]) =>
  inWorkspace(desk.workspace.database, desk.workspace.workspaceId, work);
const text = async (path: string) => (await staff.get(path)).text();
/** What must not move while nothing is changed. */
const trace = async () => {
  const [row] = await inOwn((tx) =>
    tx.execute<{ epoch: number; audits: number; stops: number }>(sql`
      select policy_epoch as epoch, policy, (select count(*)::int from audit_entry) as audits,
        (select count(*)::int from stop_entry) as stops, (select jsonb_agg(s.policy || jsonb_build_object('basis',
        s.legal_basis)) from sender s) as senders from workspace`),
  );
  if (row === undefined) throw new Error("there is no workspace");
  return row;
};
const as = async (role: "owner" | "marketer" | "viewer") => {
  await inOwn((tx) => tx.execute(sql`update member set role = ${role}`));
};

describe("a setting of the workspace", () => {
  test("is shown with its value, default and origin, and every one has a page that changes it", async () => {
    const page = await text("/settings");
    for (const { key, asks } of POLICY_SETTINGS) {
      expect(page).toContain(`<code>${key}</code>`);
      expect(page).toContain(asks.replaceAll("'", "&#39;"));
      const status = (await staff.get(`/settings/${key}`)).status;
      // The legal basis is chosen on each sender.
      expect({ key, status }).toEqual({ key, status: key === "legalBasis" ? 404 : 200 });
    }
    expect((await staff.get("/settings/mood")).status).toBe(404);
  });

  test("is changed only when what it will do was seen; the change is audited and bumps the epoch", async () => {
    const campaign = await desk.campaign("email");
    await desk.call("POST", `/v1/campaigns/${campaign}/schedule`, { at: "2031-01-01T00:00:00Z" }, 200);
    await desk.sender({ policy: { consentMonths: 3 } });
    const before = await trace();
    const preview = await staff.post("/settings/consentMonths", { value: "12" });
    const shown = await preview.text();
    expect(shown).toMatch(/<b>24<\/b>\s*becomes\s*<b>12<\/b>/);
    // The only campaign under way belongs to a sender that keeps its own value.
    expect(shown).toContain("No campaign is scheduled or sending that it would change");
    expect(shown).toContain("Acme GmbH: not changed");
    expect(await trace()).toEqual(before);

    const changed = await staff.post("/settings/consentMonths", { value: "12", confirmed: "yes" });
    expect([changed.status, changed.headers.get("location")]).toEqual([303, "/settings?inFlight=0"]);
    const after = await trace();
    expect(after).toMatchObject({
      policy: { consentMonths: 12 },
      epoch: before.epoch + 1,
      stops: before.stops + 1,
    });
    const page = await text("/settings?inFlight=0");
    expect(page).toContain(STAFF_EMAIL);
    expect(page).toContain("<strong>Changed.</strong>");
    expect(await text("/settings/consentMonths")).toMatch(
      /no own value became\s*<b>12<\/b>, by staff@consentry/,
    );
    expect(await text("/rules")).toMatch(/consentMonths<\/code>.*?<b>12<\/b>/s);

    await staff.post("/settings/consentMonths", { value: "", confirmed: "yes" });
    expect(await trace()).toMatchObject({ policy: {}, epoch: before.epoch + 2 });
    await desk.sender({ policy: { consentMonths: null } });
    const touching = await (await staff.post("/settings/consentMonths", { value: "6" })).text();
    expect(touching).toContain("1 campaign is not over");
    expect(touching).toContain(`href="/campaigns/${campaign}"`);
  });

  test.each([
    ["consentMonths", "0"],
    ["consentMonths", "many"],
    ["softOptInNegotiation", "GB, Germany"],
    ["softOptInFreeTier", "RO RO"],
    ["blocksMinorsUnder18", "perhaps"],
    ["spamRateCeiling", "5"],
  ])("%s is not set to %j, not even when it is confirmed", async (key, value) => {
    const before = await trace();
    const answer = await staff.post(`/settings/${key}`, { value, confirmed: "yes" });
    expect(answer.status).toBe(422);
    expect(await answer.text()).toContain("Nothing was changed.");
    expect(await trace()).toEqual(before);
  });

  test.each([
    ["softOptInNegotiation", "gb de", ["GB", "DE"], "GB, DE"],
    ["softOptInFreeTier", "nowhere", [], "nowhere"],
    ["blocksMinorsUnder18", "yes", true, "yes"],
    ["spamRateCeiling", "0.25", 0.0025, "0.25 %"],
    ["spamRateCeiling", "0.1", 0.001, "0.1 %"],
  ])("%s takes %j", async (key, value, stored, shown) => {
    await staff.post(`/settings/${key}`, { value, confirmed: "yes" });
    expect(await trace()).toMatchObject({ policy: { [key]: stored } });
    expect(await text(`/settings/${key}`)).toContain(`in force: ${shown}`);
    await staff.post(`/settings/${key}`, { value: "", confirmed: "yes" });
  });

  test("is changed by an owner alone, and by no other site", async () => {
    const before = await trace();
    for (const role of ["marketer", "viewer"] as const) {
      await as(role);
      const answer = await staff.post("/settings/consentMonths", { value: "9", confirmed: "yes" });
      expect([role, answer.status]).toEqual([role, 403]);
    }
    await as("owner");
    const foreign = await staff.api.app.request("/settings/consentMonths", {
      method: "POST",
      headers: { origin: "https://evil.example" },
      body: new URLSearchParams({ value: "9", confirmed: "yes" }),
    });
    expect(foreign.status).toBe(403);
    expect(await trace()).toEqual(before);
  });
});

test("the legal basis law is switched on per sender, on purpose, after a warning, and then the gate asks the law", async () => {
  await desk.contact({ email: `corp.${randomUUID()}@example.com`, country: "US" });
  expect(await desk.answers("email")).toContain("block consent-missing");
  const path = `/settings/senders/${desk.workspace.senderId}/legalBasis`;
  const before = await trace();
  const warned = await (await staff.post(path, { value: "law" })).text();
  expect(warned).toContain("People who never agreed may then be contacted by Acme GmbH");
  expect(warned).toContain("Let the law permit contact for Acme GmbH");
  expect(await trace()).toEqual(before);
  expect((await staff.post(path, { value: "anything", confirmed: "yes" })).status).toBe(422);
  expect((await staff.post(path, { value: "law", confirmed: "yes" })).status).toBe(303);
  expect(await desk.answers("email")).not.toContain("block consent-missing");
  expect(await text("/rules")).toContain("legalBasis law");
  expect(await text("/settings")).toContain("What the law of the place allows");
  await staff.post(path, { value: "consent-only", confirmed: "yes" });
  expect(await desk.answers("email")).toContain("block consent-missing");
});

describe("a source of data", () => {
  test("begins unverified, is verified with what was seen, and one press takes that back", async () => {
    const made = await staff.post("/settings/sources", {
      name: "Fair 2026",
      key: "fair-2026",
      kind: "purchased-list",
      vendor: "Lists Ltd",
    });
    expect(made.status).toBe(303);
    const id = /\/settings\/sources\/([0-9a-f-]{36})/.exec(await text("/settings/sources"))?.[1] ?? "";
    await desk.contact({ email: `fair.${randomUUID()}@example.com`, sourceId: id });
    expect(await text(`/settings/sources/${id}`)).toContain("1 contact is from this source");
    expect((await staff.post(`/settings/sources/${id}/verify`, { note: " " })).status).toBe(422);
    expect(await text("/settings/sources")).toContain("Not verified");
    const before = await trace();
    const verified = await staff.post(`/settings/sources/${id}/verify`, { note: "Saw the form, file 7" });
    expect(verified.headers.get("location")).toBe("/settings/sources?inFlight=0");
    const page = await text("/settings/sources");
    expect(page).toContain("Saw the form, file 7");
    expect(page).toContain(STAFF_EMAIL);
    expect((await trace()).epoch).toBe(before.epoch + 1);
    await staff.post(`/settings/sources/${id}/unverify`, {});
    expect(await text("/settings/sources")).toContain("Not verified");
    expect((await trace()).epoch).toBe(before.epoch + 2);
  });

  test("of a taken or unreadable key is not added, and only an owner verifies", async () => {
    const source = { name: "Again", key: "again", kind: "csv-import", vendor: "" };
    await staff.post("/settings/sources", source);
    const again = await staff.post("/settings/sources", source);
    expect([again.status, (await again.text()).includes("is taken")]).toEqual([422, true]);
    expect((await staff.post("/settings/sources", { ...source, key: "Not A Key" })).status).toBe(422);
    expect((await staff.post("/settings/sources", { ...source, key: "b", kind: "found" })).status).toBe(422);
    const { items } = await desk.call<{ items: { id: string; key: string }[] }>("GET", "/v1/sources");
    const id = items.find((each) => each.key === "again")?.id ?? "";
    await as("marketer");
    expect((await staff.post(`/settings/sources/${id}/verify`, { note: "x" })).status).toBe(403);
    await as("owner");
    for (const wrong of [randomUUID(), "x"]) {
      expect((await staff.post(`/settings/sources/${wrong}/verify`, { note: "x" })).status).toBe(404);
      expect((await staff.get(`/settings/sources/${wrong}`)).status).toBe(404);
    }
  });
});

test("each do-not-call list says whether its copy may be relied on", async () => {
  const at = (days: number) => new Date(Date.now() - days * DAY_MS).toISOString();
  await desk.call("PUT", "/v1/registries/US-NDNCR", { asOf: at(1), numbers: [{ number: "+12125550123" }] });
  await desk.call("PUT", "/v1/registries/GB-TPS", { asOf: at(300), numbers: [] });
  const page = await text("/settings/registries");
  const row = (id: string) => new RegExp(`<code>${id}</code>.*?</tr>`, "s").exec(page)?.[0];
  expect(row("US-NDNCR")).toMatch(/Fresh, \d+ days left/);
  expect(row("GB-TPS")).toMatch(/Too old by \d+ days/);
  // France asks for consent since August 2026 and keeps no list any more.
  expect(row("FR-BLOCTEL")).toContain("Not needed since 10 Aug 2026");
  expect(row("CA-NDNCL")).toContain("No whole copy");
});
