import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import postgres from "postgres";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { inWorkspace } from "#db/database";
import { moveCampaign, readCampaign } from "#db/queries/campaign-state";
import { bumpGates } from "#db/queries/gates";
import { countInFlight } from "#db/queries/in-flight";
import { type RedeemAsk, redeem } from "#db/queries/redeem";
import { planCampaign } from "#flow/campaign/plan";
import { scheduleCampaign } from "#flow/campaign/schedule";
import { screenSlice } from "#flow/gate/screen";
import {
  consentedCsv,
  createCampaign,
  createWorkspace,
  importCsv,
  type TestWorkspace,
} from "../support/product.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

/*
 * Each wrong form of the redeem is driven into the one interleaving that beats it: the claim has begun, the stop
 * commits and its barrier looks, then the claim goes on. A claim that still succeeds is a message the barrier could
 * not see. The right form must make the stop wait instead. A wrong form that is not caught means the test is blunt.
 */

let database: TestDatabase;
let workspace: TestWorkspace;
let owner: postgres.Sql;
const SESSION = randomUUID();

beforeAll(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  workspace = await createWorkspace(database.ownerUrl);
  owner = postgres(database.ownerUrl, { max: 6, onnotice: () => undefined });
  await importCsv(workspace, consentedCsv(40));
});

afterAll(async () => {
  await owner.end();
  await workspace.close();
  await database.drop();
});

/** A campaign whose recipients hold permits. */
async function permitted(frequencyCap?: { max: number; windowHours: number }): Promise<RedeemAsk[]> {
  const campaignId = await createCampaign(workspace, frequencyCap === undefined ? {} : { frequencyCap });
  const ask = { workspaceId: workspace.workspaceId, campaignId };
  await scheduleCampaign(workspace.deps, { ...ask, at: null, actor: "test" });
  await planCampaign(workspace.deps, ask);
  const screened = await screenSlice(workspace.deps, SESSION, { ...ask, slice: 0, limit: 5 });
  if (screened.kind !== "screened") throw new Error("nothing was screened");
  return screened.permitted.map(({ permit }) => permit);
}

/** A claim in its own transaction; `between` runs after its first statement, where it has two. */
type Claim = (sql: postgres.TransactionSql, ask: RedeemAsk, between: () => Promise<void>) => Promise<boolean>;

const inFlightRow = (sql: postgres.TransactionSql, ask: RedeemAsk) =>
  sql`insert into in_flight values (${ask.permitId}, ${workspace.workspaceId}, ${ask.gateId}, ${ask.campaignId}, ${ask.month}, ${ask.recipientId}, ${SESSION}, now())`;

async function claimed(
  sql: postgres.TransactionSql,
  ask: RedeemAsk,
  moved: readonly unknown[],
): Promise<boolean> {
  if (moved.length === 1) await inFlightRow(sql, ask);
  return moved.length === 1;
}

const WRONG_FORMS: readonly (readonly [name: string, claim: Claim])[] = [
  [
    "reading the version, then claiming",
    async (sql, ask, between) => {
      const [row] = await sql`select 1 from recipient r join gate g on g.id = r.gate_id
        where r.id = ${ask.recipientId} and g.version = r.permit_gate_version`;
      await between();
      if (row === undefined) return false;
      return claimed(
        sql,
        ask,
        await sql`update recipient set state = 'redeemed' where id = ${ask.recipientId} and state = 'permitted' returning id`,
      );
    },
  ],
  [
    "UPDATE … WHERE EXISTS, whose subquery reads an old snapshot",
    async (sql, ask) =>
      claimed(
        sql,
        ask,
        await sql`update recipient r set state = 'redeemed' where id = ${ask.recipientId} and state = 'permitted'
        and exists (select 1 from gate g where g.id = r.gate_id and g.version = r.permit_gate_version) returning id`,
      ),
  ],
  [
    "UPDATE … FROM gate, where only the target row is read again",
    async (sql, ask) =>
      claimed(
        sql,
        ask,
        await sql`update recipient r set state = 'redeemed' from gate g where r.id = ${ask.recipientId}
        and r.state = 'permitted' and g.id = r.gate_id and g.version = r.permit_gate_version returning r.id`,
      ),
  ],
  [
    "locking FOR KEY SHARE, which foreign keys take and updates pass",
    async (sql, ask) =>
      claimed(
        sql,
        ask,
        await sql`with g as materialized (select id, version from gate where id = ${ask.gateId} for key share)
        update recipient r set state = 'redeemed' from g where r.id = ${ask.recipientId} and r.state = 'permitted'
        and g.id = r.gate_id and g.version = r.permit_gate_version returning r.id`,
      ),
  ],
  [
    "reading the campaign's state without a lock",
    async (sql, ask) =>
      claimed(
        sql,
        ask,
        await sql`with g as materialized (select id, version from gate where id = ${ask.gateId} for share)
        update recipient r set state = 'redeemed' from g, campaign c where r.id = ${ask.recipientId} and r.state = 'permitted'
        and g.id = r.gate_id and g.version = r.permit_gate_version and c.id = r.campaign_id and c.state = 'sending' returning r.id`,
      ),
  ],
];

/** Holds the recipient row, so that a claim of one statement stops after its snapshot and before its update. */
async function holdRecipient(ask: RedeemAsk): Promise<() => Promise<void>> {
  let release: () => void = () => undefined;
  let held: () => void = () => undefined;
  const isHeld = new Promise<void>((resolve) => {
    held = resolve;
  });
  const holding = owner.begin(async (sql) => {
    await sql`select id from recipient where id = ${ask.recipientId} for update`;
    held();
    await new Promise<void>((resolve) => {
      release = resolve;
    });
  });
  await isHeld;
  return async () => {
    release();
    await holding;
  };
}

/** The stop: the change commits, then a new statement looks what is on the wire. Resolves with what it saw. */
async function stop(ask: RedeemAsk, kind: "person" | "pause"): Promise<number> {
  await inWorkspace(workspace.database, workspace.workspaceId, async (tx) => {
    if (kind === "person") await bumpGates(tx, [ask.gateId]);
    else await moveCampaign(tx, ask.campaignId, ["sending"], "paused");
  });
  return inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
    countInFlight(tx, { kind: "campaign", campaignId: ask.campaignId }),
  );
}

describe("a wrong form lets a message pass that the barrier cannot see", () => {
  test.each(WRONG_FORMS)("%s", async (name, claim) => {
    const [ask] = await permitted();
    if (ask === undefined) throw new Error("no permit was given");
    const kind = name.includes("campaign") ? "pause" : "person";
    let seenByBarrier = -1;
    const isTwoStatements = name.startsWith("reading the version");
    const release = isTwoStatements ? null : await holdRecipient(ask);
    const claiming = owner.begin((sql) =>
      claim(sql, ask, async () => {
        seenByBarrier = await stop(ask, kind);
      }),
    );
    if (release !== null) {
      await sleep(150);
      seenByBarrier = await stop(ask, kind);
      await release();
    }
    expect({ claimed: await claiming, seenByBarrier }).toEqual({ claimed: true, seenByBarrier: 0 });
  });
});

describe.each(["person", "pause"] as const)("the redeem in use, against a %s's stop", (kind) => {
  test("a stop that comes while the redeem holds its locks waits, and then sees it on the wire", async () => {
    const [ask] = await permitted();
    if (ask === undefined) throw new Error("no permit was given");
    const release = await holdRecipient(ask);
    const redeeming = redeem(workspace.database, {
      workspaceId: workspace.workspaceId,
      workerSession: SESSION,
      asks: [ask],
      cap: "none",
    });
    await sleep(150);
    let hasAnswered = false;
    const stopping = stop(ask, kind).finally(() => {
      hasAnswered = true;
    });
    await sleep(150);
    expect(hasAnswered).toBe(false);
    await release();
    expect((await redeeming).get(ask.permitId)).toBe("redeemed");
    expect(await stopping).toBe(1);
  });

  test("a redeem that comes after the stop's commit is refused", async () => {
    const [ask] = await permitted();
    if (ask === undefined) throw new Error("no permit was given");
    expect(await stop(ask, kind)).toBe(0);
    const answers = await redeem(workspace.database, {
      workspaceId: workspace.workspaceId,
      workerSession: SESSION,
      asks: [ask],
      cap: "none",
    });
    expect(answers.get(ask.permitId)).toBe("stale");
  });
});

test("two capped campaigns cannot both reach one person; without the bump they could", async () => {
  const run = async (reach: "none" | "key") => {
    const cap = { max: 1, windowHours: 24 };
    const asks = [(await permitted(cap))[0], (await permitted(cap))[0]];
    const answers: (string | undefined)[] = [];
    for (const ask of asks) {
      if (ask === undefined) throw new Error("no permit was given");
      const answer = await redeem(workspace.database, {
        workspaceId: workspace.workspaceId,
        workerSession: SESSION,
        asks: [ask],
        cap: reach,
      });
      answers.push(answer.get(ask.permitId));
    }
    return answers;
  };
  expect(await run("none")).toEqual(["redeemed", "redeemed"]);
  await owner`update recipient set redeemed_at = now() - interval '3 days'`;
  expect(await run("key")).toEqual(["redeemed", "stale"]);
});

test("a consent event cannot be written without bumping its gate row, and history cannot be changed", async () => {
  const insertion = inWorkspace(workspace.database, workspace.workspaceId, async (tx) => {
    const campaign = await readCampaign(tx, randomUUID());
    expect(campaign).toBeNull();
    return workspace.database.begin(async (sql) => {
      await sql`select set_config('consentry.workspace', ${workspace.workspaceId}, true)`;
      await sql`insert into consent_event (workspace_id, gate_id, seq, gate_version, channel, type, occurred_at, recorded_at,
        method, actor, claimed, commitment, leaf, head) select workspace_id, id, chain_length + 1, version, channel, 'given',
        now(), now(), 'x', 'x', true, '\\x00', '\\x00', '\\x00' from gate limit 1`;
    });
  });
  await expect(insertion).rejects.toThrow(/without a bump/);
  for (const text of ["update consent_event set method = 'forged'", "delete from consent_event"]) {
    const forgery = workspace.database.alone({ text, values: [] });
    await expect(forgery).rejects.toThrow(/permission denied/);
  }
});
