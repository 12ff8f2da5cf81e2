import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { inWorkspace } from "#db/database";
import { STAFF_EMAIL, type TestConsole, testConsole } from "../support/console.ts";
import { everythingStored } from "../support/front-door.ts";
import { type LawDesk, openLawDesk } from "../support/law.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

let database: TestDatabase;
let desk: LawDesk;
let staff: TestConsole;

beforeAll(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  desk = await openLawDesk(database.ownerUrl);
  staff = await testConsole(desk.workspace, database.ownerUrl);
  await desk.consent(await desk.contact({ email: "ann@example.com", country: "DE" }));
});
afterAll(async () => {
  await desk.close();
  await database.drop();
});

const inOwn = <T>(work: Parameters<typeof inWorkspace<T>>[2]) =>
  inWorkspace(desk.workspace.database, desk.workspace.workspaceId, work);
const text = async (path: string) => (await staff.get(path)).text();
const trace = async () => {
  const [row] = await inOwn((tx) =>
    tx.execute<Record<string, number>>(sql`
      select policy_epoch as epoch, (select count(*)::int from notice) as notices,
        (select count(*)::int from form) as forms, (select count(*)::int from audit_entry) as audits from workspace`),
  );
  return row;
};
const as = async (role: "owner" | "marketer" | "viewer") => {
  await inOwn((tx) => tx.execute(sql`update member set role = ${role}`));
};
const words = (more: Readonly<Record<string, string>> = {}) => ({
  subject: `${desk.workspace.purposeId}.email`,
  version: "2026-02",
  language: "en",
  statement: "Send me <b>news</b> & offers",
  collected: "Your address",
  why: "News and offers",
  kept: "Until you withdraw",
  recipients: "Nobody else",
  withdrawal: "With the link in every message",
  ...more,
});
const NEW = "/settings/notices/new";
const QUESTION = "Does this version change what people agreed to?";

describe("a notice in the console", () => {
  test("is shown as people will read it before it is published, with the question and whom it touches", async () => {
    const campaign = await desk.campaign("email");
    await desk.call("POST", `/v1/campaigns/${campaign}/schedule`, { at: "2031-01-01T00:00:00Z" }, 200);
    const before = await trace();
    const answer = await staff.post(NEW, words());
    const page = await answer.text();
    expect(answer.status).toBe(200);
    expect(page).toContain('<span lang="en">Send me &lt;b&gt;news&lt;/b&gt; &amp; offers</span>');
    expect(page).toContain("<dt>How long it is kept</dt><dd>Until you withdraw</dd>");
    expect(page).toContain(QUESTION);
    expect(page).toContain("Email me the Acme newsletter");
    expect(page).toMatch(/1 person agreed to the versions so far/);
    expect(page).toContain(`href="/campaigns/${campaign}"`);
    expect(page).not.toMatch(/type="radio"[^>]*checked/);
    expect(await trace()).toEqual(before);
    const edited = await (await staff.post(NEW, { ...words(), act: "edit" })).text();
    expect(edited).toContain("Until you withdraw</textarea>");
    expect(await trace()).toEqual(before);
  });

  test("is not published while the question is not answered, and one answer blocks older consent", async () => {
    expect(await desk.answers("email")).toEqual(["allow consent-express"]);
    const before = await trace();
    for (const changesMeaning of ["", "perhaps"]) {
      const answer = await staff.post(NEW, { ...words(), act: "publish", changesMeaning });
      const page = await answer.text();
      expect([answer.status, page.includes("must be answered"), page.includes(QUESTION)]).toEqual([
        422,
        true,
        true,
      ]);
    }
    expect(await trace()).toEqual(before);
    const published = await staff.post(NEW, { ...words(), act: "publish", changesMeaning: "yes" });
    expect([published.status, published.headers.get("location")]).toEqual([
      303,
      "/settings/notices?inFlight=0",
    ]);
    expect(await trace()).toMatchObject({ epoch: (before?.["epoch"] ?? 0) + 1 });
    expect(await desk.answers("email")).toEqual(["block consent-notice-changed"]);
    const list = await text("/settings/notices?inFlight=0");
    expect(list).toContain("<strong>Changed.</strong>");
    expect(list).toContain(STAFF_EMAIL);
    expect(list.match(/Counts/g)).toHaveLength(1);
    expect(list.match(/No longer permits/g)).toHaveLength(1);
    expect(list).toContain("Who receives it: Nobody else");
  });

  test("that follows another begins with its words; a translation asks no question", async () => {
    const { items } = await desk.call<{ items: { id: string; version: string }[] }>("GET", "/v1/notices");
    const from = items.find((each) => each.version === "2026-02")?.id ?? "";
    const editor = await text(`${NEW}?from=${from}`);
    expect(editor).toContain("Send me &lt;b&gt;news&lt;/b&gt; &amp; offers</textarea>");
    expect(editor).toContain("Nobody else</textarea>");
    const translation = words({ language: "de", statement: "Senden Sie mir Neues" });
    const preview = await (await staff.post(NEW, translation)).text();
    expect(preview).not.toContain(QUESTION);
    expect(preview).toContain("Wie lange es gespeichert wird");
    expect((await staff.post(NEW, { ...translation, act: "publish" })).status).toBe(303);
    const again = await staff.post(NEW, translation);
    expect([again.status, (await again.text()).includes("is taken in this language")]).toEqual([422, true]);
  });

  test.each<[string, Record<string, string>]>([
    ["without how to withdraw", { withdrawal: " " }],
    ["of no version", { version: "" }],
    ["for no purpose", { subject: "" }],
    ["for a purpose of nobody", { subject: "00000000-0000-4000-8000-000000000000.email" }],
    ["by carrier pigeon", { subject: "00000000-0000-4000-8000-000000000000.pigeon" }],
  ])("%s is not published", async (_sentence, wrong) => {
    const before = await trace();
    const answer = await staff.post(NEW, {
      ...words({ version: "9", ...wrong }),
      act: "publish",
      changesMeaning: "no",
    });
    expect([answer.status, (await answer.text()).includes("It cannot be published like this.")]).toEqual([
      422,
      true,
    ]);
    expect(await trace()).toEqual(before);
  });

  test("is published by an owner alone", async () => {
    const before = await trace();
    for (const role of ["marketer", "viewer"] as const) {
      await as(role);
      const sent = { ...words({ version: "9" }), act: "publish", changesMeaning: "no" };
      expect([role, (await staff.post(NEW, sent)).status]).toEqual([role, 403]);
      expect([role, (await staff.get("/settings/notices")).status]).toEqual([role, 200]);
    }
    await as("owner");
    expect(await trace()).toEqual(before);
  });
});

describe("a form in the console", () => {
  let path = "";
  const fields = (more: Readonly<Record<string, string>> = {}) => ({
    name: "Shop footer",
    offer: `${desk.workspace.purposeId}.email`,
    asksName: "yes",
    "thanks-en": "Good to have you\r\nSee you soon",
    ...more,
  });

  test("is made with the newest wording of each language, and stands in the list with its address and what to embed", async () => {
    const editor = await text("/forms/new");
    expect(editor).toContain("English: 2026-02, Deutsch: 2026-02");
    expect(editor).toContain("Newsletter, by phone: has no");
    expect((await staff.post("/forms/new", fields())).status).toBe(303);
    const list = await text("/forms");
    path = /href="(\/forms\/[0-9a-f-]{36})\/edit"/.exec(list)?.[1] ?? "";
    const { items } = await desk.call<{ items: Record<string, unknown>[] }>("GET", "/v1/forms");
    expect(items).toMatchObject([
      {
        name: "Shop footer",
        asksName: true,
        asksPhone: false,
        isActive: true,
        thanks: { en: "Good to have you\nSee you soon" },
        offers: [{ channel: "email", noticeIds: [expect.any(String), expect.any(String)] }],
      },
    ]);
    const url = String(items[0]?.["url"]);
    expect(list).toContain(`<code class="wrap">${url}</code>`);
    expect(list).toContain(`&lt;a href=&quot;${url}&quot;&gt;Hear from Acme GmbH&lt;/a&gt;`);
    expect(list).toContain("&lt;dt&gt;Who receives it&lt;/dt&gt;&lt;dd&gt;Nobody else&lt;/dd&gt;");
    expect(list).not.toMatch(/<script/);
  });

  test("is changed, and keeps its state; a form that is refused keeps what was entered", async () => {
    await staff.post(path, { active: "no" });
    expect((await staff.post(`${path}/edit`, fields({ name: "Renamed", "thanks-de": "Schön" }))).status).toBe(
      303,
    );
    const editor = await text(`${path}/edit`);
    expect(editor).toContain('value="Renamed"');
    expect(editor).toContain("Schön</textarea>");
    expect(await text("/forms")).toContain("Switched off");
    const refused = await staff.post(`${path}/edit`, { name: "Nothing on offer", "thanks-fr": "Merci" });
    const page = await refused.text();
    expect([refused.status, page.includes("The form was not saved.")]).toEqual([422, true]);
    expect(page).toContain("Merci</textarea>");
    expect(await text(`${path}/edit`)).toContain('value="Renamed"');
  });

  test("is previewed as people see it, switched off too: faults and thanks, and nothing is stored", async () => {
    const before = await everythingStored(desk.workspace);
    const page = await text(`${path}/preview?lang=de`);
    expect(page).toContain("Senden Sie mir Neues");
    expect(page).toContain("A preview for staff");
    const empty = await staff.post(`${path}/preview?lang=en`, { email: "x" });
    expect([empty.status, (await empty.text()).includes("Tick at least one box.")]).toEqual([422, true]);
    const box = `${desk.workspace.purposeId}.email`;
    const thanks = await staff.post(`${path}/preview?lang=en`, { email: "bea@example.com", box });
    expect(await thanks.text()).toContain("<p>Good to have you</p><p>See you soon</p>");
    expect(await everythingStored(desk.workspace)).toEqual(before);
  });

  test("is not made or changed by a viewer or another site, nor found by another workspace's id", async () => {
    const before = await trace();
    await as("viewer");
    for (const address of ["/forms/new", `${path}/edit`])
      expect((await staff.post(address, fields())).status).toBe(403);
    await as("owner");
    const foreign = await staff.api.app.request("/forms/new", {
      method: "POST",
      headers: { origin: "https://evil.example" },
      body: new URLSearchParams(fields()),
    });
    expect(foreign.status).toBe(403);
    for (const id of ["x", "00000000-0000-4000-8000-000000000000"]) {
      for (const page of ["edit", "preview"])
        expect((await staff.get(`/forms/${id}/${page}`)).status).toBe(404);
    }
    expect(await trace()).toEqual(before);
  });
});
