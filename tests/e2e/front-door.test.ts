import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { scheduleCampaign } from "#flow/campaign/schedule";
import type { CapturedMessage } from "#flow/inbox";
import type { RunningApi } from "../../apps/api/server.ts";
import type { CaptureServer } from "../../apps/local/capture-server.ts";
import { createTestForm, type TestForm } from "../support/front-door.ts";
import { lookAt } from "../support/look.ts";
import { createCampaign, type TestWorkspace } from "../support/product.ts";
import { type RunningProduct, runProduct } from "../support/running-product.ts";

const ANNA = "anna.koenig@example.org";
const STAFF = "staff@consentry.example";
const PASSWORD = "a long enough password";
/** Pictures go with the run's other files, unless `npm run screenshots` wants them kept. */
let shots: string;

let product: RunningProduct;
let workspace: TestWorkspace;
let form: TestForm;
let capture: CaptureServer;
let api: RunningApi;
let browser: Browser;
/** A browser that runs no script of any page. */
let page: Page;
/** One that does: the accessibility checker is a script. It is shown what the other one got. */
let looker: Page;
const complaints: string[] = [];

beforeAll(async () => {
  product = await runProduct();
  shots = process.env["SCREENSHOTS"] ?? join(product.directory, "screenshots");
  mkdirSync(shots, { recursive: true });
  ({ workspace, capture, api, browser } = product);
  form = await createTestForm(workspace);
  await api.auth.ensureUser(STAFF, PASSWORD, workspace.workspaceId);
  const context = await browser.newContext({
    javaScriptEnabled: false,
    viewport: { width: 390, height: 900 },
    reducedMotion: "reduce",
    locale: "en-GB",
  });
  page = await context.newPage();
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  looker = await (await browser.newContext({ reducedMotion: "reduce" })).newPage();
}, 120_000);

afterAll(() => product.stop());

/** Looks at what the page is now. */
async function look(name: string): Promise<void> {
  const body = await page.content();
  await looker.unrouteAll();
  await looker.route(`${api.url}/looked-at`, (route) => route.fulfill({ body, contentType: "text/html" }));
  await looker.goto(`${api.url}/looked-at`);
  await lookAt(looker, name, shots);
}

/** The first message with this subject that reaches a mailbox. */
async function received(to: string, subject: string): Promise<CapturedMessage> {
  for (let tries = 0; tries < 400; tries += 1) {
    const { messages } = await capture.list({ limit: 50, before: null });
    const found = messages.find((message) => message.to.includes(to) && message.subject.includes(subject));
    if (found !== undefined) {
      const whole = await capture.get(found.id);
      if (whole !== null) return whole;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${subject} did not arrive`);
}

const linkIn = (message: CapturedMessage, kind: "c" | "p" | "u"): string =>
  new RegExp(`http://127\\.0\\.0\\.1:\\d+/${kind}/[A-Za-z0-9._-]+(\\?lang=[a-z]{2})?`).exec(
    message.text ?? "",
  )?.[0] ?? "";

test("a person signs up, confirms, receives, asks why, takes a break and stops, on a phone without a script", async () => {
  await page.goto(`${api.url}/f/${form.formId}`);
  expect(await page.locator("input[type=checkbox]:checked").count()).toBe(0);
  await look("sign-up");
  // Nothing is filled in: the page says what is missing, and keeps what there is.
  await page.click("button.go");
  expect(await page.textContent("[role=alert]")).toContain("Tick at least one box");
  await look("sign-up-missing");
  await page.fill("#email", ANNA);
  await page.fill("#name", "Anna König");
  await page.fill("#phone", "+49 30 1234567");
  await page.check("#box-0");
  await page.check("#box-2");
  await page.click("button.go");
  expect(await page.textContent("h1")).toContain("Look into your mailbox");
  await look("sign-up-thanks");

  const question = await received(ANNA, "Confirm your sign-up with Acme GmbH");
  await page.goto(linkIn(question, "c"));
  expect(await page.textContent("main")).toContain("Email me the Acme newsletter");
  await look("confirm");
  await page.click("button.go");
  expect(await page.textContent("h1")).toBe("Confirmed");
  await look("confirmed");

  const { workspaceId } = workspace;
  const campaignId = await createCampaign(workspace);
  await scheduleCampaign(workspace.deps, { workspaceId, campaignId, at: null, actor: "test" });
  const news = await received(ANNA, "Hello Anna");
  await page.goto(linkIn(news, "p"));
  expect(await page.textContent("main")).toContain("a•••••••@example.org");
  expect(await page.textContent("main")).toContain("We emailed you “Spring news”");
  await look("choices");
  await page.click("text=Why did I get this?");
  expect(await page.textContent("main")).toContain("Email me the Acme newsletter");
  await look("why");
  await page.click("text=Back to your choices");
  await page.click("text=Everything we sent you, and everything we held back");
  await look("messages");
  await page.click("text=Back to your choices");

  await page.check("#pace-pause-30");
  await page.click("button.go");
  expect(await page.textContent(".done")).toContain("Nothing comes until");
  await look("choices-saved");

  await page.goto(linkIn(news, "u"));
  await page.click("button.go");
  expect(await page.textContent("h1")).toBe("“Newsletter” is stopped");
  await page.click("text=All your choices");
  expect(await page.locator("input[type=checkbox]:checked").count()).toBe(0);
  await page.click("text=Stop everything");
  expect(await page.textContent(".done")).toContain("Everything is stopped");
  await page.click("text=Undo");
  expect(await page.textContent(".done")).toContain("as it was before");
  // The form that was sent back unfinished, and nothing else.
  expect(complaints.filter((text) => !text.includes("422"))).toEqual([]);
}, 240_000);

test.each([
  ["de", "Was Sie von uns erhalten"],
  ["fr", "Ce que vous recevez de nous"],
  ["es", "Lo que recibe de nosotros"],
  ["it", "Che cosa riceve da noi"],
])(
  "the way in %s: form, confirmation and choices speak it, down to the letter, and fit a narrow phone",
  async (language, title) => {
    const address = `reader.${language}@example.org`;
    await page.goto(`${api.url}/f/${form.formId}?lang=${language}`);
    await look(`sign-up-${language}`);
    await page.fill("#email", address);
    await page.check("#box-1");
    await page.click("button.go");
    expect(await page.getAttribute("html", "lang")).toBe(language);
    const letter = await received(address, "Acme GmbH");
    await page.goto(linkIn(letter, "c"));
    expect(await page.getAttribute("html", "lang")).toBe(language);
    await page.click("button.go");
    await page.click("main a");
    expect(await page.textContent("h1")).toBe(title);
    await look(`choices-${language}`);
  },
  120_000,
);

test("staff see where each form stands, with HTML for their own site that takes a sign-up as our page does", async () => {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    reducedMotion: "reduce",
  });
  const desk = await context.newPage();
  await desk.goto(`${api.url}/login`);
  await desk.fill("#email", STAFF);
  await desk.fill("#password", PASSWORD);
  await desk.click("button[type=submit]");
  await desk.waitForURL(`${api.url}/`);
  await desk.click("nav a[href='/forms']");
  await desk.click("details.more summary");
  const html = (await desk.textContent("details.more code")) ?? "";
  await lookAt(desk, "forms", shots);
  await desk.click("text=Switch off");
  expect(await desk.textContent("main")).toContain("Switched off");
  expect((await fetch(`${api.url}/f/${form.formId}`)).status).toBe(404);
  await desk.click("text=Switch on");
  await context.close();

  // As it would stand on the sender's own site.
  await page.setContent(html);
  await page.fill("input[name=email]", "embedded@example.org");
  await page.check("input[name=box] >> nth=0");
  await page.click("button");
  expect(await page.textContent("h1")).toContain("Look into your mailbox");
  expect(linkIn(await received("embedded@example.org", "Confirm"), "c")).not.toBe("");
}, 120_000);

test("staff write a notice, read it as people will, say that its meaning changes, and put it on a form, without a script", async () => {
  await page.setViewportSize({ width: 390, height: 900 });
  await page.goto(`${api.url}/login`);
  await page.fill("#email", STAFF);
  await page.fill("#password", PASSWORD);
  await page.click("button[type=submit]");
  await page.goto(`${api.url}/settings/notices`);
  await look("notices");
  await page.click("text=/^Next version/ >> nth=0");
  await page.selectOption("#subject", `${form.offersId}.email`);
  await page.fill("#version", "2026-12");
  await page.fill("#statement", "Email me offers of Acme GmbH and of its partners.");
  await page.fill("#collected", "Your email address, and which offers you chose");
  await page.fill("#why", "To tell you about goods and discounts");
  await page.fill("#kept", "Until you withdraw, and three years longer as proof");
  await page.fill("#recipients", "Acme GmbH and the partners on acme.example/partners");
  await page.fill("#withdrawal", "With the link in every message");
  await look("notice-editor");
  await page.click("button.go");
  expect(await page.textContent(".choice")).toContain("Email me offers of Acme GmbH and of its partners.");
  expect(await page.textContent(".told")).toContain("Who receives it");
  await look("notice-preview");
  // Without an answer the browser does not send it: nothing is chosen for the writer.
  expect(await page.locator("input[type=radio]:checked").count()).toBe(0);
  await page.click("button.go");
  expect(await page.textContent("h1")).toContain("Publish 2026-12?");
  await page.check("#changes-yes");
  await page.click("button.go");
  expect(await page.textContent("[role=status]")).toContain("Changed.");
  await page.goto(`${api.url}/forms`);
  await page.click("text=/^Edit/");
  await page.fill("#thanks-en", "Good to have you.");
  await look("form-editor");
  await page.click("button.go");
  await page.click("text=/^Preview/");
  expect(await page.textContent("main")).toContain("of its partners");
  await look("form-preview");
  await page.fill("#email", "preview@example.org");
  await page.check("#box-1");
  await page.click("button.go");
  expect(await page.textContent("main")).toContain("Good to have you.");

  await page.goto(`${api.url}/f/${form.formId}?lang=en`);
  expect(await page.textContent("main")).toContain("Until you withdraw, and three years longer as proof");
  await page.fill("#email", "informed@example.org");
  await page.check("#box-1");
  await page.click("button.go");
  expect(await page.textContent("main")).toContain("Good to have you.");
  const letter = await received("informed@example.org", "Confirm");
  expect(letter.text).toContain("Who receives it: Acme GmbH and the partners");
  await page.goto(linkIn(letter, "c"));
  expect(await page.textContent("q")).toContain("How to withdraw: With the link in every message");
  await look("confirm-informed");
}, 240_000);
