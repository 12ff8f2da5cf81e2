import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { inWorkspace } from "#db/database";
import { redeem as redeemAtOnce } from "#db/queries/redeem";
import { planCampaign } from "#flow/campaign/plan";
import { scheduleCampaign } from "#flow/campaign/schedule";
import { recordConsent } from "#flow/consent/record-consent";
import { changeContact } from "#flow/contacts/change-contact";
import { createContact, type OpenContact } from "#flow/contacts/contacts";
import { mergePeople } from "#flow/contacts/merge-people";
import { type RedeemResult, startRedeemer } from "#flow/gate/redeem-permits";
import { type PermittedRecipient, screenSlice } from "#flow/gate/screen";
import { setPace } from "#flow/preferences/set-pace";
import { type RunningWorker, startWorker } from "../../apps/worker/worker.ts";
import {
  createCampaign,
  createWorkspace,
  type TestWorkspace,
  testConfig,
  untilCampaign,
} from "../support/product.ts";
import { type SmtpSink, startSmtpSink } from "../support/smtp-sink.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

let database: TestDatabase;
let workspace: TestWorkspace;
const stops: (() => Promise<void>)[] = [];

beforeEach(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  workspace = await createWorkspace(database.ownerUrl, 20);
});

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
  await workspace.close();
  await database.drop();
});

const fail = (error: unknown) => {
  throw error;
};

/** A person who agreed to the newsletter at this address. */
async function person(email: string): Promise<OpenContact> {
  const { deps, workspaceId } = workspace;
  const made = await createContact(deps, { workspaceId, actor: "test", person: { country: "DE" }, email });
  if (made.kind !== "created") throw new Error(made.kind);
  await agree(made.contact);
  return made.contact;
}

/** The person agrees at every address they have. */
async function agree(contact: OpenContact): Promise<void> {
  for (const point of contact.record.points) {
    const recorded = await recordConsent(workspace.deps, {
      workspaceId: workspace.workspaceId,
      contactPointId: point.id,
      purposeId: workspace.purposeId,
      act: "grant",
      occurredAt: new Date(Date.now() - 60_000),
      method: "web-form",
      evidence: { page: "https://acme.example/form" },
      noticeId: workspace.noticeId,
      actor: "test",
      claimed: true,
      byThePerson: false,
    });
    if (recorded.kind !== "recorded") throw new Error(recorded.kind);
  }
}

/** A person with two addresses who wants to hear once a day at most. */
async function cappedPerson(name: string): Promise<void> {
  const { deps, workspaceId } = workspace;
  const { record } = await person(`${name}@home.example`);
  const changed = await changeContact(deps, {
    workspaceId,
    actor: "test",
    contactId: record.id,
    person: {},
    addedPoints: [{ channel: "email", value: `${name}@work.example` }],
    now: new Date(),
  });
  if (changed.kind !== "changed") throw new Error(changed.kind);
  await agree(changed.contact);
  await setPace(deps, workspaceId, record.id, { pausedUntil: null, capMax: 1, capWindowHours: 24 });
}

async function startCampaign(ratePerSecond?: number): Promise<string> {
  const campaignId = await createCampaign(workspace, ratePerSecond === undefined ? {} : { ratePerSecond });
  const { workspaceId } = workspace;
  await scheduleCampaign(workspace.deps, { workspaceId, campaignId, at: null, actor: "test" });
  return campaignId;
}

/** A campaign that sends, and what its gate permits, by address. */
async function permitted(
  session: string,
): Promise<{ campaignId: string; by: Map<string, PermittedRecipient> }> {
  const campaignId = await startCampaign();
  const ask = { workspaceId: workspace.workspaceId, campaignId };
  await planCampaign(workspace.deps, ask);
  return { campaignId, by: await screened(session, campaignId) };
}

async function screened(session: string, campaignId: string): Promise<Map<string, PermittedRecipient>> {
  const { deps, workspaceId } = workspace;
  const answer = await screenSlice(deps, session, { workspaceId, campaignId, slice: 0, limit: 200 });
  if (answer.kind !== "screened") throw new Error("the campaign does not send");
  return new Map(answer.permitted.map((each) => [each.to, each]));
}

async function states(campaignId: string): Promise<string[]> {
  const found = await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
    tx.execute<{ state: string }>(sql`
      select state || coalesce(' ' || reason, '') as state from recipient
      where campaign_id = ${campaignId}::uuid order by id`),
  );
  return found.map((row) => row.state);
}

const kinds = (results: readonly RedeemResult[]) => results.map((result) => result.kind).sort();

describe("a person's own cap of one message holds over two addresses", () => {
  const ROUNDS = 40;
  let names: string[] = [];
  beforeEach(() => {
    names = Array.from({ length: ROUNDS }, (_, place) => `ada${place}`);
  });
  const of = (by: Map<string, PermittedRecipient>, address: string): PermittedRecipient => {
    const found = by.get(address);
    if (found === undefined) throw new Error(`${address} got no permit`);
    return found;
  };
  const redeemer = () => {
    const session = randomUUID();
    return { session, redeem: startRedeemer(workspace.deps, session, fail).redeem };
  };

  test("when two campaigns reach for both at the same instant, on two workers", async () => {
    for (const name of names) await cappedPerson(name);
    const [one, two] = [redeemer(), redeemer()];
    const [atHome, atWork] = [await permitted(one.session), await permitted(two.session)];
    for (const name of names) {
      const results = await Promise.all([
        one.redeem(of(atHome.by, `${name}@home.example`)),
        two.redeem(of(atWork.by, `${name}@work.example`)),
      ]);
      expect(kinds(results)).toEqual(["redeemed", "refused"]);
    }
  }, 120_000);

  test("when one campaign has both in one statement, in one batch, or in two batches of one worker", async () => {
    for (const name of names) await cappedPerson(name);
    const { session, redeem } = redeemer();
    const { by } = await permitted(session);
    const last = names.pop() ?? "";
    const asks = [of(by, `${last}@home.example`).permit, of(by, `${last}@work.example`).permit];
    const { database: db, workspaceId } = workspace;
    const answers = await redeemAtOnce(db, { workspaceId, workerSession: session, cap: "person", asks });
    expect([...answers.values()].sort()).toEqual(["busy", "redeemed"]);
    const together = names
      .slice(0, ROUNDS / 2)
      .flatMap((name) => [`${name}@home.example`, `${name}@work.example`]);
    const results = await Promise.all(together.map((address) => redeem(of(by, address))));
    for (let place = 0; place < results.length; place += 2)
      expect(kinds(results.slice(place, place + 2))).toEqual(["redeemed", "refused"]);
    for (const [place, name] of names.slice(ROUNDS / 2).entries()) {
      const first = redeem(of(by, `${name}@home.example`));
      // The second batch begins while the first is at the database.
      await sleep(place / 4);
      const both = await Promise.all([first, redeem(of(by, `${name}@work.example`))]);
      expect(kinds(both)).toEqual(["redeemed", "refused"]);
    }
  }, 120_000);

  test("and what one of two people got before they turned out to be one counts for the one", async () => {
    const { deps, workspaceId } = workspace;
    const [kept, gone] = [await person("kept@example.com"), await person("gone@example.com")];
    const { session, redeem } = redeemer();
    const first = await permitted(session);
    expect((await redeem(of(first.by, "gone@example.com"))).kind).toBe("redeemed");
    await inWorkspace(workspace.database, workspaceId, (tx) => tx.execute(sql`delete from in_flight`));
    await setPace(deps, workspaceId, kept.record.id, { pausedUntil: null, capMax: 1, capWindowHours: 24 });
    const running = await startCampaign();
    await planCampaign(deps, { workspaceId, campaignId: running });
    const merged = { workspaceId, intoId: kept.record.id, fromId: gone.record.id, actor: "test" };
    expect((await mergePeople(deps, merged)).kind).toBe("merged");
    const later = await permitted(session);
    expect(await states(later.campaignId)).toEqual(["deferred frequency-cap", "deferred frequency-cap"]);
    await screened(session, running);
    await endWaits();
    await screened(session, running);
    expect((await states(running)).sort()).toEqual(["deferred frequency-cap", "planned"]);
    // The second address waits for the first, and is not asked about again and again while that one waits itself.
    const [waits] = await inWorkspace(workspace.database, workspaceId, (tx) =>
      tx.execute<{ least: number }>(sql`
        select min(extract(epoch from not_before - consentry_now()))::int as least from recipient
        where campaign_id = ${running}::uuid`),
    );
    expect(waits?.least).toBeGreaterThan(86_000);
  });
});

/** What waits for another address is due now. */
const endWaits = () =>
  inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
    tx.execute(sql`update recipient set not_before = null where state = 'planned'`),
  );

describe("two people who turn out to be one while a campaign sends", () => {
  test("get one message where both addresses held permits: the second waits for the first, and is a duplicate", async () => {
    const { deps, workspaceId } = workspace;
    const [kept, gone] = [await person("kept@example.com"), await person("gone@example.com")];
    const session = randomUUID();
    const { redeem } = startRedeemer(deps, session, fail);
    const { campaignId, by } = await permitted(session);
    expect([...by.keys()].sort()).toEqual(["gone@example.com", "kept@example.com"]);
    const order = { workspaceId, intoId: kept.record.id, fromId: gone.record.id, actor: "test" };
    expect((await mergePeople(deps, order)).kind).toBe("merged");
    expect(kinds(await Promise.all([...by.values()].map((each) => redeem(each))))).toEqual([
      "redeemed",
      "refused",
    ]);
    expect((await states(campaignId)).sort()).toEqual(["planned", "redeemed"]);
    await endWaits();
    expect((await screened(session, campaignId)).size).toBe(0);
    expect((await states(campaignId)).sort()).toEqual(["blocked duplicate-in-campaign", "redeemed"]);
  });

  test("get it at the other address when the first one's may not be used", async () => {
    const { deps, workspaceId } = workspace;
    const silent = await createContact(deps, {
      workspaceId,
      actor: "test",
      person: { country: "DE" },
      email: "silent@example.com",
    });
    if (silent.kind !== "created") throw new Error(silent.kind);
    const agreed = await person("agreed@example.com");
    const session = randomUUID();
    const campaignId = await startCampaign();
    await planCampaign(deps, { workspaceId, campaignId });
    const stays = silent.contact.record.id;
    const order = { workspaceId, intoId: stays, fromId: agreed.record.id, actor: "test" };
    expect((await mergePeople(deps, order)).kind).toBe("merged");
    const reached: string[][] = [];
    for (let round = 0; round < 2; round += 1) {
      const permits = [...(await screened(session, campaignId)).values()];
      reached.push(...permits.map(({ to, permit }) => [to, permit.contactId]));
      await endWaits();
    }
    // The links in the message are those of the contact that stays.
    expect(reached).toEqual([["agreed@example.com", stays]]);
  });

  test("get nothing more after the merge has answered, when one message is out; nobody is left without", async () => {
    const PAIRS = 60;
    const { deps, workspaceId } = workspace;
    // The first addresses of all come before the second ones, as they are planned.
    const [kept, gone]: OpenContact[][] = [[], []];
    for (let place = 0; place < PAIRS; place += 1) kept?.push(await person(`kept${place}@example.com`));
    for (let place = 0; place < PAIRS; place += 1) gone?.push(await person(`gone${place}@example.com`));
    const answeredAt = new Map<number, number>();
    const merging: Promise<void>[] = [];
    const merge = (place: number) => {
      const [into, from] = [kept?.[place], gone?.[place]];
      if (into === undefined || from === undefined || answeredAt.has(place)) return;
      answeredAt.set(place, Number.POSITIVE_INFINITY);
      const order = { workspaceId, intoId: into.record.id, fromId: from.record.id, actor: "test" };
      merging.push(
        mergePeople(deps, order).then((merged) => {
          if (merged.kind === "merged" && merged.inFlight === 0) answeredAt.set(place, performance.now());
        }),
      );
    };
    const sink: SmtpSink = await startSmtpSink({
      delayMs: 30,
      // A third of the merges begins at the first one's 354, a third at its dot, a third at the second one's 354.
      onData: (to) => {
        const place = Number(/\d+/.exec(to)?.[0]);
        if (place % 3 === 0 || (place % 3 === 2 && to.startsWith("gone"))) merge(place);
      },
      onDot: ({ to }) => {
        const place = Number(/\d+/.exec(to)?.[0]);
        if (place % 3 === 1) merge(place);
      },
    });
    stops.push(() => sink.stop());
    const workers: RunningWorker[] = [];
    for (let place = 0; place < 2; place += 1) {
      const started = await startWorker(testConfig(database.ownerUrl, sink.port));
      if (started.kind === "problem") throw new Error(started.message);
      workers.push(started.worker);
      stops.push(() => started.worker.stop());
    }
    const campaignId = await startCampaign();
    await untilCampaign(workspace, campaignId, ["finished"], 100_000);
    await Promise.all(merging);
    const late: string[] = [];
    let single = 0;
    for (let place = 0; place < PAIRS; place += 1) {
      const got = sink.messages.filter(
        ({ to }) => to === `kept${place}@example.com` || to === `gone${place}@example.com`,
      );
      expect(got.length).toBeGreaterThan(0);
      const after = got.filter((message) => message.dotAtMs > (answeredAt.get(place) ?? 0));
      if (got.length === 1) single += 1;
      else late.push(...after.map((message) => message.to));
    }
    expect(late).toEqual([]);
    expect(single, "merges that won: without one the race was not run").toBeGreaterThan(0);
    expect(new Set(await states(campaignId))).toEqual(
      new Set(["contacted", "blocked duplicate-in-campaign"]),
    );
  }, 180_000);
});
