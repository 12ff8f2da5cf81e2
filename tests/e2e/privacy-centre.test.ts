import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createContact, findContacts } from "#flow/contacts/contacts";
import type { RunningApi } from "../../apps/api/server.ts";
import type { CaptureServer } from "../../apps/local/capture-server.ts";
import { SCROLLS_SIDEWAYS } from "../support/look.ts";
import { TEST_SECRETS, type TestWorkspace } from "../support/product.ts";
import { type RunningProduct, runProduct } from "../support/running-product.ts";

const EMAIL = "penelope@example.com";

let product: RunningProduct;
let workspace: TestWorkspace;
let capture: CaptureServer;
let api: RunningApi;
let browser: Browser;

beforeAll(async () => {
  product = await runProduct();
  ({ workspace, capture, api, browser } = product);
}, 120_000);

afterAll(() => product.stop());

const centre = (language: string) => `${api.url}/privacy/${workspace.senderId}?lang=${language}`;

async function create(email: string): Promise<void> {
  const { deps, workspaceId } = workspace;
  const person = { fullName: "Penelope Pangolin", country: "DE" };
  const made = await createContact(deps, { workspaceId, actor: "test", person, email });
  expect(made.kind).toBe("created");
}

/** The link in the newest mail to somebody; waits for it. */
async function mailedLink(to: string): Promise<string> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const { messages } = await capture.list({ limit: 50, before: null });
    const found = messages.find((message) => message.to.includes(to));
    const text = found === undefined ? null : (await capture.get(found.id))?.text;
    const link = /http:\S+\/privacy\/r\/\S+/.exec(text ?? "")?.[0];
    if (link !== undefined) return link;
    if (performance.now() > deadline) throw new Error(`no mail came for ${to}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function seriousOn(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations
    .filter((each) => each.impact === "serious" || each.impact === "critical")
    .map((each) => `${page.url()} ${each.id}: ${each.nodes[0]?.html}`);
}

test("a person without script asks for their data, reads it, takes it along, and is erased; a list does not bring them back", async () => {
  await create(EMAIL);
  const context = await browser.newContext({ javaScriptEnabled: false, acceptDownloads: true });
  const page = await context.newPage();
  try {
    const ask = async (kind: string) => {
      await page.goto(centre("en"));
      await page.check(`#kind-${kind}`);
      await page.fill("#value", EMAIL);
      await page.click("button[type=submit]");
      expect(await page.textContent("h1")).toBe("Look into your mailbox");
    };
    await ask("access");
    await page.goto(await mailedLink(EMAIL));
    await page.click("button[type=submit]");
    expect(await page.textContent("main")).toContain("Penelope Pangolin");
    const downloading = page.waitForEvent("download");
    await page.click("button[type=submit]");
    expect((await downloading).suggestedFilename()).toBe("my-data.json");
  } finally {
    await context.close();
  }
});

test("an erasure that the person confirms takes the very mail with the link out of the mail capture", async () => {
  const email = "patience@example.com";
  await create(email);
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  try {
    await page.goto(centre("de"));
    await page.check("#kind-erasure");
    await page.fill("#value", email);
    await page.click("button[type=submit]");
    await page.goto(await mailedLink(email));
    expect(await page.textContent("h1")).toBe("Löschen Sie mich");
    await page.click("button[type=submit]");
    expect(await page.textContent("main")).toContain("Sie sind gelöscht");
  } finally {
    await context.close();
  }
  const { messages } = await capture.list({ limit: 50, before: null });
  expect(messages.filter((message) => message.to.includes(email))).toEqual([]);
  const { deps, workspaceId } = workspace;
  expect(await findContacts(deps.database, TEST_SECRETS, workspaceId, { email })).toEqual([]);
  const back = await createContact(deps, { workspaceId, actor: "test", person: {}, email });
  expect(back.kind).toBe("erased");
});

test("the accessibility checker finds nothing serious on any page, and none scrolls sideways at 320 pixels", async () => {
  const email = "prudence@example.com";
  await create(email);
  const context = await browser.newContext({
    viewport: { width: 320, height: 700 },
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  const faults: string[] = [];
  let looks = 0;
  const look = async () => {
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      faults.push(...(await seriousOn(page)));
      if (await page.evaluate(SCROLLS_SIDEWAYS)) faults.push(`${page.url()} scrolls sideways`);
      if ((await page.locator("script").count()) > 0) faults.push(`${page.url()} has a script`);
      looks += 1;
    }
  };
  try {
    for (const language of ["en", "de", "fr", "es", "it"]) {
      await page.goto(centre(language));
      await look();
    }
    await page.check("#kind-rectification");
    await page.fill("#value", email);
    await page.click("button[type=submit]");
    await look();
    const link = await mailedLink(email);
    await page.goto(link);
    await look();
    await page.fill("#fullName", "Prudence Puffin");
    await page.click("button[type=submit]");
    await look();
    await page.goto(link);
    await look();
    await page.goto(`${api.url}/privacy/r/nothing`);
    await look();
    const access = "parker@example.com";
    await create(access);
    await page.goto(centre("fr"));
    await page.check("#kind-access");
    await page.fill("#value", access);
    await page.click("button[type=submit]");
    await page.goto(await mailedLink(access));
    await page.click("button[type=submit]");
    await look();
  } finally {
    await context.close();
  }
  expect(looks).toBe(22);
  expect(faults).toEqual([]);
});
