import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { RULESET } from "#core/ruleset";
import { migrate } from "#db/migrate";
import { bootstrapWorkspace } from "#flow/access/api-keys";
import { type RunningApi, startApi } from "../../apps/api/server.ts";
import { type CaptureServer, startCaptureServer } from "../../apps/local/capture-server.ts";
import { seedDemo } from "../../apps/local/demo/seed.ts";
import { type RunningWorker, startWorker } from "../../apps/worker/worker.ts";
import { LAUNCH, lookAt } from "../support/look.ts";
import { testConfig } from "../support/product.ts";
import { freePort } from "../support/redis-server.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

const EMAIL = "demo@consentry.example";
const PASSWORD = "a long enough password";
const DIRECTORY = mkdtempSync(join(tmpdir(), "consentry-browser-"));
/** Pictures go with the run's other files, unless `npm run screenshots` wants them kept. */
const SHOTS = process.env["SCREENSHOTS"] ?? join(DIRECTORY, "screenshots");

let database: TestDatabase;
let capture: CaptureServer;
let api: RunningApi;
let worker: RunningWorker;
let browser: Browser;
let page: Page;
/** What the browser complained about: blocked scripts or styles, failed requests. */
const complaints: string[] = [];

beforeAll(async () => {
  mkdirSync(SHOTS, { recursive: true });
  database = await createTestDatabase(inject("postgresUrl"));
  await migrate(database.ownerUrl);
  capture = await startCaptureServer(join(DIRECTORY, "inbox"));
  const port = await freePort();
  const key = `ck_live_browser01_${"b".repeat(43)}`;
  const config = testConfig(database.ownerUrl, 1, {
    smtpUrl: capture.smtpUrl,
    port,
    publicUrl: `http://127.0.0.1:${port}`,
    bootstrapApiKey: key,
  });
  const startedApi = await startApi(config, capture);
  const startedWorker = await startWorker(config);
  if (startedApi.kind === "problem" || startedWorker.kind === "problem")
    throw new Error("the product did not start");
  api = startedApi.api;
  worker = startedWorker.worker;
  const bootstrap = await bootstrapWorkspace(api.deps, key, "Default");
  if (bootstrap.kind === "problem") throw new Error(bootstrap.message);
  await api.auth.ensureUser(EMAIL, PASSWORD, bootstrap.workspaceId);
  await seedDemo(api.deps, bootstrap.workspaceId);
  browser = await chromium.launch({ executablePath: inject("chromiumPath"), args: LAUNCH });
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    // A colour on its way to another has the contrast of neither.
    reducedMotion: "reduce",
  });
  page = await context.newPage();
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
}, 120_000);

afterAll(async () => {
  await browser.close();
  await worker.stop();
  await api.stop();
  await capture.stop();
  await database.drop();
  rmSync(DIRECTORY, { recursive: true, force: true });
});

const look = (name: string) => lookAt(page, name, SHOTS);

test("a marketer logs in, tries a campaign dry, starts it; a recipient stops it from the message; the counts follow", async () => {
  await page.goto(`${api.url}/`);
  expect(page.url()).toContain("/login");
  await look("login");
  await page.fill("#email", EMAIL);
  await page.fill("#password", "wrong");
  await page.click("button[type=submit]");
  expect(await page.textContent("[role=alert]")).toContain("do not belong together");
  await page.fill("#email", EMAIL);
  await page.fill("#password", PASSWORD);
  await page.click("button[type=submit]");
  await page.waitForURL(`${api.url}/`);
  await look("home");

  await page.click("nav a[href='/campaigns']");
  await look("campaigns");
  await page.click("a[href='/campaigns/new'] >> nth=0");
  await look("campaign-form");
  await page.goto(`${api.url}/campaigns`);
  await page.click("th a");
  await look("campaign-draft");
  await page.click("text=Dry run");
  expect(await page.textContent("body")).toContain("Nobody was contacted");
  await look("dry-run");
  await page.click("text=/Start now for/");
  // The chip of a state, with a number: the page before this one says "Nobody was contacted".
  await page.waitForSelector(".legend a[href*='state=contacted']", { timeout: 20_000 });
  const campaignUrl = page.url();
  // Nobody was planned yet when the page came.
  await page.waitForSelector("#people tbody tr", { timeout: 20_000 });
  // The rate and the notes come every five seconds.
  await page.waitForSelector("svg.plot", { timeout: 20_000 });
  expect(await page.textContent("#figures")).toContain(`Scheduled by ${EMAIL}`);
  // People stand there by name; a name leads to the person, a number to the people behind it.
  expect(await page.textContent("#people tbody th")).toMatch(/[A-Z].*@/s);
  await look("campaign-live");

  await page.click("#feed >> text=Hold");
  await page.waitForSelector("#feed >> text=Newest decisions, held");
  const held = await page.textContent("#feed ul");
  const funnel = await page.textContent("#live .funnel");
  await expect.poll(() => page.textContent("#live .funnel"), { timeout: 10_000 }).not.toBe(funnel);
  await page.waitForTimeout(2_000);
  expect(await page.textContent("#feed ul")).toBe(held);
  await page.click("#feed >> text=Go on");
  await expect.poll(() => page.textContent("#feed ul"), { timeout: 10_000 }).not.toBe(held);

  await page.click("#live .legend a[href*='state=blocked']");
  await page.waitForSelector("#people .chips");
  const count = await page.textContent("#live .legend a[aria-current] b");
  expect(await page.textContent("#people header .end")).toContain(`${count} of`);
  await page.click("#people >> text=Decision >> nth=0");
  await page.waitForURL(/recipients/);
  expect(await page.textContent("h2")).toBe("What was decided");
  await look("decision");

  await page.goto(`${api.url}/inbox`);
  await page.click(".mail li a");
  await page.waitForSelector("iframe");
  await page.setViewportSize({ width: 390, height: 900 });
  // On a phone the message is a page of its own, not below a hundred others.
  expect(await page.isVisible(".mail > ul")).toBe(false);
  expect(await page.isVisible("text=All messages")).toBe(true);
  await look("inbox");
  await page.click("text=Open the unsubscribe page");
  // Their page speaks the person's language; this reader takes English.
  await page.goto(`${page.url()}?lang=en`);
  await look("unsubscribe");
  await page.click("button.go");
  expect(await page.textContent("h1")).toContain("is stopped");
  await look("unsubscribed");

  await page.goto(campaignUrl);
  await page.waitForSelector("text=/of 1 who opted out/", { timeout: 10_000 });
  expect(await page.textContent(".figure")).toContain("0 contacted after opt-out");
  await page.click("text=Pause");
  await page.waitForSelector("text=Resume");
  await page.click("text=Freeze all");
  expect(await page.textContent("h1")).toContain("All contact is frozen");
  await page.click("text=Unfreeze");
  expect(complaints.filter((text) => !text.includes("401"))).toEqual([]);
}, 300_000);

test("a draft keeps its cap and its end when it is edited, and is scheduled for a time in a named zone", async () => {
  await page.goto(`${api.url}/campaigns/new`);
  await page.fill("#name", "Winter care kit");
  await page.fill("#subject", "For your boots");
  await page.fill("#capMax", "3");
  await page.fill("#capHours", "168");
  await page.fill("#endsAt", "2031-12-01T18:00:00");
  await page.click("text=Save the draft");
  await page.waitForSelector("text=Edit");
  const campaignUrl = page.url();
  await page.click("text=Edit");
  expect([await page.inputValue("#capMax"), await page.inputValue("#capHours")]).toEqual(["3", "168"]);
  expect(await page.inputValue("#endsAt")).toContain("2031-12-01T18:00");
  await page.fill("#capHours", "");
  await page.click("text=Save the draft");
  expect(await page.textContent("[role=alert]")).toContain("/frequencyCap/windowHours");
  await page.fill("#capHours", "24");
  await page.click("text=Save the draft");
  await page.waitForURL(campaignUrl);
  expect(await page.textContent("body")).toContain("ends at the latest 01 Dec 2031, 18:00 UTC");

  await page.click("text=Dry run");
  // The clocks of Berlin go from 2 to 3 on that day.
  await page.fill("#date", "2031-03-30");
  await page.fill("#time", "02:30");
  await page.selectOption("#zone", "Europe/Berlin");
  await page.click("text=/Schedule for [0-9,]+ people/");
  expect(await page.textContent("[role=alert]")).toContain("no such time in Europe/Berlin");
  await look("dry-run-problem");
  await page.fill("#time", "09:30");
  await page.click("text=/Schedule for [0-9,]+ people/");
  await page.waitForURL(campaignUrl);
  expect(await page.textContent("body")).toContain("starts 30 Mar 2031, 07:30 UTC");
  expect(await page.textContent("#figures")).toContain("for 30 Mar 2031, 07:30:00 UTC");
  await look("campaign-scheduled");
});

test("people are found by their exact address, and their page shows the wording they agreed to", async () => {
  await page.goto(`${api.url}/contacts`);
  await look("contacts");
  await page.click("tbody th a");
  expect(await page.textContent("body")).toContain("Consent");
  await look("contact");
  await page.goto(`${api.url}/import`);
  expect(await page.textContent("#source")).toContain("From the people themselves");
  await look("import");
});

test("the rules in force stand on a page of their own, with their sources, hours and coming dates", async () => {
  await page.goto(`${api.url}/`);
  await page.click("nav a[href='/rules']");
  expect(await page.textContent("h1")).toContain("Rules");
  const body = await page.textContent("body");
  for (const wanted of [RULESET, "consent-express", "Coming", "US-NDNCR", "Calling hours", "consentMonths"]) {
    expect(body).toContain(wanted);
  }
  await look("rules");
  await page.click("details.more summary");
  expect(await page.isVisible("text=MS, United States")).toBe(true);
});

test("settings tell what holds and why, and show what a change will do before it is made", async () => {
  await page.goto(`${api.url}/`);
  await page.click("nav a[href='/settings']");
  await look("settings");
  await page.click("text=Hollerbach Outdoor GmbH");
  await page.click("a[href$='/legalBasis']");
  await page.selectOption("#value", "law");
  await page.click("text=Show what it will do");
  expect(await page.textContent("body")).toContain("People who never agreed may then be contacted");
  await look("setting-change");
  await page.click("text=Choose another value");
  await page.goto(`${api.url}/settings/sources`);
  await page.fill("#name", "Outdoor fair 2026");
  await page.fill("#key", "fair-2026");
  await page.fill("#vendor", "Fair organisers");
  await page.click("text=Add the source");
  await page.waitForSelector("text=Not verified");
  await look("sources");
  await page.click("text=Verify");
  await page.fill("#note", "Saw the sign-up sheets; kept in folder 12");
  await look("verify-source");
  await page.click("text=/Verify for 0 contacts/");
  await page.waitForSelector("text=Saw the sign-up sheets");
  await page.click("text=Do-not-call lists");
  await look("registries");
  expect(complaints.filter((text) => !text.includes("401") && !text.includes("422"))).toEqual([]);
});

test("a change from another site is refused even with the session's cookie", async () => {
  const status = await page.evaluate(async () => {
    const response = await fetch("/freeze", { method: "POST", redirect: "manual" });
    return response.type;
  });
  expect(status).toBe("opaqueredirect");
  const cookies = (await page.context().cookies())
    .map((cookie) => `${cookie.name}=${cookie.value}`)
    .join("; ");
  const foreign = await fetch(`${api.url}/freeze`, {
    method: "POST",
    headers: { cookie: cookies, origin: "https://evil.example" },
    redirect: "manual",
  });
  expect(foreign.status).toBe(403);
  expect(
    (await page.context().cookies()).every((cookie) => cookie.httpOnly && cookie.sameSite === "Lax"),
  ).toBe(true);
});
