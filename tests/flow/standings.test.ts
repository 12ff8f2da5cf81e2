import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { inWorkspace } from "#db/database";
import { appendConsentEvents, type ConsentEventDraft } from "#db/queries/consent-events";
import { addSuppressions } from "#db/queries/suppressions";
import { expireConsents } from "#flow/consent/expire-consents";
import { findContacts } from "#flow/contacts/contacts";
import { createPurpose } from "#flow/senders/create-sender";
import { createNotice } from "#flow/senders/publish-notice";
import { mintUnsubscribeToken } from "#flow/stops/unsubscribe-token";
import { randomFrom } from "../ledger/ledger-bed.ts";
import { type TestApi, testApi } from "../support/api.ts";
import { setClockAhead } from "../support/clock.ts";
import { testConsole } from "../support/console.ts";
import { ledgerOf, postForm, preferencePath } from "../support/front-door.ts";
import { DAY_MS, type LawDesk, openLawDesk } from "../support/law.ts";
import { TEST_SECRETS } from "../support/product.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

const PEOPLE = 48;
let database: TestDatabase;
let desk: LawDesk;
let api: TestApi;
/** Purposes by their own lifetime in days; each has a notice by email. */
const purposes: { id: string; noticeId: string }[] = [];
const people: { email: string; id: string; pointId: string; gateId: number }[] = [];

beforeAll(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  desk = await openLawDesk(database.ownerUrl);
  api = testApi(desk.workspace, database.ownerUrl);
  const { deps, workspaceId, senderId, purposeId, noticeId } = desk.workspace;
  purposes.push({ id: purposeId, noticeId });
  for (const days of [45, 900]) {
    const purpose = await createPurpose(deps, {
      workspaceId,
      actor: "test",
      senderId,
      key: `for-${days}-days`,
      name: `For ${days} days`,
      description: "News",
      dpvTerm: "dpv:DirectMarketing",
      kind: "marketing",
      consentLifetimeDays: days,
    });
    if (purpose.kind !== "created") throw new Error("no purpose");
    const notice = await createNotice(deps, {
      workspaceId,
      actor: "test",
      purposeId: purpose.record.id,
      channel: "email",
      version: "1",
      language: "en",
      wording: "Email me",
    });
    if (notice.kind !== "created") throw new Error("no notice");
    purposes.push({ id: purpose.record.id, noticeId: notice.record.id });
  }
  for (let number = 0; number < PEOPLE; number += 1) {
    const email = `p${number}@example.com`;
    const place = number % 4 === 0 ? { country: "US", region: "US-NY" } : { country: "DE" };
    const { id } = await desk.contact({ email, ...place });
    const [found] = await findContacts(deps.database, deps.keys, workspaceId, { email });
    const point = found?.record.points[0];
    if (point === undefined) throw new Error("no point");
    people.push({ email, id, pointId: point.id, gateId: point.gateId });
  }
  await writeHistories();
});
afterAll(async () => {
  await desk.close();
  await database.drop();
});

/** A history of up to six events for everybody, out of a seed: any order, with and without proof, date and lift. */
async function writeHistories(): Promise<void> {
  const random = randomFrom(20_261_124);
  const { workspaceId, senderId, database: connection } = desk.workspace;
  const now = (await desk.now()).getTime();
  const types = [
    "given",
    "given",
    "given",
    "confirmed",
    "renewed",
    "withdrawn",
    "refused",
    "requested",
  ] as const;
  for (const person of people) {
    const drafts = Array.from({ length: random(7) }, (): ConsentEventDraft => {
      const purpose = purposes[random(purposes.length)];
      const type = types[random(types.length)] ?? "given";
      if (purpose === undefined) throw new Error("no purpose");
      const occurredAt = new Date(now - (1 + random(1_150)) * DAY_MS);
      const isGrant = type === "given" || type === "confirmed" || type === "renewed";
      return {
        gateId: person.gateId,
        channel: "email",
        type,
        contactId: person.id,
        contactPointId: isGrant ? person.pointId : null,
        senderId,
        purposeId: purpose.id,
        occurredAt,
        method: "web-form",
        actor: "person",
        claimed: false,
        lifts: isGrant && random(2) === 0,
        noticeId: random(5) === 0 ? null : purpose.noticeId,
        expiresAt: isGrant && random(6) === 0 ? new Date(occurredAt.getTime() + random(600) * DAY_MS) : null,
        campaignId: null,
        suppressionKind: null,
        payload: {},
        personKey: null,
      };
    });
    const isStopped = random(9) === 0;
    await inWorkspace(connection, workspaceId, async (tx) => {
      await appendConsentEvents(tx, TEST_SECRETS.master, workspaceId, drafts);
      if (!isStopped) return;
      const at = new Date(now - DAY_MS);
      const [event] = await appendConsentEvents(tx, TEST_SECRETS.master, workspaceId, [
        {
          gateId: person.gateId,
          channel: "email",
          type: "suppressed",
          contactId: person.id,
          contactPointId: null,
          senderId: null,
          purposeId: null,
          occurredAt: at,
          method: "link",
          actor: "person",
          claimed: false,
          lifts: false,
          noticeId: null,
          expiresAt: null,
          campaignId: null,
          suppressionKind: "unsubscribe",
          payload: {},
          personKey: null,
        },
      ]);
      await addSuppressions(tx, workspaceId, [
        {
          gateId: person.gateId,
          kind: "unsubscribe",
          senderId: null,
          contactId: person.id,
          at,
          eventId: event?.id ?? 0,
        },
      ]);
    });
  }
}

/** Whom a real screening of a new campaign allows, as `email purpose`. */
async function allowedByGate(count = PEOPLE): Promise<Set<string>> {
  const { workspaceId, senderId, database: connection } = desk.workspace;
  const allowed = new Set<string>();
  for (const purpose of purposes) {
    const content = { subject: "News", html: "<p>News</p>" };
    const { id } = await desk.call("POST", "/v1/campaigns", {
      name: "Everybody",
      senderId,
      purposeId: purpose.id,
      content,
    });
    await desk.screened(id);
    const rows = await inWorkspace(connection, workspaceId, (tx) =>
      tx.execute<{ contactId: string; verdict: string }>(sql`
        select r.contact_id as "contactId", d.verdict from recipient r
        join decision d on d.recipient_id = r.id and d.campaign_id = r.campaign_id
        where r.campaign_id = ${id}::uuid`),
    );
    expect(rows).toHaveLength(count);
    for (const row of rows) if (row.verdict === "allow") allowed.add(`${row.contactId} ${purpose.id}`);
  }
  return allowed;
}

/** Whom the API says permission stands for, and the boxes that are ticked on people's own pages. */
async function shown(): Promise<{ byApi: Set<string>; onPages: Set<string> }> {
  const byApi = new Set<string>();
  const onPages = new Set<string>();
  for (const person of people) {
    const { items } = await desk.call<{
      items: { purposeId: string; isPermitted: boolean; heldBy: unknown }[];
    }>("GET", `/v1/contacts/${person.id}/permissions`);
    expect(items).toHaveLength(purposes.length);
    for (const item of items)
      if (item.isPermitted && item.heldBy === null) byApi.add(`${person.id} ${item.purposeId}`);
    const page = await (await api.app.request(await preferencePath(desk.workspace, person.email))).text();
    for (const [, purposeId] of page.matchAll(/<input type="checkbox" id="([^".]+)\.[^"]+"[^>]*\schecked/g))
      onPages.add(`${person.id} ${purposeId}`);
  }
  return { byApi, onPages };
}

describe("the API and people's own pages say what the gate decides", () => {
  test.each([
    ["consent for two years", { consentMonths: 24 }, "consent-only"],
    ["consent for three months", { consentMonths: 3 }, "consent-only"],
    ["consent for five years: what had lapsed counts again", { consentMonths: 60 }, "consent-only"],
    ["the law, which in places asks for no consent", { consentMonths: 12 }, "law"],
  ])("under a policy of %s", async (_name, policy, legalBasis) => {
    await desk.call("PATCH", "/v1/policy", policy);
    await desk.sender({ legalBasis });
    const gate = await allowedByGate();
    const { byApi, onPages } = await shown();
    expect([...byApi].sort()).toEqual([...gate].sort());
    expect([...onPages].sort()).toEqual([...gate].sort());
    // Neither all nor nobody: the comparison has something to compare.
    expect(gate.size).toBeGreaterThan(3);
    expect(gate.size).toBeLessThan(PEOPLE * purposes.length - 10);
  });

  test("a year later too, before and after the lapses are on record", async () => {
    await desk.call("PATCH", "/v1/policy", { consentMonths: 24 });
    await desk.sender({ legalBasis: "consent-only" });
    await setClockAhead(database.ownerUrl, 300 * DAY_MS);
    try {
      const before = await allowedByGate();
      const { byApi, onPages } = await shown();
      expect([...byApi].sort()).toEqual([...before].sort());
      expect([...onPages].sort()).toEqual([...before].sort());
      expect(await expireConsents(desk.workspace.deps)).toBeGreaterThan(0);
      expect([...(await allowedByGate())].sort()).toEqual([...before].sort());
      expect([...(await shown()).byApi].sort()).toEqual([...before].sort());
    } finally {
      await setClockAhead(database.ownerUrl, 0);
    }
  });
});

describe("one person", () => {
  let contact: Awaited<ReturnType<LawDesk["contact"]>>;
  let email = "";
  let number = 0;
  const standing = async () => {
    const { items } = await desk.call<{ items: Record<string, unknown>[] }>(
      "GET",
      `/v1/contacts/${contact.id}/permissions`,
    );
    return items.find((item) => item["purposeId"] === desk.workspace.purposeId);
  };
  const nextPerson = async (place: object) => {
    number += 1;
    email = `single${number}@example.com`;
    contact = await desk.contact({ email, ...place });
  };

  test("lapses by policy without an event, on every page, in the receipt, and back when the policy is changed back", async () => {
    await desk.call("PATCH", "/v1/policy", { consentMonths: 24 });
    await desk.sender({ legalBasis: "consent-only" });
    await nextPerson({ country: "DE" });
    await desk.consent(contact, 200);
    const staff = await testConsole(desk.workspace, database.ownerUrl);
    const contactPage = async () => (await staff.get(`/contacts/${contact.id}`)).text();
    const ownPage = async () => (await api.app.request(await preferencePath(desk.workspace, email))).text();
    const validity = async () => {
      const path = `/v1/contacts/${contact.id}/receipts`;
      const { items } = await desk.call<{ items: { event: { validity: string } }[] }>("GET", path);
      return items.map((receipt) => receipt.event.validity);
    };
    expect(await standing()).toMatchObject({ status: "yes", isPermitted: true });
    expect(await ownPage()).toMatch(/On since .*; ends on /);
    expect(await validity()).toEqual(["P24M"]);

    await desk.call("PATCH", "/v1/policy", { consentMonths: 6 });
    expect(await standing()).toMatchObject({
      status: "lapsed",
      isPermitted: false,
      reason: "consent-expired",
    });
    expect(await contactPage()).toContain("Lapsed");
    expect(await ownPage()).toContain("has lapsed");
    expect(await validity()).toEqual(["P6M"]);
    await expireConsents(desk.workspace.deps);
    expect(await ledgerOf(desk.workspace, email)).toEqual(["given newsletter email"]);

    await desk.call("PATCH", "/v1/policy", { consentMonths: 24 });
    expect(await standing()).toMatchObject({ status: "yes" });
    expect(await contactPage()).not.toContain("Lapsed");
  });

  test.each([
    ["the link of a message", "link"],
    ["the person's own page", "page"],
    ["the API", "api"],
  ])("whom the law lets one write to is stopped by %s, and stays so", async (_name, way) => {
    await desk.sender({ legalBasis: "law" });
    await nextPerson({ country: "US", region: "US-NY" });
    expect(await standing()).toMatchObject({ status: "by-law", reason: "opt-out-regime" });
    const { workspaceId, purposeId } = desk.workspace;
    const [found] = await findContacts(desk.workspace.database, desk.workspace.deps.keys, workspaceId, {
      email,
    });
    const point = found?.record.points[0];
    if (way === "link") {
      const { id: campaignId } = await desk.call("POST", "/v1/campaigns", {
        name: "Link",
        senderId: desk.workspace.senderId,
        purposeId,
        content: { subject: "News", html: "<p>News</p>" },
      });
      const token = mintUnsubscribeToken(TEST_SECRETS.token, {
        workspaceId,
        purposeId,
        campaignId,
        contactId: contact.id,
        gateId: point?.gateId ?? 0,
      });
      expect((await postForm(api, `/u/${token}`, { scope: "topic" })).status).toBe(200);
    } else if (way === "page") {
      const path = await preferencePath(desk.workspace, email);
      const boxes = [
        ...(await (await api.app.request(path)).text()).matchAll(/name="shown" value="([^"]+)"/g),
      ];
      const shownBoxes = boxes.map(([, box]) => box ?? "");
      expect(shownBoxes.length).toBeGreaterThan(0);
      await postForm(api, path, { act: "save", shown: shownBoxes, on: [] });
    } else {
      await desk.call("POST", "/v1/consents", {
        contactPointId: point?.id,
        purposeId,
        act: "withdraw",
        occurredAt: (await desk.now()).toISOString(),
        method: "support",
      });
    }
    expect(await standing()).toMatchObject({ status: "withdrawn", reason: "consent-withdrawn" });
    expect(await allowedByGate(PEOPLE + number)).not.toContain(`${contact.id} ${purposeId}`);
  });
});
