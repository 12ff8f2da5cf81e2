import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { inWorkspace } from "#db/database";
import { readVerifierKey } from "#db/ledger/note";
import { isSignedStatement } from "#db/ledger/statement";
import { findContacts } from "#flow/contacts/contacts";
import { checkReceipt } from "#flow/ledger/check-receipt";
import { erasePerson } from "#flow/rights/erase-person";
import { mintUnsubscribeToken } from "#flow/stops/unsubscribe-token";
import { answerOf, type TestApi, testApi } from "../support/api.ts";
import { preferencePath } from "../support/front-door.ts";
import {
  consentedCsv,
  createCampaign,
  createWorkspace,
  importCsv,
  TEST_SECRETS,
  type TestWorkspace,
} from "../support/product.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

let database: TestDatabase;
let workspace: TestWorkspace;
let api: TestApi;
let reader = "";
let verifiers: NonNullable<ReturnType<typeof readVerifierKey>>[] = [];

beforeAll(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  workspace = await createWorkspace(database.ownerUrl);
  api = testApi(workspace, database.ownerUrl);
  reader = await api.key(["contacts:read", "consents:write"]);
  await importCsv(workspace, consentedCsv(6));
  // As a stranger would: the keys come from the public address.
  const keys = await (await api.app.request("/ledger/keys")).text();
  verifiers = keys
    .trimEnd()
    .split("\n")
    .flatMap((key) => readVerifierKey(key) ?? []);
});
afterAll(async () => {
  await workspace.close();
  await database.drop();
});

async function person(number: number) {
  const [found] = await findContacts(workspace.database, workspace.deps.keys, workspace.workspaceId, {
    email: `person${number}@example.com`,
  });
  const point = found?.record.points[0];
  if (found === undefined || point === undefined) throw new Error("a test person is missing");
  return { contactId: found.record.id, pointId: point.id, gateId: point.gateId };
}

const eventsOf = async (contactId: string) =>
  (
    await answerOf<{ items: { id: number; type: string }[] }>(
      api.call(reader, "GET", `/v1/contacts/${contactId}/consents`),
    )
  ).items;

describe("a consent receipt", () => {
  test("has the fields of ISO/IEC TS 27560 in the words of DPV, and its signature holds", async () => {
    const { contactId, pointId } = await person(1);
    const [event] = await eventsOf(contactId);
    const receipt = await answerOf(
      api.call(reader, "GET", `/v1/contacts/${contactId}/consents/${event?.id}/receipt`),
    );
    expect(receipt).toMatchObject({
      schema: "consentry-receipt/1",
      conformsTo: expect.arrayContaining(["ISO/IEC TS 27560:2023"]),
      principal: { id: contactId, contactPointId: pointId },
      controller: { name: "Acme GmbH", address: "Hauptstraße 1, 10115 Berlin", contact: "news@acme.example" },
      jurisdiction: "DE",
      language: "en",
      notice: { version: "2026-01", wording: "Email me the Acme newsletter", type: "dpv:ConsentNotice" },
      processing: {
        purpose: "Newsletter",
        dpvPurpose: "dpv:DirectMarketing",
        channel: "email",
        legalBasis: "eu-gdpr:A6-1-a",
        pii: ["pd:EmailAddress"],
      },
      event: {
        state: "dpv:ConsentGiven",
        consentType: "dpv:ExpressedConsent",
        method: "import",
        claimed: true,
      },
    });
    expect(verifiers.length).toBe(1);
    expect(isSignedStatement("consentry-receipt/1", receipt, verifiers)).toBe(true);
    expect(JSON.stringify(receipt)).not.toContain("person1@");
  });

  test("does not verify with any field changed, nor as another kind of statement", async () => {
    const { contactId } = await person(1);
    const { items } = (await answerOf(api.call(reader, "GET", `/v1/contacts/${contactId}/receipts`))) as {
      items: Record<string, unknown>[];
    };
    const [receipt] = items;
    if (receipt === undefined) throw new Error("there is no receipt");
    expect(isSignedStatement("consentry-receipt/1", receipt, verifiers)).toBe(true);
    expect(isSignedStatement("consentry-stop/1", receipt, verifiers)).toBe(false);
    const changed = Object.keys(receipt).filter((field) =>
      isSignedStatement("consentry-receipt/1", { ...receipt, [field]: "changed" }, verifiers),
    );
    expect(changed).toEqual([]);
    expect(isSignedStatement("consentry-receipt/1", { ...receipt, more: 1 }, verifiers)).toBe(false);
  });

  test("is not given for another person's event, another workspace's contact, or an id that is none", async () => {
    const one = await person(1);
    const two = await person(2);
    const [foreign] = await eventsOf(two.contactId);
    const ask = async (path: string) => (await api.call(reader, "GET", path)).status;
    expect(await ask(`/v1/contacts/${one.contactId}/consents/${foreign?.id}/receipt`)).toBe(404);
    expect(await ask(`/v1/contacts/${crypto.randomUUID()}/receipts`)).toBe(404);
    expect(await ask(`/v1/contacts/${one.contactId}/consents/abc/receipt`)).toBe(404);
    const other = await createWorkspace(database.ownerUrl);
    const key = await testApi(other, database.ownerUrl).key(["contacts:read"]);
    expect((await api.call(key, "GET", `/v1/contacts/${one.contactId}/receipts`)).status).toBe(404);
    await other.close();
  });

  test("says renewed when consent that stands is given again, and given when it had been withdrawn", async () => {
    const { contactId, pointId } = await person(3);
    const say = (act: string) =>
      answerOf(
        api.call(reader, "POST", "/v1/consents", {
          contactPointId: pointId,
          purposeId: workspace.purposeId,
          act,
          occurredAt: new Date().toISOString(),
          method: "web-form",
          noticeId: workspace.noticeId,
        }),
      );
    expect(await say("grant")).toMatchObject({ state: "renewed" });
    expect(await say("withdraw")).toMatchObject({ state: "withdrawn" });
    expect(await say("grant")).toMatchObject({ state: "requested" });
    const { items } = (await answerOf(api.call(reader, "GET", `/v1/contacts/${contactId}/receipts`))) as {
      items: { event: { state: string } }[];
    };
    expect(items.map((each) => each.event.state)).toEqual([
      "dpv:ConsentGiven",
      "dpv:RenewedConsentGiven",
      "dpv:ConsentRevoked",
      "dpv:ConsentRequested",
    ]);
  });
});

describe("the receipt of a stop", () => {
  const linkOf = async (number: number) => {
    const { contactId, gateId } = await person(number);
    const campaignId = await createCampaign(workspace);
    const { workspaceId, purposeId } = workspace;
    return `/u/${mintUnsubscribeToken(TEST_SECRETS.token, { workspaceId, purposeId, campaignId, contactId, gateId })}`;
  };
  const post = (path: string, body: string) =>
    api.app.request(path, {
      method: "POST",
      body,
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
  const count = async () => {
    const [row] = await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
      tx.execute<{ count: number }>(sql`select count(*)::int as count from consent_event`),
    );
    return row?.count;
  };

  test("comes with the one-click answer, signed, with the stop's place in the chain; a second press has the same", async () => {
    const link = await linkOf(4);
    const answers = [
      await post(link, "List-Unsubscribe=One-Click"),
      await post(link, "List-Unsubscribe=One-Click"),
    ];
    const [first, second] = answers.map((answer) => answer.headers.get("consent-receipt"));
    const receipt = JSON.parse(Buffer.from(first ?? "", "base64url").toString()) as Record<string, unknown>;
    expect(isSignedStatement("consentry-stop/1", receipt, verifiers)).toBe(true);
    const { gateId } = await person(4);
    const [row] = await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
      tx.execute<{ head: string; seq: number }>(
        sql`select encode(head, 'hex') as head, chain_length as seq from gate where id = ${gateId}`,
      ),
    );
    expect(receipt).toMatchObject({ type: "withdrawn", gateId, seq: row?.seq, head: row?.head });
    expect(second).toBe(first);
  });

  test("is offered by the page as a download that needs no script and changes nothing", async () => {
    const link = await linkOf(5);
    const page = await (await post(link, "scope=everything")).text();
    expect(page).toContain(`href="${link}/receipt"`);
    expect(page).not.toMatch(/<script/);
    const before = await count();
    const download = await api.app.request(`${link}/receipt`);
    expect(download.status).toBe(200);
    expect(download.headers.get("content-disposition")).toContain("attachment");
    const receipt = await answerOf(download);
    expect(receipt).toMatchObject({ type: "suppressed", purposeId: null });
    expect(isSignedStatement("consentry-stop/1", receipt, verifiers)).toBe(true);
    expect(JSON.stringify(receipt)).not.toContain("person5");
    expect(await count()).toBe(before);
  });

  test("does not exist before there was a stop, nor for a link that is not ours", async () => {
    const link = await linkOf(6);
    const none = await api.app.request(`${link}/receipt`);
    const forged = await api.app.request(`${link.slice(0, -1)}${link.endsWith("A") ? "B" : "A"}/receipt`);
    expect([none.status, forged.status]).toEqual([404, 404]);
    expect(await none.text()).toBe(await forged.text());
  });
});

describe("the preference page's receipts", () => {
  const linkTo = async (number: number) => preferencePath(workspace, `person${number}@example.com`);

  test.each(["en", "de", "fr", "es", "it"])(
    "are a plain download in %s, each signed, of this person alone",
    async (language) => {
      const path = await linkTo(5);
      const page = await (await api.app.request(`${path}?lang=${language}`)).text();
      expect(page).toMatch(
        new RegExp(`href="${path}/receipts" download="consent-receipts.json">\\s*[^<]+</a>`),
      );
      const answer = await api.app.request(`${path}/receipts`);
      expect(answer.headers.get("content-disposition")).toContain("attachment");
      const text = await answer.text();
      expect(text).not.toMatch(/@example\.com|<script/);
      const receipts = JSON.parse(text) as { principal: { id: string } }[];
      const { contactId } = await person(5);
      expect(receipts.map((receipt) => receipt.principal.id)).toEqual([contactId]);
      expect(checkReceipt(receipts, verifiers)).toBe(true);
      // One receipt altered among good ones, or none at all, is no proof.
      expect(checkReceipt([...receipts, { ...receipts[0], jurisdiction: "XX" }], verifiers)).toBe(false);
      expect(checkReceipt([], verifiers)).toBe(null);
      expect(checkReceipt([...receipts, {}], verifiers)).toBe(null);
    },
  );

  test("of a person whom nothing is on record of there is no link; a bad or erased person's link gives no file", async () => {
    const { workspaceId, senderId } = workspace;
    await api.call(await api.key(["admin"]), "POST", "/v1/contacts", { email: "blank@example.com" });
    const blank = await preferencePath(workspace, "blank@example.com");
    expect(await (await api.app.request(blank)).text()).not.toContain("consent-receipts.json");
    const path = await linkTo(6);
    expect((await api.app.request(`${path.slice(0, -3)}aaa/receipts`)).status).toBe(404);
    const { contactId } = await person(6);
    await erasePerson(workspace.deps, null, { workspaceId, contactId, method: "api", actor: senderId });
    expect((await api.app.request(`${path}/receipts`)).status).toBe(404);
  });
});
