import { sql } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { inWorkspace } from "#db/database";
import { stopPerson } from "#flow/stops/stop-person";
import { setClockAhead } from "../support/clock.ts";
import { type TestConsole, testConsole } from "../support/console.ts";
import { ledgerOf, lettersSent, pathOf, person, postForm } from "../support/front-door.ts";
import { DAY_MS, type LawDesk, openLawDesk } from "../support/law.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

let database: TestDatabase;
let desk: LawDesk;
let staff: TestConsole;

beforeEach(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  desk = await openLawDesk(database.ownerUrl);
  staff = await testConsole(desk.workspace, database.ownerUrl);
  // Given 400 days ago under a policy of 14 months (about 425 days): 25 days are left of it.
  await desk.call("PATCH", "/v1/policy", { consentMonths: 14 });
});
afterEach(async () => {
  await desk.close();
  await database.drop();
});

const agreed = async (email: string, daysAgo = 400, more: object = {}) => {
  const contact = await desk.contact({
    email,
    country: "DE",
    fullName: `Name of ${email.split("@")[0]}`,
    ...more,
  });
  await desk.consent(contact, daysAgo);
  return contact;
};
const due = async () =>
  (
    await desk.call<{ items: { id: number; contactId: string; askedAt: string | null }[] }>(
      "GET",
      "/v1/renewals",
    )
  ).items;
const order = (body: object = {}) =>
  desk.call<{ asked: number[]; notAsked: number[] }>("POST", "/v1/renewals", body);
const stop = async (email: string, everything = true, suppression?: "hard-bounce") => {
  const { record } = await person(desk.workspace, email);
  const { workspaceId, senderId, purposeId } = desk.workspace;
  return stopPerson(desk.workspace.deps, {
    workspaceId,
    gateId: record.points[0]?.gateId ?? 0,
    channel: "email",
    contactId: record.id,
    target: everything ? { kind: "everything" } : { kind: "topic", purposeId, senderId },
    ...(suppression === undefined ? {} : { suppression }),
    method: "link",
    actor: "person",
    claimed: false,
    campaignId: null,
    offersUndo: false,
    requestedAt: new Date(),
  });
};

describe("consent that ends soon", () => {
  test("is listed and counted by API and console: only what stands, ends in time and is by email", async () => {
    const soon = await agreed("soon@example.com");
    await agreed("later@example.com", 300);
    await agreed("over@example.com", 430);
    await agreed("withdrew@example.com");
    await stop("withdrew@example.com", false);
    await agreed("stopped@example.com");
    await stop("stopped@example.com");
    const restricted = await agreed("restricted@example.com");
    await inWorkspace(desk.workspace.database, desk.workspace.workspaceId, (tx) =>
      tx.execute(
        sql`update contact set restricted_since = consentry_now() where id = ${restricted.id}::uuid`,
      ),
    );
    const renewed = await agreed("renewed@example.com");
    await desk.consent(renewed, 1);
    expect((await due()).map((each) => each.contactId)).toEqual([soon.id]);
    expect(await desk.call("GET", "/v1/renewals/count")).toEqual({ count: 1, notAsked: 1 });
    const page = await (await staff.get("/renewals")).text();
    expect(page).toContain("Name of soon");
    expect(page).not.toMatch(/Name of (later|over|withdrew|stopped|restricted|renewed)/);
    // The days are the policy's: with ten nobody is due, and with 150 two are.
    await desk.call("PATCH", "/v1/policy", { renewalDays: 10 });
    expect(await due()).toEqual([]);
    await desk.call("PATCH", "/v1/policy", { renewalDays: 150 });
    expect(await due()).toHaveLength(2);
  });
});

describe("a renewal", () => {
  test("asks once, in the person's language; the button renews, and the term begins anew", async () => {
    await agreed("anna@example.com", 400, { language: "de" });
    const [first, second] = await Promise.all([order(), order()]);
    expect([...first.asked, ...second.asked]).toHaveLength(1);
    const letters = await lettersSent(desk.workspace);
    expect(letters).toHaveLength(1);
    expect(letters[0]).toMatchObject({ to: "anna@example.com" });
    expect(letters[0]?.text).toContain("Ihre Zustimmung endet bald");
    expect(letters[0]?.text).toContain("Email me the Acme newsletter");
    expect(await ledgerOf(desk.workspace, "anna@example.com")).toEqual(["given newsletter email"]);

    // Asked for once a term, also another day.
    expect((await due())[0]?.askedAt).not.toBeNull();
    await setClockAhead(database.ownerUrl, 2 * DAY_MS);
    expect((await order()).asked).toEqual([]);
    expect(await lettersSent(desk.workspace)).toEqual([]);

    const path = pathOf(letters[0]?.link ?? "");
    expect(await (await staff.api.app.request(path)).text()).toContain("Email me the Acme newsletter");
    expect(await ledgerOf(desk.workspace, "anna@example.com")).toHaveLength(1);
    expect((await postForm(staff.api, path, { confirm: "yes" })).status).toBe(200);
    await postForm(staff.api, path, { confirm: "yes" });
    expect(await ledgerOf(desk.workspace, "anna@example.com")).toEqual([
      "given newsletter email",
      "renewed newsletter email",
    ]);
    expect(await due()).toEqual([]);
    expect(await desk.answers("email")).toEqual(["allow consent-express"]);
  });

  test("ordered in the console goes to everybody who is due and was not asked", async () => {
    await agreed("one@example.com");
    await agreed("two@example.com");
    expect((await staff.post("/renewals", {})).status).toBe(303);
    expect((await lettersSent(desk.workspace)).map((letter) => letter.to).sort()).toEqual([
      "one@example.com",
      "two@example.com",
    ]);
    expect(await (await staff.get("/renewals")).text()).toContain("There is nobody to ask.");
  });

  test("never goes to anybody who is not due, whatever the order names", async () => {
    await agreed("later@example.com", 100);
    await agreed("over@example.com", 430);
    await agreed("no@example.com");
    await stop("no@example.com", false);
    const events = await inWorkspace(desk.workspace.database, desk.workspace.workspaceId, (tx) =>
      tx.execute<{ id: number }>(sql`select id from consent_event order by id`),
    );
    const eventIds = events.map((event) => event.id);
    expect(await order({ eventIds })).toEqual({ asked: [], notAsked: eventIds });
    expect(await lettersSent(desk.workspace)).toEqual([]);
  });

  test.each<[string, (email: string) => Promise<unknown>]>([
    ["withdraws", (email) => stop(email, false)],
    ["stops everything", (email) => stop(email)],
    ["lets the consent end", () => setClockAhead(database.ownerUrl, 27 * DAY_MS)],
    ["turns out to have a dead mailbox", (email) => stop(email, true, "hard-bounce")],
  ])("that is queued does not leave when the person %s first", async (_name, happens) => {
    await agreed("kim@example.com");
    expect((await order()).asked).toHaveLength(1);
    await happens("kim@example.com");
    expect(await lettersSent(desk.workspace)).toEqual([]);
  });

  test.each([
    ["withdrew", false],
    ["stopped everything", true],
  ])("brings nothing back for a person who %s after the mail", async (_name, everything) => {
    await agreed("lee@example.com");
    await order();
    const [letter] = await lettersSent(desk.workspace);
    await stop("lee@example.com", everything);
    const before = await ledgerOf(desk.workspace, "lee@example.com");
    await postForm(staff.api, pathOf(letter?.link ?? ""), { confirm: "yes" });
    expect(await ledgerOf(desk.workspace, "lee@example.com")).toEqual(before);
    expect((await desk.answers("email"))[0]).toMatch(/^block/);
  });
});
