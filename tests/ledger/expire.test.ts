import { sql } from "drizzle-orm";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { inWorkspace } from "#db/database";
import { readConsentEvents } from "#db/queries/consent-events";
import { expireConsents } from "#flow/consent/expire-consents";
import { recordConsent } from "#flow/consent/record-consent";
import { findContacts } from "#flow/contacts/contacts";
import { setClockAhead } from "../support/clock.ts";
import { consentedCsv, createWorkspace, importCsv, type TestWorkspace } from "../support/product.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

const DAY_MS = 86_400_000;
let database: TestDatabase;
let workspace: TestWorkspace;

beforeEach(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  workspace = await createWorkspace(database.ownerUrl);
  await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
    tx.execute(sql`update purpose set consent_lifetime_days = 30`),
  );
  // Given yesterday.
  await importCsv(workspace, consentedCsv(3));
});
afterEach(async () => {
  await workspace.close();
  await database.drop();
});

async function pointOf(number: number) {
  const [found] = await findContacts(workspace.database, workspace.deps.keys, workspace.workspaceId, {
    email: `person${number}@example.com`,
  });
  const point = found?.record.points[0];
  if (point === undefined) throw new Error("a test person is missing");
  return point;
}
const history = async (number: number) => {
  const { gateId } = await pointOf(number);
  const events = await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
    readConsentEvents(tx, [gateId]),
  );
  return events.map((event) => event.type);
};
const say = async (number: number, act: "grant" | "withdraw", occurredAt: Date) =>
  recordConsent(workspace.deps, {
    workspaceId: workspace.workspaceId,
    contactPointId: (await pointOf(number)).id,
    purposeId: workspace.purposeId,
    act,
    occurredAt,
    method: "web-form",
    evidence: {},
    noticeId: workspace.noticeId,
    actor: "person",
    claimed: false,
    byThePerson: true,
  });

test("a consent whose time is over gets one event that says so, at the instant it lapsed", async () => {
  await setClockAhead(database.ownerUrl, 28 * DAY_MS);
  expect(await expireConsents(workspace.deps)).toBe(0);
  await setClockAhead(database.ownerUrl, 30 * DAY_MS);
  const [once, again] = await Promise.all([expireConsents(workspace.deps), expireConsents(workspace.deps)]);
  expect((once ?? 0) + (again ?? 0)).toBe(3);
  expect(await expireConsents(workspace.deps)).toBe(0);
  expect(await history(1)).toEqual(["given", "expired"]);
  const { gateId } = await pointOf(1);
  const [given, expired] = await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
    readConsentEvents(tx, [gateId]),
  );
  expect((expired?.occurredAt.getTime() ?? 0) - (given?.occurredAt.getTime() ?? 0)).toBe(30 * DAY_MS);
});

test("a consent that was renewed or withdrawn in time does not expire; renewed later it expires later", async () => {
  const later = new Date(Date.now() + 20 * DAY_MS);
  await setClockAhead(database.ownerUrl, 20 * DAY_MS + 1_000);
  await say(1, "grant", later);
  await say(2, "withdraw", later);
  await setClockAhead(database.ownerUrl, 31 * DAY_MS);
  expect(await expireConsents(workspace.deps)).toBe(1);
  expect([await history(1), await history(2), await history(3)]).toEqual([
    ["given", "renewed"],
    ["given", "withdrawn"],
    ["given", "expired"],
  ]);
  await setClockAhead(database.ownerUrl, 51 * DAY_MS);
  expect(await expireConsents(workspace.deps)).toBe(1);
  expect(await history(1)).toEqual(["given", "renewed", "expired"]);
});
