import { AxeBuilder } from "@axe-core/playwright";
import { sql } from "drizzle-orm";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { inWorkspace } from "#db/database";
import { scheduleCampaign } from "#flow/campaign/schedule";
import { findContacts } from "#flow/contacts/contacts";
import type { CapturedMessage } from "#flow/inbox";
import type { RunningApi } from "../../apps/api/server.ts";
import type { CaptureServer } from "../../apps/local/capture-server.ts";
import { importFile, refusals } from "../flow/import/import-run.ts";
import { setClockAhead } from "../support/clock.ts";
import { createTestForm, ledgerOf, person, type TestForm } from "../support/front-door.ts";
import { chainFaults } from "../support/ledger-chain.ts";
import { SCROLLS_SIDEWAYS } from "../support/look.ts";
import { createCampaign, type TestWorkspace, untilCampaign } from "../support/product.ts";
import { type RunningProduct, runProduct } from "../support/running-product.ts";
import type { TestDatabase } from "../support/test-database.ts";

const ANNA = "anna.wanderer@example.org";
const NAME = "Anna Wanderer";
const WIDTH = 390;
const DAY_MS = 86_400_000;

let product: RunningProduct;
let database: TestDatabase;
let workspace: TestWorkspace;
let form: TestForm;
let capture: CaptureServer;
let api: RunningApi;
let browser: Browser;
/** A browser that runs no script of any page. */
let page: Page;
/** One that does: the accessibility checker is a script. It is shown what the other one got. */
let looker: Page;
/** Every message the mail server took, oldest first, whoever deletes it later. */
const delivered: string[] = [];
/** What was not as it should be on the pages of the way, and which were looked at. */
const faults: string[] = [];
const seen: string[] = [];

beforeAll(async () => {
  product = await runProduct();
  ({ database, workspace, capture, api, browser } = product);
  form = await createTestForm(workspace);
  capture.onMessage((message) => delivered.push(`${message.to.join(" ")}: ${message.subject}`));
  const phone = { viewport: { width: WIDTH, height: 900 }, reducedMotion: "reduce" } as const;
  const context = await browser.newContext({ ...phone, javaScriptEnabled: false, locale: "en-GB" });
  page = await context.newPage();
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(message.text());
  });
  looker = await (await browser.newContext(phone)).newPage();
}, 120_000);

afterAll(() => product.stop());

/** Looks at what the page is now: nothing serious for the accessibility checker, no script, no sideways scroll. */
async function look(name: string): Promise<void> {
  const body = await page.content();
  await looker.unrouteAll();
  await looker.route(`${api.url}/looked-at`, (route) => route.fulfill({ body, contentType: "text/html" }));
  await looker.goto(`${api.url}/looked-at`);
  const { violations } = await new AxeBuilder({ page: looker }).analyze();
  for (const { id, impact } of violations)
    if (impact === "serious" || impact === "critical") faults.push(`${name}: ${id}`);
  if (await looker.evaluate(SCROLLS_SIDEWAYS)) faults.push(`${name} scrolls sideways`);
  if ((await looker.locator("script").count()) > 0) faults.push(`${name} has a script`);
  seen.push(name);
}

/** The newest message with this in its subject that reached Anna. */
async function received(subject: string): Promise<CapturedMessage> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const { messages } = await capture.list({ limit: 50, before: null });
    const found = messages.find((each) => each.to.includes(ANNA) && each.subject.includes(subject));
    const whole = found === undefined ? null : await capture.get(found.id);
    if (whole !== null) return whole;
    if (performance.now() > deadline) throw new Error(`${subject} did not arrive`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const linkIn = (message: CapturedMessage, path: "c" | "p" | "u" | "privacy/r"): string =>
  new RegExp(`http://127\\.0\\.0\\.1:\\d+/${path}/[A-Za-z0-9._-]+(\\?lang=[a-z]{2})?`).exec(
    message.text ?? "",
  )?.[0] ?? "";

const stored = <Row extends Record<string, unknown>>(query: ReturnType<typeof sql>) =>
  inWorkspace(workspace.database, workspace.workspaceId, async (tx) => [...(await tx.execute<Row>(query))]);

/** Runs a campaign to its end; what became of its recipients. */
async function campaign(subject: string): Promise<string[]> {
  const campaignId = await createCampaign(workspace, {
    content: { subject, html: "<p>Dear {{ contact.full_name }}</p>" },
  });
  const { workspaceId } = workspace;
  await scheduleCampaign(api.deps, { workspaceId, campaignId, at: null, actor: "test" });
  await untilCampaign(workspace, campaignId, ["finished"], 20_000);
  const recipients = await stored<{ state: string }>(sql`
    select state || coalesce(' ' || reason, '') as state from recipient where campaign_id = ${campaignId}::uuid`);
  return recipients.map((row) => row.state);
}

const known = () =>
  findContacts(workspace.database, workspace.deps.keys, workspace.workspaceId, { email: ANNA });
const standing = async () =>
  (await stored<{ kind: string }>(sql`select kind from suppression where lifted_by_event_id is null`)).map(
    (row) => row.kind,
  );

async function signUp(): Promise<void> {
  await page.goto(`${api.url}/f/${form.formId}`);
  expect(await page.locator("input[type=checkbox]:checked").count()).toBe(0);
  await look("sign-up");
  await page.fill("#email", ANNA);
  await page.fill("#name", NAME);
  await page.check("#box-0");
  await page.click("button.go");
  expect(await page.textContent("h1")).toContain("Look into your mailbox");
  await look("sign-up-thanks");
}

async function confirm(): Promise<void> {
  await page.goto(linkIn(await received("Confirm your sign-up with Acme GmbH"), "c"));
  await look("confirm");
  await page.click("button.go");
  expect(await page.textContent("h1")).toBe("Confirmed");
  await look("confirmed");
}

/** Asks for a right in the privacy centre and opens the link that is mailed. */
async function askFor(kind: "access" | "erasure"): Promise<void> {
  const before = delivered.length;
  await page.goto(`${api.url}/privacy/${workspace.senderId}?lang=en`);
  await look(`privacy-centre-${kind}`);
  await page.check(`#kind-${kind}`);
  await page.fill("#value", ANNA);
  await page.click("button[type=submit]");
  expect(await page.textContent("h1")).toBe("Look into your mailbox");
  await look(`asked-${kind}`);
  await expect.poll(() => delivered.length, { timeout: 20_000 }).toBe(before + 1);
  const { messages } = await capture.list({ limit: 1, before: null });
  const mail = await capture.get(messages[0]?.id ?? "");
  if (mail === null) throw new Error("the mail with the link is gone");
  await page.goto(linkIn(mail, "privacy/r"));
  await look(`link-${kind}`);
}

const requests = async () =>
  (
    await stored<{ text: string }>(
      sql`select kind || ' ' || state as text from privacy_request order by received_at`,
    )
  ).map((row) => row.text);

test("a person's whole way: sign up, receive, why, pause, unsubscribe, access, erase, kept out of lists, sign up again", async () => {
  await signUp();
  expect(await ledgerOf(workspace, ANNA)).toEqual(["requested newsletter email"]);
  // Asked, but not yet given: a campaign finds her and must not reach her.
  expect(await campaign("Too early")).toEqual([expect.stringMatching(/^blocked /)]);
  await confirm();
  expect(await ledgerOf(workspace, ANNA)).toEqual([
    "requested newsletter email",
    "confirmed newsletter email",
  ]);

  expect(await campaign("Spring news")).toEqual(["contacted"]);
  const news = await received("Spring news");
  const confirmMail = `${ANNA}: Confirm your sign-up with Acme GmbH`;
  expect(delivered).toEqual([confirmMail, `${ANNA}: Spring news`]);
  expect(news.html).toContain(`Dear ${NAME}`);

  await page.goto(linkIn(news, "p"));
  await look("choices");
  await page.click("text=Why did I get this?");
  expect(await page.textContent("main")).toContain("Email me the Acme newsletter");
  await look("why");
  await page.click("text=Back to your choices");

  await page.check("#pace-pause-30");
  await page.click("button.go");
  expect(await page.textContent(".done")).toContain("Nothing comes until");
  await look("paused");
  const paces = sql`select paused_until > consentry_now() + interval '29 days' as ok from contact_preference`;
  expect(await stored(paces)).toEqual([{ ok: true }]);
  expect(await campaign("While you rest")).toEqual(["blocked paused-by-person"]);

  await page.goto(linkIn(news, "u"));
  await look("unsubscribe");
  await page.click("button.go");
  expect(await page.textContent("h1")).toBe("“Newsletter” is stopped");
  await look("unsubscribed");
  expect((await ledgerOf(workspace, ANNA)).at(-1)).toBe("withdrawn newsletter email");
  expect(await campaign("After the stop")).toEqual([expect.stringMatching(/^blocked /)]);
  expect(delivered).toEqual([confirmMail, `${ANNA}: Spring news`]);

  await askFor("access");
  expect(await requests()).toEqual(["access unverified"]);
  await page.click("button[type=submit]");
  const report = await page.textContent("main");
  for (const wanted of [NAME, ANNA, "Spring news", "withdrawn"]) expect(report).toContain(wanted);
  await look("report");
  expect(await requests()).toEqual(["access answered"]);

  // One mail about rights a day: tomorrow.
  await setClockAhead(database.ownerUrl, DAY_MS);
  await askFor("erasure");
  // The link alone erases nobody: programs look at links in mail.
  expect(await known()).toHaveLength(1);
  await page.click("button[type=submit]");
  expect(await page.textContent("main")).toContain("You are erased");
  await look("erased");
  expect(await known()).toEqual([]);
  expect(await standing()).toEqual(["erasure"]);
  const { messages } = await capture.list({ limit: 50, before: null });
  expect(messages.filter((each) => each.to.includes(ANNA))).toEqual([]);
  const dead = await page.goto(linkIn(news, "p"));
  expect(dead?.status()).toBe(404);
  expect(await page.textContent("body")).not.toContain("example.org");
  await look("choices-after-erasure");

  const given = new Date(Date.now() - 60_000).toISOString();
  const file = `email,full_name,country,consent_given_at,consent_source,notice_version\n${ANNA},${NAME},DE,${given},web-form,2026-01\n`;
  const job = await importFile(workspace, file);
  expect(job).toMatchObject({ created: 0, refused: 1, refusedByReason: { "erased-person": 1 } });
  expect(await refusals(workspace, job.id)).toEqual(["1 email erased-person"]);
  expect(await known()).toEqual([]);
  const beforeReturn = delivered.length;
  expect(await campaign("To the erased")).toEqual([]);
  expect(delivered).toHaveLength(beforeReturn);

  await setClockAhead(database.ownerUrl, 2 * DAY_MS);
  await signUp();
  // The tombstone stands until the owner of the mailbox has spoken.
  expect(await standing()).toEqual(["erasure"]);
  expect(await campaign("Not yet")).toEqual(["blocked suppressed-erasure"]);
  await confirm();
  expect(await standing()).toEqual([]);
  expect((await person(workspace, ANNA)).record.erasedAt).toBeNull();
  expect(await campaign("Welcome back")).toEqual(["contacted"]);
  expect(delivered.slice(beforeReturn)).toEqual([confirmMail, `${ANNA}: Welcome back`]);

  expect((await chainFaults(database.ownerUrl)).faults).toEqual([]);
  expect(seen).toHaveLength(22);
  // The dead link above, and nothing else.
  expect(faults.filter((text) => !text.includes("status of 404"))).toEqual([]);
}, 180_000);
