import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { readConfirmToken } from "#flow/consent/confirm-token";
import { readPreferenceToken } from "#flow/preferences/preference-token";
import { mintUnsubscribeToken, readUnsubscribeToken } from "#flow/stops/unsubscribe-token";
import { type TestApi, testApi } from "../support/api.ts";
import {
  confirmPath,
  createTestForm,
  everythingStored,
  person,
  postForm,
  preferencePath,
} from "../support/front-door.ts";
import {
  consentedCsv,
  createCampaign,
  createWorkspace,
  importCsv,
  TEST_SECRETS,
  type TestWorkspace,
} from "../support/product.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

const EMAIL = "person1@example.com";
/** What would change the most, for whichever kind of page takes the token. */
const ACTS: Readonly<Record<string, Record<string, string>>> = {
  u: { "List-Unsubscribe": "One-Click" },
  p: { act: "everything" },
  c: { confirm: "yes" },
};
const READERS = { u: readUnsubscribeToken, p: readPreferenceToken, c: readConfirmToken };
const KINDS = ["u", "p", "c"] as const;

let database: TestDatabase;
let workspace: TestWorkspace;
let other: TestWorkspace;
let api: TestApi;
let neutral = "";
const tokens = { u: "", p: "", c: "" };

beforeAll(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  workspace = await createWorkspace(database.ownerUrl);
  other = await createWorkspace(database.ownerUrl);
  api = testApi(workspace, database.ownerUrl);
  for (const each of [workspace, other]) await importCsv(each, consentedCsv(2));
  const form = await createTestForm(workspace);
  await postForm(api, `/f/${form.formId}`, { email: EMAIL, box: form.boxes.offers });
  const { record } = await person(workspace, EMAIL);
  tokens.u = mintUnsubscribeToken(TEST_SECRETS.token, {
    workspaceId: workspace.workspaceId,
    purposeId: workspace.purposeId,
    campaignId: await createCampaign(workspace),
    contactId: record.id,
    gateId: record.points[0]?.gateId ?? 0,
  });
  tokens.p = (await preferencePath(workspace, EMAIL)).slice("/p/".length);
  tokens.c = (await confirmPath(workspace, EMAIL)).slice("/c/".length);
  neutral = await (await api.app.request("/u/nothing")).text();
});

afterAll(async () => {
  await workspace.close();
  await other.close();
  await database.drop();
});

const bytesOf = (token: string) => Buffer.from(token.slice(token.lastIndexOf(".") + 1), "base64url");

/** Presses what a link's page would do. */
async function press(kind: string, token: string): Promise<string> {
  const response = await postForm(api, `/${kind}/${token}`, ACTS[kind] ?? {});
  const page = await response.text();
  return response.status === 404 && page === neutral ? "neutral" : `${response.status} ${page.slice(0, 200)}`;
}

test("the tokens under test are real ones: each opens its page", async () => {
  for (const kind of KINDS) expect((await api.app.request(`/${kind}/${tokens[kind]}`)).status).toBe(200);
});

describe.each(KINDS)("a link under /%s/", (kind) => {
  test("with any one bit turned does nothing, and its page is that of every other bad link", async () => {
    const before = await everythingStored(workspace);
    const bytes = bytesOf(tokens[kind]);
    const answers = new Set<string>();
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const turned = Buffer.from(bytes);
      turned[bit >> 3] = (turned[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      answers.add(await press(kind, `${kind}1.k1.${turned.toString("base64url")}`));
    }
    expect(bytes.length).toBeGreaterThan(40);
    expect([...answers]).toEqual(["neutral"]);
    expect(await everythingStored(workspace)).toEqual(before);
  }, 60_000);

  test("made of ten thousand random tokens never opens, and a hundred of them get the same page", async () => {
    const { length } = bytesOf(tokens[kind]);
    const guesses = Array.from(
      { length: 10_000 },
      () => `${kind}1.k1.${randomBytes(length).toString("base64url")}`,
    );
    expect(guesses.filter((guess) => READERS[kind](TEST_SECRETS.token, guess) !== null)).toEqual([]);
    const before = await everythingStored(workspace);
    const answers = new Set<string>();
    for (const guess of guesses.slice(0, 100)) answers.add(await press(kind, guess));
    expect([...answers]).toEqual(["neutral"]);
    expect(await everythingStored(workspace)).toEqual(before);
  }, 60_000);

  test("does not take another kind's token, by whatever name it comes", async () => {
    const before = await everythingStored(workspace);
    const answers: string[] = [];
    for (const from of KINDS.filter((each) => each !== kind)) {
      answers.push(await press(kind, tokens[from]));
      answers.push(await press(kind, tokens[from].replace(`${from}1.`, `${kind}1.`)));
      // The same number of bytes, so that only the keys tell them apart.
      const cut = bytesOf(tokens[from]);
      const { length } = bytesOf(tokens[kind]);
      const fitted = Buffer.concat([cut, Buffer.alloc(200)]).subarray(0, length);
      answers.push(await press(kind, `${kind}1.k1.${fitted.toString("base64url")}`));
    }
    expect(answers).toEqual(Array(6).fill("neutral"));
    expect(await everythingStored(workspace)).toEqual(before);
  });

  test("is nothing in shapes that are none: cut, longer, padded, another key, odd characters", async () => {
    const token = tokens[kind];
    const before = await everythingStored(workspace);
    const shapes = [
      token.slice(0, -1),
      `${token}A`,
      `${token}=`,
      `${token}.x`,
      token.toUpperCase(),
      token.replace(".k1.", ".k2."),
      token.replace(".k1.", ".__proto__."),
      token.replace(".k1.", ".constructor."),
      `${kind}1.k1.`,
      `${kind}1`,
      "%00",
      "%F0%9F%92%A9",
      "a".repeat(5_000),
      "..%2F..%2Fetc%2Fpasswd",
    ];
    const answers: string[] = [];
    for (const shape of shapes) answers.push(await press(kind, shape));
    expect(answers).toEqual(shapes.map(() => "neutral"));
    expect(await everythingStored(workspace)).toEqual(before);
  });

  test("is the same page in the reader's language, whatever is wrong", async () => {
    const pages = await Promise.all(
      ["nothing", tokens[kind].slice(0, -2), `${kind}1.k9.AAAA`].map(async (token) =>
        (await api.app.request(`/${kind}/${token}?lang=es`)).text(),
      ),
    );
    expect(new Set(pages).size).toBe(1);
    expect(pages[0]).toContain("Este enlace no funciona");
  });
});

test("no link of one workspace touches another", async () => {
  const before = await everythingStored(other);
  for (const kind of KINDS) await press(kind, tokens[kind]);
  expect(await everythingStored(other)).toEqual(before);
});
