import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { inWorkspace } from "#db/database";
import { redeem } from "#db/queries/redeem";
import type { PermittedRecipient } from "#flow/gate/screen";
import { type LawDesk, openLawDesk } from "../support/law.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

let database: TestDatabase;
let desk: LawDesk;
let ann: Awaited<ReturnType<LawDesk["contact"]>>;

beforeAll(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
});
beforeEach(async () => {
  desk = await openLawDesk(database.ownerUrl);
  ann = await desk.contact({ email: "ann@example.com", country: "DE" });
  await desk.consent(ann);
});
afterEach(() => desk.close());
afterAll(() => database.drop());

interface Published {
  readonly id: string;
  readonly meaning: number;
  readonly inFlight: number;
}

const notice = (version: string, more: object = {}) => ({
  purposeId: desk.workspace.purposeId,
  channel: "email",
  version,
  language: "en",
  wording: `The words of ${version}`,
  ...more,
});
const publish = (version: string, more: object = {}, status = 201) =>
  desk.call<Published>("POST", "/v1/notices", notice(version, more), status);

async function redeemed([held]: readonly PermittedRecipient[]): Promise<string | undefined> {
  if (held === undefined) throw new Error("nobody was permitted");
  const answers = await redeem(desk.workspace.database, {
    workspaceId: desk.workspace.workspaceId,
    workerSession: randomUUID(),
    asks: [held.permit],
    cap: "none",
  });
  return answers.get(held.permit.permitId);
}

async function stored() {
  const [row] = await inWorkspace(desk.workspace.database, desk.workspace.workspaceId, (tx) =>
    tx.execute<{ notices: number; epoch: number }>(sql`
      select (select count(*)::int from notice) as notices, policy_epoch as epoch from workspace`),
  );
  if (row === undefined) throw new Error("there is no workspace");
  return row;
}

describe("a version that changes what people agreed to", () => {
  test("blocks who agreed to the one before, even with a permit out, until they agree to the new one", async () => {
    const permits = await desk.screened(await desk.campaign("email"));
    const changed = await publish("2026-02", { changesMeaning: true });
    expect(changed).toMatchObject({ meaning: 2, inFlight: 0 });
    expect(await redeemed(permits)).toBe("stale");
    expect(await desk.answers("email")).toEqual(["block consent-notice-changed"]);
    await desk.consent(ann, 0, changed.id);
    expect(await desk.answers("email")).toEqual(["allow consent-express"]);
    expect(await redeemed(await desk.screened(await desk.campaign("email")))).toBe("redeemed");
  });

  test("does not count what was agreed to afterwards in the old words", async () => {
    await publish("2026-02", { changesMeaning: true });
    await desk.consent(ann, 0);
    expect(await desk.answers("email")).toEqual(["block consent-notice-changed"]);
  });

  test("waits for what is on the wire and says how much is left", async () => {
    expect(await redeemed(await desk.screened(await desk.campaign("email")))).toBe("redeemed");
    expect(await publish("2026-02", { changesMeaning: true })).toMatchObject({ inFlight: 1 });
  });

  test("ends consent in every language, and its translation brings it back", async () => {
    const german = await publish("2026-01", { language: "de" });
    const ben = await desk.contact({ email: "ben@example.com", country: "DE" });
    await desk.consent(ben, 1, german.id);
    await publish("2026-02", { changesMeaning: true });
    expect(await desk.answers("email")).toEqual([
      "block consent-notice-changed",
      "block consent-notice-changed",
    ]);
    const translated = await publish("2026-02", { language: "de" });
    expect(translated).toMatchObject({ meaning: 2 });
    await desk.consent(ben, 0, translated.id);
    expect((await desk.answers("email")).sort()).toEqual([
      "allow consent-express",
      "block consent-notice-changed",
    ]);
    // A translation of the old version is as old as that.
    expect(await publish("2026-01", { language: "fr" })).toMatchObject({ meaning: 1 });
  });

  test("touches neither another channel nor another purpose", async () => {
    const purpose = { senderId: desk.workspace.senderId, key: "offers", name: "Offers", description: "x" };
    const other = await desk.call("POST", "/v1/purposes", purpose);
    await publish("a", { purposeId: other.id });
    await publish("b", { purposeId: other.id, changesMeaning: true });
    await publish("a", { channel: "phone" });
    await publish("b", { channel: "phone", changesMeaning: true });
    expect(await desk.answers("email")).toEqual(["allow consent-express"]);
  });

  test("is explained: the rule, the consent it looked at, and since when the words are others", async () => {
    const campaignId = await desk.campaign("email");
    await publish("2026-02", { changesMeaning: true });
    await desk.answers("email");
    await desk.screened(campaignId);
    const { items } = await desk.call<{ items: { id: string; reason: string }[] }>(
      "GET",
      `/v1/campaigns/${campaignId}/recipients`,
    );
    expect(items[0]).toMatchObject({ reason: "consent-notice-changed" });
    const { considered } = await desk.call<{ considered: Record<string, unknown>[] }>(
      "GET",
      `/v1/recipients/${items[0]?.id}/decision`,
    );
    expect(considered.find((rule) => rule["id"] === "consent-express")).toMatchObject({
      outcome: "refused",
      reason: "consent-notice-changed",
      decisive: true,
      saw: { consents: [{ noticeChangedAt: expect.stringMatching(/^2\d{3}-.*Z$/) }] },
    });
  });

  test("published twice at once counts twice: no meaning is given to two versions", async () => {
    const both = await Promise.all(["x", "y"].map((version) => publish(version, { changesMeaning: true })));
    expect(both.map((each) => each.meaning).sort()).toEqual([2, 3]);
    const older = both.find((each) => each.meaning === 2);
    await desk.consent(ann, 0, older?.id);
    expect(await desk.answers("email")).toEqual(["block consent-notice-changed"]);
  });
});

describe("a version that means the same", () => {
  test("leaves consent and permits as they are", async () => {
    const permits = await desk.screened(await desk.campaign("email"));
    const { epoch } = await stored();
    expect(await publish("2026-02", { changesMeaning: false })).toMatchObject({ meaning: 1 });
    expect((await stored()).epoch).toBe(epoch);
    expect(await redeemed(permits)).toBe("redeemed");
    expect(await desk.answers("email")).toEqual(["allow consent-express"]);
  });
});

describe("nothing is published", () => {
  const PARTS = { collected: "a", why: "b", kept: "c", recipients: "d", withdrawal: "e" };
  test.each<[string, string, object, number, string]>([
    ["while nobody says whether the meaning changes", "2026-02", {}, 422, "/changesMeaning"],
    [
      "when a translation is said to change it",
      "2026-01",
      { language: "de", changesMeaning: true },
      422,
      "/changesMeaning",
    ],
    [
      "when a first version is said to change it",
      "1",
      { channel: "phone", changesMeaning: true },
      422,
      "/changesMeaning",
    ],
    ["when the version exists", "2026-01", { changesMeaning: false }, 409, "/version"],
    ["for a purpose of nobody", "1", { purposeId: randomUUID() }, 422, "/purposeId"],
    [
      "with an answer that is neither yes nor no",
      "2026-02",
      { changesMeaning: "no" },
      400,
      "/changesMeaning",
    ],
    ["with a statement alone", "2026-02", { wording: undefined, statement: "Yes" }, 400, "/information"],
    ["with the parts alone", "2026-02", { wording: undefined, information: PARTS }, 400, "/statement"],
    ["without words", "2026-02", { wording: undefined }, 400, "/wording"],
    ["with two kinds of words", "2026-02", { statement: "Yes", information: PARTS }, 400, "/wording"],
    [
      "with a part that is empty",
      "2026-02",
      { wording: undefined, statement: "Yes", information: { ...PARTS, kept: " " } },
      400,
      "/information/kept",
    ],
    [
      "with a part that nobody knows",
      "2026-02",
      { wording: undefined, statement: "Yes", information: { ...PARTS, price: "1" } },
      400,
      "/information/price",
    ],
  ])("%s", async (_sentence, version, more, status, path) => {
    const permits = await desk.screened(await desk.campaign("email"));
    const before = await stored();
    const { errors } = await desk.call<{ errors: { path: string }[] }>(
      "POST",
      "/v1/notices",
      notice(version, more),
      status,
    );
    expect(errors.map((each) => each.path)).toContain(path);
    expect(await stored()).toEqual(before);
    expect(await redeemed(permits)).toBe("redeemed");
  });
});

test("a notice of parts is hashed as the whole text that people read, in its language", async () => {
  const made = await publish("2026-02", {
    language: "de",
    changesMeaning: false,
    wording: undefined,
    statement: "Schicken Sie mir\n Neues",
    information: {
      collected: "Ihre Adresse",
      why: "Neuigkeiten",
      kept: "Bis zum Widerruf",
      recipients: "Niemand sonst",
      withdrawal: "Mit dem Link in jeder Nachricht",
    },
  });
  expect(made).toMatchObject({
    statement: "Schicken Sie mir Neues",
    wording: [
      "Schicken Sie mir Neues",
      "Was erhoben wird: Ihre Adresse",
      "Wozu: Neuigkeiten",
      "Wie lange es gespeichert wird: Bis zum Widerruf",
      "Wer es erhält: Niemand sonst",
      "Wie Sie widerrufen: Mit dem Link in jeder Nachricht",
    ].join("\n"),
  });
  const [row] = await inWorkspace(desk.workspace.database, desk.workspace.workspaceId, (tx) =>
    tx.execute<{ isWhole: boolean }>(sql`
      select hash = sha256(convert_to(wording, 'UTF8')) as "isWhole" from notice where id = ${made.id}::uuid`),
  );
  expect(row).toEqual({ isWhole: true });
});
