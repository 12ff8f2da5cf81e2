import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { inWorkspace, outsideWorkspaces } from "#db/database";
import { readCampaign } from "#db/queries/campaign-state";
import { openSession } from "#db/queries/sweep";
import { planCampaign } from "#flow/campaign/plan";
import { scheduleCampaign } from "#flow/campaign/schedule";
import { screenSlice } from "#flow/gate/screen";
import { STAFF_EMAIL, type TestConsole, testConsole } from "../support/console.ts";
import {
  consentedCsv,
  createCampaign,
  createWorkspace,
  importCsv,
  type TestWorkspace,
} from "../support/product.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

let database: TestDatabase;
let workspace: TestWorkspace;
let desk: TestConsole;
let campaignId = "";

beforeAll(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  workspace = await createWorkspace(database.ownerUrl);
  desk = await testConsole(workspace, database.ownerUrl);
  await importCsv(workspace, consentedCsv(30));
  await importCsv(workspace, "email,full_name\nasked.nothing@example.com,Nele Never\n");
  const { deps, workspaceId } = workspace;
  campaignId = await createCampaign(workspace);
  await scheduleCampaign(deps, { workspaceId, campaignId, at: null, actor: "test" });
  await planCampaign(deps, { workspaceId, campaignId });
  const session = randomUUID();
  await outsideWorkspaces(workspace.database, (tx) => openSession(tx, session));
  await screenSlice(deps, session, { workspaceId, campaignId, slice: 0, limit: 500 });
});

afterAll(async () => {
  await workspace.close();
  await database.drop();
});

const inOwn = <T>(work: Parameters<typeof inWorkspace<T>>[2]) =>
  inWorkspace(workspace.database, workspace.workspaceId, work);
const page = async (query = "") => (await desk.get(`/campaigns/${campaignId}${query}`)).text();
const peopleOf = (html: string) => html.slice(html.indexOf('id="people"'));

test("people stand there by name and address, and who looked at them stands in the audit", async () => {
  const people = peopleOf(await page());
  expect(people).toMatch(/<a href="\/contacts\/[0-9a-f-]{36}">Person \d+<\/a>/);
  expect(people).toContain("@example.com");
  expect(people).not.toContain("Recipient ");
  const shown = await inOwn((tx) =>
    tx.execute(sql`
      select u.email, a.subject, a.detail from audit_entry a join "user" u on u.id = a.actor
      where a.action = 'campaign-people-shown' order by a.id desc limit 1`),
  );
  // The number of people and nothing of them.
  expect([...shown]).toEqual([{ email: STAFF_EMAIL, subject: campaignId, detail: { people: 25 } }]);
});

test("every page of people has others on it, and together they are everyone", async () => {
  const names = (html: string) =>
    [...html.matchAll(/\/contacts\/([0-9a-f-]{36})">/g)].map((match) => match[1]);
  const first = peopleOf(await page());
  const next = /href="(\/campaigns\/[^"]*after=\d+)#people">Next 25/.exec(first)?.[1];
  const second = peopleOf(await (await desk.get(next ?? "")).text());
  expect(new Set([...names(first), ...names(second)]).size).toBe(31);
  expect(second).toContain("First page");
  expect(second).not.toContain("Next 25");
});

test.each([
  ["a state", "?state=blocked", "1 of 31", ["Nele Never"]],
  ["several states, as the funnel asks", "?state=permitted,redeemed", "30 of 31", ["Person 1"]],
  ["a reason", "?state=blocked&reason=consent-missing", "1 of 31", ["Nele Never"]],
  ["a reason without a state", "?reason=consent-missing", "some of 31", ["Nele Never"]],
  ["a state in which nobody is", "?state=failed", "0 of 31", ["No one matches"]],
  ["those who opted out, of whom there are none", "?group=opted-out", "0 of 31", ["No one matches"]],
  ["what is no state, which asks for nothing", "?state=happy&reason=A%20B&group=x", "31 of 31", ["Person 1"]],
])("filtered by %s", async (_sentence, query, count, names) => {
  const people = peopleOf(await page(query));
  expect(people).toContain(count);
  for (const name of names) expect(people).toContain(name);
  if (count.startsWith("1 ") || count.startsWith("some")) expect(people).not.toContain("Person 1");
});

test("a held feed shows what it showed, whatever is decided since", async () => {
  const live = await (await desk.get(`/campaigns/${campaignId}/feed`)).text();
  const held = /href="(\/campaigns\/[^"]*held=\d+)"/.exec(live)?.[1] ?? "";
  const list = (html: string) => /<ul class="feed">.*<\/ul>/s.exec(html)?.[0];
  await inOwn((tx) =>
    tx.execute(sql`
      insert into decision (month, workspace_id, campaign_id, recipient_id, gate_id, verdict, reason, failing,
        not_checked, ruleset, gate_version, policy_epoch, inline, decided_at)
      select month, workspace_id, campaign_id, recipient_id, gate_id, 'block', 'newer-than-held', failing, not_checked,
        ruleset, gate_version, policy_epoch, inline, decided_at from decision limit 1`),
  );
  const still = await (await desk.get(held)).text();
  expect(list(still)).toBe(list(live));
  expect(still).not.toContain("hx-trigger");
  expect(list(await (await desk.get(`/campaigns/${campaignId}/feed`)).text())).not.toBe(list(live));
});

test("the rate names its pauses, how long they were, and the notes who made them", async () => {
  await desk.post(`/campaigns/${campaignId}/pause`, {});
  const paused = await page();
  expect(paused).toMatch(/aria-label="Messages per second since [^"]*; \d\d:\d\d paused \d+ s"/);
  await desk.post(`/campaigns/${campaignId}/resume`, {});
  await desk.post("/freeze", {});
  await desk.post("/unfreeze", {});
  const figures = await (await desk.get(`/campaigns/${campaignId}/figures`)).text();
  expect(figures).toMatch(/<span>\d\d:\d\d paused \d+ s<\/span><span>\d\d:\d\d frozen \d+ s<\/span>/);
  for (const words of ["Paused", "Resumed", "All contact frozen", "Contact unfrozen"]) {
    expect(figures).toContain(`${words} by ${STAFF_EMAIL}`);
  }
  // A freeze before the campaign was there is no matter of it.
  const later = await createCampaign(workspace);
  expect(await (await desk.get(`/campaigns/${later}`)).text()).not.toContain("All contact frozen");
});

test("an edit keeps what the form does not ask for, and takes away what was emptied", async () => {
  const token = await desk.api.key(["admin"]);
  const made = await desk.api.call(token, "POST", "/v1/campaigns", {
    name: "Draft",
    senderId: workspace.senderId,
    purposeId: workspace.purposeId,
    content: { subject: "S", html: "<p>h</p>", text: "t" },
    circumstances: { sector: "books" },
    frequencyCap: { max: 2, windowHours: 48 },
    endsAt: "2031-05-01T10:00:07Z",
  });
  const { id } = (await made.json()) as { id: string };
  const form = await (await desk.get(`/campaigns/${id}/edit`)).text();
  const value = (name: string) => new RegExp(`id="${name}"[^>]*? value="([^"]*)"`).exec(form)?.[1];
  const kept = Object.fromEntries(
    ["name", "subject", "ratePerSecond", "capMax", "capHours", "endsAt"].map((name) => [
      name,
      value(name) ?? "",
    ]),
  );
  expect(kept).toMatchObject({ capMax: "2", capHours: "48", endsAt: "2031-05-01T10:00:07" });
  const rest = { purposeId: workspace.purposeId, audience: '{"all":[]}', html: "<p>h</p>", text: "" };
  const saved = await desk.post(`/campaigns/${id}/edit`, { ...kept, ...rest, name: "Renamed" });
  expect(saved.status).toBe(303);
  const campaign = await inOwn((tx) => readCampaign(tx, id));
  expect(campaign).toMatchObject({
    frequencyCapMax: 2,
    frequencyCapWindowHours: 48,
    circumstances: { sector: "books" },
    content: { subject: "S", html: "<p>h</p>" },
  });
  expect(campaign?.content?.text).toBeUndefined();
  expect(campaign?.endsAt?.toISOString()).toBe("2031-05-01T10:00:07.000Z");
});

test.each([
  ["in the past", { date: "2020-01-01", time: "09:00", zone: "UTC" }, "is in the past"],
  ["that comes twice", { date: "2031-10-26", time: "02:30", zone: "Europe/Berlin" }, "comes twice"],
  ["that is no date", { date: "2031-02-30", time: "09:00", zone: "UTC" }, "no such time"],
  [
    "in a place that is none",
    { date: "2031-02-03", time: "09:00", zone: "Mars/Olympus" },
    "choose a time zone",
  ],
  ["that is empty", { date: "", time: "", zone: "UTC" }, "write the date"],
])("a time %s schedules nothing", async (_sentence, fields, words) => {
  const draft = await createCampaign(workspace);
  const answer = await desk.post(`/campaigns/${draft}/schedule`, { when: "later", ...fields });
  expect(answer.status).toBe(422);
  expect(await answer.text()).toContain(words);
  expect((await inOwn((tx) => readCampaign(tx, draft)))?.state).toBe("draft");
});

test("a time of a zone is the instant that its clocks show", async () => {
  const draft = await createCampaign(workspace);
  const fields = { when: "later", date: "2031-07-01", time: "09:30", zone: "America/New_York" };
  expect((await desk.post(`/campaigns/${draft}/schedule`, fields)).status).toBe(303);
  const campaign = await inOwn((tx) => readCampaign(tx, draft));
  expect(campaign?.scheduledAt?.toISOString()).toBe("2031-07-01T13:30:00.000Z");
});

test("a dry run that allows nobody offers no start, and says why; one that allows somebody names how many", async () => {
  const nobody = await createCampaign(workspace, { audience: { country: ["NZ"] } });
  const empty = await (await desk.get(`/campaigns/${nobody}/dry-run`)).text();
  expect(empty).toContain("Nobody may be contacted now.");
  expect(empty).toMatch(/<button[^>]* disabled[^>]*>\s*Start now for 0 people/);
  const somebody = await createCampaign(workspace);
  const full = await (await desk.get(`/campaigns/${somebody}/dry-run`)).text();
  expect(full).toMatch(/<button class="btn go big wide" type="submit">\s*Start now for 30 people/);
  expect(full).toContain("Schedule for 30 people");
});
