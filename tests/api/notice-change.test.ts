import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { type TestApi, testApi } from "../support/api.ts";
import {
  confirmPath,
  createTestForm,
  everythingStored,
  ledgerOf,
  lettersSent,
  postForm,
  preferencePath,
  type TestForm,
} from "../support/front-door.ts";
import { createWorkspace, type TestWorkspace } from "../support/product.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

const NEW_WORDS = "Email me offers of Acme and of its partners";
const NEW_GERMAN = "Senden Sie mir Angebote von Acme und Partnern";

let database: TestDatabase;
let workspace: TestWorkspace;
let api: TestApi;
let form: TestForm;
let key = "";
/** Somebody else in each test: an address is taken so many times a day, in whichever workspace. */
let email = "";
let people = 0;

beforeAll(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
});
beforeEach(async () => {
  people += 1;
  email = `ann${people}@example.com`;
  workspace = await createWorkspace(database.ownerUrl, 4);
  api = testApi(workspace, database.ownerUrl);
  form = await createTestForm(workspace);
  key = await api.key(["senders:read", "senders:write"]);
  return () => workspace.close();
});
afterAll(() => database.drop());

async function publish(language: string, wording: string, changesMeaning?: boolean) {
  const response = await api.call(key, "POST", "/v1/notices", {
    purposeId: form.offersId,
    channel: "email",
    version: "2026-03",
    language,
    wording,
    changesMeaning,
  });
  expect(response.status).toBe(201);
  return (await response.json()) as { id: string; formIds: string[] };
}
const shownOn = async (language: string) =>
  (await api.app.request(`/f/${form.formId}?lang=${language}`)).text();
const signUp = (fields: Readonly<Record<string, string | readonly string[]>>) =>
  postForm(api, `/f/${form.formId}?lang=en`, { email, ...fields });

describe("a form that offers a notice whose meaning was changed", () => {
  test("shows the new words, and no old ones in a language that has no new ones yet", async () => {
    const english = await publish("en", NEW_WORDS, true);
    expect(english.formIds).toEqual([form.formId]);
    for (const language of ["en", "de"]) {
      const page = await shownOn(language);
      expect(page).toContain(NEW_WORDS);
      expect(page).not.toContain("Angebote von Acme");
      expect(page).not.toContain("Email me Acme");
    }
    expect((await publish("de", NEW_GERMAN)).formIds).toEqual([form.formId]);
    expect(await shownOn("de")).toContain(NEW_GERMAN);
  });

  test("takes no tick that was set beside the old words: nothing is stored, and the boxes are empty", async () => {
    const box = form.boxes.offers;
    await publish("en", NEW_WORDS, true);
    const before = await everythingStored(workspace);
    for (const shown of [{ shown: form.offersNoticeId }, {}]) {
      const answer = await signUp({ box, ...shown });
      const page = await answer.text();
      expect(answer.status).toBe(422);
      expect(page).toContain("The wording has changed since that page was made");
      expect(page).not.toMatch(/ checked/);
    }
    expect(await everythingStored(workspace)).toEqual(before);
    const shown = [...(await shownOn("en")).matchAll(/name="shown" value="([^"]+)"/g)].map(
      (match) => match[1] ?? "",
    );
    expect((await signUp({ box, shown })).status).toBe(200);
    expect(await ledgerOf(workspace, email)).toEqual(["requested offers email"]);
  });

  test("is not saved with the old words, and can still be switched off and on with them", async () => {
    await publish("en", NEW_WORDS, true);
    const offers = (noticeId: string) => [
      { purposeId: form.offersId, channel: "email", noticeIds: [noticeId] },
    ];
    const made = { senderId: workspace.senderId, name: "x", offers: offers(form.offersNoticeId) };
    const refused = await api.call(key, "POST", "/v1/forms", made);
    expect([refused.status, await refused.text()]).toEqual([
      422,
      expect.stringContaining("/offers/0/noticeIds/0"),
    ]);
    for (const isActive of [false, true]) {
      const answer = await api.call(key, "PATCH", `/v1/forms/${form.formId}`, { isActive });
      expect([isActive, answer.status]).toEqual([isActive, 200]);
    }
  });
});

test("a sign-up that waited through the change confirms nothing", async () => {
  await signUp({ box: form.boxes.offers });
  const link = await confirmPath(workspace, email);
  expect(await (await api.app.request(link)).text()).toContain("Yes, I agree");
  await publish("en", NEW_WORDS, true);
  expect(await (await api.app.request(link)).text()).toContain("This link does not work any more");
  const before = await everythingStored(workspace);
  expect(await (await postForm(api, link, { confirm: "yes" })).text()).toContain("Nothing was confirmed");
  expect(await everythingStored(workspace)).toEqual(before);
});

test("a version that means the same is shown on the form, and ticks beside the older words are asked for anew", async () => {
  await signUp({ box: form.boxes.offers });
  const link = await confirmPath(workspace, email);
  await publish("en", NEW_WORDS, false);
  expect(await shownOn("en")).toContain(NEW_WORDS);
  expect(await shownOn("de")).toContain("Angebote von Acme");
  expect((await signUp({ box: form.boxes.offers, shown: form.offersNoticeId })).status).toBe(422);
  expect(await (await postForm(api, link, { confirm: "yes" })).text()).toContain("Confirmed");
});

test("the preference page says that what was agreed to has changed, and asks for it anew by mail in the new words", async () => {
  await signUp({ box: form.boxes.offers });
  await lettersSent(workspace);
  await postForm(api, await confirmPath(workspace, email), { confirm: "yes" });
  const path = await preferencePath(workspace, email);
  const read = async () => (await api.app.request(path)).text();
  expect(await read()).toMatch(/checked=""[^>]*\/><span>By email<\/span><span class="sub">On since/);

  await publish("en", NEW_WORDS, true);
  const page = await read();
  expect(page).toMatch(/What you agreed to on [^<]* has changed since\. Tick it to confirm anew/);
  expect(page).not.toContain('checked=""/><span>By email');
  const choice = new RegExp(`name="shown" value="(${form.offersId}\\.[^"]+)"`).exec(page)?.[1] ?? "";
  await postForm(api, path, { act: "save", shown: choice, on: choice });
  expect(await ledgerOf(workspace, email)).toEqual([
    "requested offers email",
    "confirmed offers email",
    "requested offers email",
  ]);
  const link = await confirmPath(workspace, email);
  expect(await (await api.app.request(link)).text()).toContain(NEW_WORDS);
  await postForm(api, link, { confirm: "yes" });
  expect(await read()).toMatch(/checked=""[^>]*\/><span>By email<\/span><span class="sub">On since/);
});

test("a form says the sender's own words after a sign-up, in the reader's language, as text and to every address", async () => {
  const thanks = { en: "Welcome <b>aboard</b>\nSee you", de: "Willkommen" };
  const changed = await api.call(key, "PATCH", `/v1/forms/${form.formId}`, { thanks });
  expect(await changed.json()).toMatchObject({ thanks });
  const said = async (language: string, email: string) =>
    (await postForm(api, `/f/${form.formId}?lang=${language}`, { email, box: form.boxes.newsletter })).text();
  const english = await said("en", "one@example.com");
  expect(english).toContain("<p>Welcome &lt;b&gt;aboard&lt;/b&gt;</p><p>See you</p>");
  expect(english).toContain("Look into your mailbox");
  expect(await said("en", "one@example.com")).toBe(english);
  expect(await said("de", "two@example.com")).toContain("<p>Willkommen</p>");
  expect(await said("it", "three@example.com")).toContain("See you");
  for (const wrong of [{ en: "" }, { tlh: "nuqneH" }, "Welcome", { en: "x".repeat(2_001) }]) {
    expect((await api.call(key, "PATCH", `/v1/forms/${form.formId}`, { thanks: wrong })).status).toBe(400);
  }
});
