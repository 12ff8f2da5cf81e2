import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { redeem } from "#db/queries/redeem";
import type { PermittedRecipient } from "#flow/gate/screen";
import { setClockAhead } from "../support/clock.ts";
import { type LawDesk, LIVE_CALL, openLawDesk } from "../support/law.ts";
import { takeOverList } from "../support/registry-file.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

const PHONE = "+12125550123";
const NOON = "2027-01-13T17:00:00Z";

let database: TestDatabase;
let desk: LawDesk;
let contactId = "";
let sourceId = "";

beforeAll(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
});
beforeEach(async () => {
  await setClockAhead(database.ownerUrl, Date.parse(NOON) - Date.now());
  desk = await openLawDesk(database.ownerUrl);
  await desk.sender({ legalBasis: "law", callerId: "+12125550199" });
  const source = { key: "fair", name: "Fair", kind: "csv-import" };
  sourceId = (await desk.call("POST", "/v1/sources", source)).id;
  await desk.call("POST", `/v1/sources/${sourceId}/verify`, { note: "Saw the form" });
  const person = { email: "ann@example.com", phone: PHONE, country: "US", sourceId };
  contactId = (await desk.contact(person)).id;
  await desk.list("US-NDNCR", []);
});
afterEach(() => desk.close());
afterAll(() => database.drop());

/** What the redeem statement says to the permit a worker holds. */
async function redeemed([held]: readonly PermittedRecipient[]): Promise<string | undefined> {
  if (held === undefined) throw new Error("nobody was permitted");
  const { permit } = held;
  const { workspaceId } = desk.workspace;
  const answers = await redeem(desk.workspace.database, {
    workspaceId,
    workerSession: randomUUID(),
    asks: [permit],
    cap: "none",
  });
  return answers.get(permit.permitId);
}

type Change = readonly [name: string, change: () => Promise<unknown>];
const list = (numbers: readonly string[], more: object = {}) =>
  desk.call("PUT", "/v1/registries/US-NDNCR", {
    asOf: NOON,
    numbers: numbers.map((number) => ({ number })),
    ...more,
  });

const listFile = (mode: "replace" | "add", number: string) => {
  const { deps, workspaceId } = desk.workspace;
  return takeOverList({ deps, workspaceId, mode, asOf: new Date(NOON) }, `${number}\n`);
};

const CHANGES: readonly Change[] = [
  ["the workspace's policy", () => desk.call("PATCH", "/v1/policy", { consentMonths: 12 })],
  ["the sender's legal basis", () => desk.sender({ legalBasis: "consent-only" })],
  ["the sender's own policy", () => desk.sender({ policy: { consentMonths: 12 } })],
  ["the sender's standing as a bulk sender", () => desk.sender({ isBulkSender: true })],
  ["the sender's number", () => desk.sender({ callerId: null })],
  ["the sender's postal address", () => desk.sender({ postalAddress: "Elsewhere 1" })],
  ["a source", () => desk.call("POST", `/v1/sources/${sourceId}/unverify`, {})],
  ["a contact's source", () => desk.call("PATCH", `/v1/contacts/${contactId}`, { sourceId: null })],
  [
    "a contact's opt-out signal",
    () => desk.call("PATCH", `/v1/contacts/${contactId}`, { optOutSignalAt: "2027-01-01T00:00:00Z" }),
  ],
  [
    "a relationship",
    () =>
      desk.call("PUT", `/v1/contacts/${contactId}/relationships/${desk.workspace.senderId}`, {
        contractInForce: true,
      }),
  ],
];
const CHANGES_OF_NUMBERS: readonly Change[] = [
  ["a list that the number is now on", () => list([PHONE])],
  ["a list that is being replaced", () => list([], { partial: true })],
  ["a file of the list, which has the number", () => listFile("replace", PHONE)],
  ["a file of numbers that come to the list", () => listFile("add", PHONE)],
  [
    "an answer about the number",
    () =>
      desk.call("PUT", "/v1/reassignments", {
        number: PHONE,
        database: "FCC-RND",
        answer: "yes",
        queriedAt: "2027-01-12T00:00:00Z",
        consentDate: "2026-01-01",
      }),
  ],
];

describe("a permit given before a change of", () => {
  test.each(CHANGES)("%s cannot be redeemed, by email", async (_name, change) => {
    const permits = await desk.screened(await desk.campaign("email"));
    await change();
    expect(await redeemed(permits)).toBe("stale");
  });

  test.each([...CHANGES, ...CHANGES_OF_NUMBERS])("%s cannot be redeemed, by phone", async (_name, change) => {
    const permits = await desk.screened(await desk.campaign("phone", LIVE_CALL));
    await change();
    expect(await redeemed(permits)).toBe("stale");
  });
});

describe("a permit is redeemed", () => {
  const UNCHANGED: readonly Change[] = [
    ["when nothing was changed", async () => undefined],
    ["when a setting was set to what it was", () => desk.sender({ legalBasis: "law", isBulkSender: false })],
    ["when a list came anew and the number is on it no more than before", () => list(["+14155550100"])],
    ["when a file of the list came and the number is not in it", () => listFile("replace", "+14155550100")],
    [
      "when a contact's source was said again",
      () => desk.call("POST", `/v1/sources/${sourceId}/verify`, { note: "Saw the form" }),
    ],
  ];
  test.each(UNCHANGED)("%s", async (_name, change) => {
    const permits = await desk.screened(await desk.campaign("phone", LIVE_CALL));
    await change();
    expect(await redeemed(permits)).toBe("redeemed");
  });
});

test("a change of policy waits for what is on the wire and says how much is left", async () => {
  expect(await redeemed(await desk.screened(await desk.campaign("email")))).toBe("redeemed");
  expect(await desk.call("PATCH", "/v1/policy", { consentMonths: 12 })).toMatchObject({ inFlight: 1 });
});
