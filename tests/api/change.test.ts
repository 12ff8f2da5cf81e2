import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { inWorkspace } from "#db/database";
import { readCampaign } from "#db/queries/campaign-state";
import { type LawDesk, openLawDesk } from "../support/law.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

let database: TestDatabase;
let desk: LawDesk;

beforeAll(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  desk = await openLawDesk(database.ownerUrl);
});
afterAll(async () => {
  await desk.close();
  await database.drop();
});

const address = () => `p${randomUUID()}@example.com`;
const errorsOf = (problem: unknown) => (problem as { errors: { path: string; message: string }[] }).errors;
const gatesOf = (contactId: string) =>
  inWorkspace(desk.workspace.database, desk.workspace.workspaceId, (tx) =>
    tx.execute<{ id: number; version: number }>(sql`
      select g.id, g.version from gate g join contact_point p on p.gate_id = g.id
      where p.contact_id = ${contactId}::uuid order by g.id`),
  );

describe("a draft changed in part", () => {
  const whole = {
    audience: { country: ["DE"] },
    content: { subject: "News", html: "<p>News</p>", text: "News" },
    ratePerSecond: 7,
    frequencyCap: { max: 2, windowHours: 24 },
    endsAt: "2031-05-01T10:00:00.000Z",
    circumstances: { sector: "books" },
  };
  const draft = async () => {
    const { senderId, purposeId } = desk.workspace;
    return desk.call("POST", "/v1/campaigns", { name: "Part", senderId, purposeId, ...whole });
  };
  const shown = ({
    audience,
    content,
    ratePerSecond,
    frequencyCapMax,
    endsAt,
    circumstances,
  }: object & Record<string, unknown>) => ({
    audience,
    content,
    ratePerSecond,
    frequencyCapMax,
    endsAt,
    circumstances,
  });

  test.each([
    [{ name: "Other" }, { name: "Other" }],
    [{ content: { subject: "Changed" } }, { content: { ...whole.content, subject: "Changed" } }],
    [{ content: { text: null } }, { content: { subject: "News", html: "<p>News</p>" } }],
    [{ ratePerSecond: null }, { ratePerSecond: null }],
    [{ frequencyCap: null }, { frequencyCapMax: null }],
    [{ endsAt: null }, { endsAt: null }],
    [{ audience: { all: [] } }, { audience: { all: [] } }],
    [{}, {}],
  ])("%j changes that and nothing else, and the campaign's version goes up", async (change, expected) => {
    const before = await draft();
    const { workspaceId, database: own } = desk.workspace;
    const version = async () =>
      (await inWorkspace(own, workspaceId, (tx) => readCampaign(tx, before.id)))?.version ?? 0;
    const versionBefore = await version();
    const after = await desk.call("PATCH", `/v1/campaigns/${before.id}`, change);
    expect(after).toMatchObject({ ...shown(before), ...expected });
    // toMatchObject lets a text stay that was to go.
    if ("content" in expected) expect(after["content"]).toEqual(expected.content);
    expect(await version()).toBe(versionBefore + 1);
  });

  test("has to obey the rules of a whole one afterwards", async () => {
    const { id } = await draft();
    const path = `/v1/campaigns/${id}`;
    const unparsed = await desk.call("PATCH", path, { content: { html: "{% if %}" } }, 422);
    expect(errorsOf(unparsed)[0]?.path).toBe("/content/html");
    const foreign = await desk.call("PATCH", path, { senderId: randomUUID() }, 422);
    expect(errorsOf(foreign).map((error) => error.path)).toEqual(["/purposeId"]);
    const unknown = await desk.call("PATCH", path, { state: "sending" }, 400);
    expect(errorsOf(unknown).map((error) => error.path)).toEqual(["/state"]);
    const deep = await desk.call("PATCH", path, { content: { html2: "x" } }, 400);
    expect(errorsOf(deep).map((error) => error.path)).toEqual(["/content/html2"]);
    expect(await desk.call("GET", path)).toMatchObject({ campaign: { content: whole.content } });
  });

  test("cannot be changed any more once it is scheduled", async () => {
    const { id } = await draft();
    await desk.call("POST", `/v1/campaigns/${id}/schedule`, { at: "2031-04-01T10:00:00Z" }, 200);
    await desk.call("PATCH", `/v1/campaigns/${id}`, { name: "Too late" }, 409);
    expect(await desk.call("GET", `/v1/campaigns/${id}`)).toMatchObject({ campaign: { name: "Part" } });
    await desk.call("PATCH", `/v1/campaigns/${randomUUID()}`, { name: "Nothing" }, 404);
  });
});

describe("a contact changed in part", () => {
  test("loses an attribute that is null, and keeps the others", async () => {
    const { id } = await desk.contact({
      email: address(),
      attributes: { plan: "gold", city: "Bonn", visits: 3 },
    });
    const change = { attributes: { plan: null, visits: 4, never_there: null } };
    expect((await desk.call("PATCH", `/v1/contacts/${id}`, change))["attributes"]).toEqual({
      city: "Bonn",
      visits: 4,
    });
    await desk.call("POST", "/v1/contacts", { email: address(), attributes: { plan: null } }, 400);
  });

  test("cannot pass a hundred attributes in several steps", async () => {
    const many = (from: number) =>
      Object.fromEntries(Array.from({ length: 60 }, (_, place) => [`a${from + place}`, 1]));
    const { id } = await desk.contact({ email: address(), attributes: many(0) });
    const problem = await desk.call("PATCH", `/v1/contacts/${id}`, { attributes: many(60) }, 422);
    expect(errorsOf(problem)[0]?.path).toBe("/attributes");
  });

  test("gets an address and a number; every permit on any of its keys goes stale; it is found by both", async () => {
    const contact = await desk.contact({ email: address(), fullName: "Ada Example" });
    const [gateBefore] = await gatesOf(contact.id);
    const second = address();
    const changed = await desk.call("PATCH", `/v1/contacts/${contact.id}`, {
      addContactPoints: [
        { channel: "email", value: second },
        { channel: "phone", value: "+4930901820" },
      ],
    });
    expect(changed["contactPoints"]).toMatchObject([
      { channel: "email", isPrimary: true },
      { channel: "email", value: second, isPrimary: false },
      { channel: "phone", value: "+4930901820", isPrimary: true },
    ]);
    const gates = await gatesOf(contact.id);
    expect(gates).toHaveLength(3);
    expect(gates.find((gate) => gate.id === gateBefore?.id)?.version).toBe((gateBefore?.version ?? 0) + 1);
    const search = async (body: object) =>
      ((await desk.call("POST", "/v1/contacts/search", body))["items"] as { id: string }[]).map(
        (each) => each.id,
      );
    expect(await search({ email: second })).toEqual([contact.id]);
    expect(await search({ phone: "+4930901820" })).toEqual([contact.id]);
  });

  test("gets no address that it has already or that is somebody else's; a number may be shared", async () => {
    const [mine, theirs] = [address(), address()];
    const contact = await desk.contact({ email: mine, phone: "+4930901821" });
    await desk.contact({ email: theirs, phone: "+4930901822" });
    const add = (points: object[], status: number) =>
      desk.call(
        "PATCH",
        `/v1/contacts/${contact.id}`,
        { fullName: "Not Kept", addContactPoints: points },
        status,
      );
    const own = await add([{ channel: "email", value: mine.replace("example", "EXAMPLE") }], 409);
    expect(errorsOf(own)).toEqual([{ path: "/addContactPoints/0/value", message: "is theirs already" }]);
    const taken = await add(
      [
        { channel: "email", value: address() },
        { channel: "email", value: theirs },
      ],
      409,
    );
    expect(errorsOf(taken)).toEqual([
      { path: "/addContactPoints/1/value", message: "belongs to another contact" },
    ]);
    const twice = address();
    const doubled = await add(
      [
        { channel: "email", value: twice },
        { channel: "email", value: twice },
      ],
      409,
    );
    expect(errorsOf(doubled)[0]?.path).toBe("/addContactPoints/1/value");
    await add([{ channel: "phone", value: "+4930901821" }], 409);
    const wrong = await add([{ channel: "phone", value: mine }], 400);
    expect(errorsOf(wrong)[0]?.path).toBe("/addContactPoints/0/value");
    // Nothing of the refused changes was kept.
    const kept = await desk.call("GET", `/v1/contacts/${contact.id}`);
    expect(kept).toMatchObject({
      fullName: null,
      contactPoints: [{ value: mine }, { value: "+4930901821" }],
    });
    await add([{ channel: "phone", value: "+4930901822" }], 200);
  });

  test("two contacts that ask for one new address at the same moment: one of them gets it", async () => {
    const rivals = await Promise.all([1, 2, 3, 4].map(() => desk.contact({ email: address() })));
    const wanted = address();
    const statuses = await Promise.all(
      rivals.map(async ({ id }) => {
        const change = { addContactPoints: [{ channel: "email", value: wanted }] };
        const answer = await desk.call(
          "PATCH",
          `/v1/contacts/${id}`,
          change,
          expect.toBeOneOf([200, 409]) as number,
        );
        return "errors" in answer ? "refused" : "added";
      }),
    );
    expect(statuses.sort()).toEqual(["added", "refused", "refused", "refused"]);
    const found = await desk.call("POST", "/v1/contacts/search", { email: wanted });
    expect(found["items"]).toHaveLength(1);
  });

  test("gets an address under a standing stop, and the stop holds for them", async () => {
    const contact = await desk.contact({ email: address(), country: "DE" });
    const stopped = `stopped.${randomUUID()}@example.com`;
    await desk.call("POST", "/v1/suppressions", { channel: "email", value: stopped, kind: "objection" });
    await desk.call("PATCH", `/v1/contacts/${contact.id}`, {
      addContactPoints: [{ channel: "email", value: stopped }],
    });
    const rows = await inWorkspace(desk.workspace.database, desk.workspace.workspaceId, (tx) =>
      tx.execute<{ kind: string }>(sql`
        select s.kind from suppression s join contact_point p on p.gate_id = s.gate_id
        where p.contact_id = ${contact.id}::uuid`),
    );
    expect([...rows]).toEqual([{ kind: "objection" }]);
  });
});
