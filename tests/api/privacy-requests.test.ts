import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { inWorkspace } from "#db/database";
import { createContact, findContacts } from "#flow/contacts/contacts";
import { mintRequestToken } from "#flow/rights/requests/request-token";
import { mintUnsubscribeToken } from "#flow/stops/unsubscribe-token";
import { type TestApi, testApi } from "../support/api.ts";
import { setClockAhead } from "../support/clock.ts";
import { openLawDesk } from "../support/law.ts";
import { createCampaign, createWorkspace, TEST_SECRETS, type TestWorkspace } from "../support/product.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

const DAY_MS = 86_400_000;
let database: TestDatabase;
let workspace: TestWorkspace;
let api: TestApi;
let email = "";
let contactId = "";
let people = 0;

beforeAll(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  workspace = await createWorkspace(database.ownerUrl);
});
afterAll(async () => {
  await workspace.close();
  await database.drop();
});
beforeEach(async () => {
  // Every test has its own limits and its own person.
  api = testApi(workspace, database.ownerUrl);
  await setClockAhead(database.ownerUrl, 0);
  await select(sql`delete from rate_limit`);
  people += 1;
  email = `quentin${people}@example.com`;
  const { deps, workspaceId } = workspace;
  const person = { fullName: `Quentin Quagga ${people}`, country: "DE" };
  const made = await createContact(deps, {
    workspaceId,
    actor: "test",
    person,
    email,
    phone: `+49301234${String(people).padStart(3, "0")}`,
  });
  if (made.kind !== "created") throw new Error("the test person was not created");
  contactId = made.contact.record.id;
});

const select = <T extends Record<string, unknown>>(query: ReturnType<typeof sql>) =>
  inWorkspace(workspace.database, workspace.workspaceId, async (tx) => [...(await tx.execute<T>(query))]);

const post = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
  api.app.request(path, {
    method: "POST",
    body: new URLSearchParams(fields).toString(),
    headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
  });
const ask = (kind: string, value = email, more: Record<string, string> = {}) =>
  post(`/privacy/${workspace.senderId}`, { kind, value, ...more });

/** The link in the mail that waits for the person. */
async function linkOf(of = contactId): Promise<string> {
  const [request] = await select<{ id: string }>(
    sql`select id from privacy_request where contact_id = ${of}::uuid order by received_at desc limit 1`,
  );
  if (request === undefined) throw new Error("no request was stored");
  const { workspaceId } = workspace;
  return `/privacy/r/${mintRequestToken(TEST_SECRETS.token, { workspaceId, requestId: request.id })}`;
}
const state = async (): Promise<unknown> => {
  const found = await select(sql`select state from privacy_request where contact_id = ${contactId}::uuid`);
  return found.map((row) => row["state"]);
};

describe("the page of a sender", () => {
  test("says in five languages what is kept and why, without a script, from the sender's own settings", async () => {
    const titles = new Set<string>();
    for (const language of ["en", "de", "fr", "es", "it"]) {
      const page = await api.app.request(`/privacy/${workspace.senderId}?lang=${language}`);
      const text = await page.text();
      expect(page.status).toBe(200);
      expect(text).toContain(`<html lang="${language}"`);
      expect(text).toContain("News about our products");
      expect(text).toContain("1095");
      expect(text).not.toContain("<script");
      titles.add(/<h1>(.*?)<\/h1>/.exec(text)?.[1] ?? "");
    }
    expect(titles.size).toBe(5);
  });

  test.each([
    ["no sender's", "00000000-0000-7000-8000-000000000000"],
    ["no id", "acme"],
  ])("whose address is %s is a page that does not work", async (_why, id) => {
    expect((await api.app.request(`/privacy/${id}`)).status).toBe(404);
    expect((await post(`/privacy/${id}`, { kind: "access", value: email })).status).toBe(404);
  });
});

describe("a request", () => {
  test("is answered alike, to the byte and in the same time, whether the address is known or not", async () => {
    const known: number[] = [];
    const unknown: number[] = [];
    for (const kind of ["access", "erasure", "objection"]) {
      const answers: string[] = [];
      for (const [value, times] of [
        [email, known],
        [`nobody${people}@example.com`, unknown],
      ] as const) {
        const startedAt = performance.now();
        const answer = await ask(kind, value);
        answers.push(`${answer.status} ${await answer.text()}`);
        times.push(performance.now() - startedAt);
      }
      expect(answers[0], kind).toBe(answers[1]);
      expect(answers[0]).not.toContain(email);
    }
    const middle = (times: number[]) => [...times].sort((a, b) => a - b)[1] ?? 0;
    expect(Math.abs(middle(known) - middle(unknown))).toBeLessThan(50);
    expect(Math.min(...known, ...unknown)).toBeGreaterThan(290);
  });

  test("that objects is in force at once, for every address and number of the person, and needs no mail", async () => {
    expect((await ask("objection")).status).toBe(200);
    const stops = await select(sql`
      select s.kind, g.channel from suppression s join gate g on g.id = s.gate_id
      where s.contact_id = ${contactId}::uuid order by g.channel`);
    expect(stops).toEqual([
      { kind: "objection", channel: "email" },
      { kind: "objection", channel: "phone" },
    ]);
    expect(await select(sql`select 1 from service_message where contact_id = ${contactId}::uuid`)).toEqual(
      [],
    );
    expect(await state()).toEqual(["answered"]);
  });

  test("that objects with a number nobody knows is kept for the day when somebody imports it", async () => {
    expect((await ask("objection", "+4930999888777")).status).toBe(200);
    const { deps, workspaceId } = workspace;
    const made = await createContact(deps, {
      workspaceId,
      actor: "test",
      person: {},
      phone: "+4930999888777",
    });
    if (made.kind !== "created") throw new Error("the contact was not made");
    const gateId = made.contact.record.points[0]?.gateId ?? 0;
    const stops = await select(sql`select kind from suppression where gate_id = ${gateId}`);
    expect(stops).toEqual([{ kind: "objection" }]);
  });

  test("for anything else does nothing before the link in the mail is opened and its button pressed", async () => {
    expect((await ask("erasure")).status).toBe(200);
    expect(await state()).toEqual(["unverified"]);
    const link = await linkOf();
    for (let looks = 0; looks < 5; looks += 1) expect((await api.app.request(link)).status).toBe(200);
    await api.app.request(link, { method: "HEAD" });
    expect(await state()).toEqual(["unverified"]);
    expect(
      (await findContacts(workspace.database, TEST_SECRETS, workspace.workspaceId, { email })).length,
    ).toBe(1);
    expect(await (await post(link, {})).text()).toContain("You are erased");
    expect(await state()).toEqual(["answered"]);
    expect(
      (await findContacts(workspace.database, TEST_SECRETS, workspace.workspaceId, { email })).length,
    ).toBe(0);
    expect((await post(link, {})).status).toBe(404);
  });

  test("sends one mail a day, however often it is made", async () => {
    for (let tries = 0; tries < 3; tries += 1) expect((await ask("access")).status).toBe(200);
    const mails = await select(sql`select 1 from service_message where contact_id = ${contactId}::uuid`);
    expect(mails).toHaveLength(1);
    expect(await state()).toEqual(["unverified"]);
  });

  test("made too often, for one address or from one place, is refused", async () => {
    const statuses = [];
    for (let tries = 0; tries < 6; tries += 1) statuses.push((await ask("access")).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
    for (let tries = 0; tries < 15; tries += 1)
      statuses.push((await ask("access", `x${tries}@example.com`)).status);
    expect(statuses.at(-1)).toBe(429);
  });

  test.each([
    ["nothing", {}],
    ["an unknown wish", { kind: "everything", value: "a@example.com" }],
    ["no address", { kind: "access", value: "not an address" }],
    ["a number where a mail is needed", { kind: "access", value: "+4930123456" }],
    ["an endless address", { kind: "access", value: `${"a".repeat(300)}@example.com` }],
  ])("with %s is refused and changes nothing", async (_what, fields) => {
    const before = await select(sql`select count(*) from privacy_request`);
    expect((await post(`/privacy/${workspace.senderId}`, fields)).status).toBe(422);
    expect(await select(sql`select count(*) from privacy_request`)).toEqual(before);
  });

  test("by a machine that fills in what nobody sees changes nothing, and looks as if it had", async () => {
    const answer = await ask("objection", email, { website: "https://spam.example" });
    expect(answer.status).toBe(200);
    expect(await state()).toEqual([]);
  });
});

describe("behind the link", () => {
  test("is everything held, to read and as a file, and of nobody else", async () => {
    await ask("access", email, { details: "All of it please", agent: "Lawyer Lemur" });
    const link = await linkOf();
    const page = await (await post(link, {})).text();
    for (const word of [email, `Quentin Quagga ${people}`, "All of it please", "Lawyer Lemur"])
      expect(page).toContain(word);
    const file = await post(link, { format: "json" });
    expect(file.headers.get("content-disposition")).toContain("attachment");
    const report = (await file.json()) as Record<string, unknown>;
    expect(report).toMatchObject({
      format: "consentry.person-report.v1",
      identity: { fullName: `Quentin Quagga ${people}` },
      requests: [{ kind: "access", details: "All of it please" }],
    });
    expect(JSON.stringify(report)).not.toContain(`quentin${people - 1}@`);
    const audit = await select(sql`select action from audit_entry where subject in (
      select id::text from privacy_request where contact_id = ${contactId}::uuid) order by id`);
    expect(audit.map((row) => row["action"])).toEqual([
      "privacy-request-received",
      "privacy-report-shown",
      "privacy-report-shown",
    ]);
    await setClockAhead(database.ownerUrl, 15 * DAY_MS);
    expect((await post(link, {})).status).toBe(404);
  });

  test("a restriction stops every use of the data", async () => {
    await ask("restriction");
    expect(await (await post(await linkOf(), {})).text()).toContain("only stored");
    const [row] = await select(
      sql`select restricted_since is not null as yes from contact where id = ${contactId}::uuid`,
    );
    expect(row).toEqual({ yes: true });
    expect(await state()).toEqual(["answered"]);
  });

  test("the person corrects their name themselves; what else is wrong goes to staff, whose answer they read there", async () => {
    await ask("rectification");
    const link = await linkOf();
    const said = await (await post(link, { fullName: "Quinn Quokka", other: "My street is wrong" })).text();
    expect(said).toContain("Somebody will look");
    const [found] = await findContacts(workspace.database, TEST_SECRETS, workspace.workspaceId, {
      fullName: "quinn quokka",
    });
    expect(found?.record.id).toBe(contactId);
    expect(await state()).toEqual(["open"]);

    const key = await api.key(["privacy:write"]);
    const list = (await (await api.call(key, "GET", "/v1/privacy-requests?state=open")).json()) as {
      items: { id: string; contactId: string; answerBy: string; citation: string }[];
    };
    const mine = list.items.find((item) => item.contactId === contactId);
    expect(mine).toMatchObject({ citation: "GDPR Art. 12(3)" });
    const path = `/v1/privacy-requests/${mine?.id}`;
    const extended = await api.call(key, "POST", `${path}/extend`, { reason: "Two systems" });
    expect(extended.status).toBe(200);
    const { answerBy } = (await extended.json()) as { answerBy: string };
    expect(Date.parse(answerBy) - Date.parse(mine?.answerBy ?? "")).toBeGreaterThan(55 * DAY_MS);
    expect((await api.call(key, "POST", `${path}/extend`, { reason: "Again" })).status).toBe(409);
    const answered = await api.call(key, "POST", `${path}/answer`, {
      outcome: "answered",
      answer: "The street is corrected.",
    });
    expect(answered.status).toBe(200);
    expect((await api.call(key, "POST", `${path}/answer`, { outcome: "refused", answer: "No" })).status).toBe(
      409,
    );
    expect(await (await api.app.request(link)).text()).toContain("The street is corrected.");
    const mails = await select(
      sql`select kind from service_message where contact_id = ${contactId}::uuid order by created_at`,
    );
    expect(mails.map((row) => row["kind"])).toEqual(["verify-request", "answer-ready"]);
  });

  test("no flipped bit, no other token and no other workspace's opens anything", async () => {
    await ask("erasure");
    const link = await linkOf();
    const token = link.slice("/privacy/r/".length);
    const body = token.split(".")[2] ?? "";
    const bytes = Buffer.from(body, "base64url");
    const wrong: string[] = [];
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const answer = await post(`/privacy/r/r1.k1.${flipped.toString("base64url")}`, {});
      if (answer.status !== 404) wrong.push(String(bit));
    }
    expect(wrong).toEqual([]);
    const unsubscribe = mintUnsubscribeToken(TEST_SECRETS.token, {
      workspaceId: workspace.workspaceId,
      purposeId: workspace.purposeId,
      campaignId: workspace.purposeId,
      contactId,
      gateId: 1,
    });
    for (const other of [unsubscribe, `r1.${unsubscribe.slice(3)}`, "r1.k1.", "x", `${token}x`])
      expect((await post(`/privacy/r/${other}`, {})).status, other).toBe(404);
    expect((await api.app.request(`/u/${token}`)).status).toBe(404);
    expect(await state()).toEqual(["unverified"]);
  });
});

describe("the Global Privacy Control", () => {
  const optOut = async () => {
    const [row] = await select<{ at: Date | null }>(
      sql`select opt_out_signal_at as at from contact where id = ${contactId}::uuid`,
    );
    return row?.at ?? null;
  };

  test("is recorded on pages of the person's own, once, and said; without it nothing is", async () => {
    const campaignId = await createCampaign(workspace);
    const [found] = await findContacts(workspace.database, TEST_SECRETS, workspace.workspaceId, { email });
    const { workspaceId, purposeId } = workspace;
    const gateId = found?.record.points[0]?.gateId ?? 0;
    const fields = { workspaceId, purposeId, campaignId, contactId, gateId };
    const path = `/u/${mintUnsubscribeToken(TEST_SECRETS.token, fields)}`;
    expect(await (await api.app.request(path)).text()).not.toContain("Global Privacy Control");
    await api.app.request(path, { headers: { "sec-gpc": "0" } });
    expect(await optOut()).toBeNull();
    const page = await api.app.request(path, { headers: { "sec-gpc": "1" } });
    expect(await page.text()).toContain("Global Privacy Control");
    const first = await optOut();
    expect(first).not.toBeNull();
    await setClockAhead(database.ownerUrl, DAY_MS);
    await api.app.request(path, { headers: { "sec-gpc": "1" } });
    expect(await optOut()).toEqual(first);
    expect(await (await api.app.request("/.well-known/gpc.json")).json()).toMatchObject({ gpc: true });
  });

  test("blocks what shares data with third parties, and nothing else", async () => {
    const own = await createTestDatabase(inject("postgresUrl"));
    const desk = await openLawDesk(own.ownerUrl);
    try {
      const contact = await desk.contact({ email: "gpc@example.com", country: "US", region: "US-CA" });
      await desk.consent(contact);
      expect(await desk.answers("email", { sharesDataWithThirdParty: true })).toEqual([
        "allow consent-express",
      ]);
      const page = testApi(desk.workspace, own.ownerUrl);
      const campaignId = await createCampaign(desk.workspace);
      const [found] = await findContacts(desk.workspace.database, TEST_SECRETS, desk.workspace.workspaceId, {
        email: "gpc@example.com",
      });
      const token = mintUnsubscribeToken(TEST_SECRETS.token, {
        workspaceId: desk.workspace.workspaceId,
        purposeId: desk.workspace.purposeId,
        campaignId,
        contactId: contact.id,
        gateId: found?.record.points[0]?.gateId ?? 0,
      });
      await page.app.request(`/u/${token}`, { headers: { "sec-gpc": "1" } });
      expect(await desk.answers("email", { sharesDataWithThirdParty: true })).toEqual([
        "block ccpa-opt-out-signal",
      ]);
      expect(await desk.answers("email", {})).toEqual(["allow consent-express"]);
    } finally {
      await desk.close();
      await own.drop();
    }
  });
});
