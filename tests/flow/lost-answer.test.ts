import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { type Database, inWorkspace, outsideWorkspaces } from "#db/database";
import { redeem } from "#db/queries/redeem";
import { openSession } from "#db/queries/sweep";
import { planCampaign } from "#flow/campaign/plan";
import { scheduleCampaign } from "#flow/campaign/schedule";
import type { FlowDeps } from "#flow/deps";
import { startRedeemer } from "#flow/gate/redeem-permits";
import { type PermittedRecipient, screenSlice } from "#flow/gate/screen";
import { startOutcomeRecorder } from "#flow/send/record-outcomes";
import {
  consentedCsv,
  createCampaign,
  createWorkspace,
  importCsv,
  type TestWorkspace,
} from "../support/product.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

/*
 * A connection may break after the server has committed and before its answer has come. Whether a redeem happened is
 * then not known to the worker, but it holds the socket, and it has not let the message end.
 */
let database: TestDatabase;
let workspace: TestWorkspace;
let session: string;
let recipient: PermittedRecipient;

beforeEach(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  workspace = await createWorkspace(database.ownerUrl);
  const { deps, workspaceId } = workspace;
  await importCsv(workspace, consentedCsv(1));
  const campaignId = await createCampaign(workspace);
  await scheduleCampaign(deps, { workspaceId, campaignId, at: null, actor: "test" });
  await planCampaign(deps, { workspaceId, campaignId });
  session = randomUUID();
  await outsideWorkspaces(workspace.database, (tx) => openSession(tx, session));
  const answer = await screenSlice(deps, session, { workspaceId, campaignId, slice: 0, limit: 1 });
  const [permitted] = answer.kind === "screened" ? answer.permitted : [];
  if (permitted === undefined) throw new Error("a permit was expected");
  recipient = permitted;
});

afterEach(async () => {
  await workspace.close();
  await database.drop();
});

/** The same database over a connection that breaks right after each commit. */
function breakingAfterCommit({ database: whole }: TestWorkspace): Database {
  return {
    ...whole,
    together: async (statements) => {
      await whole.together(statements);
      throw new Error("the connection broke");
    },
  };
}

async function look(): Promise<{ state: string; permit: string | null; inFlight: number } | undefined> {
  const [row] = await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
    tx.execute<{ state: string; permit: string | null; inFlight: number }>(sql`
      select state, permit_id as permit, (select count(*)::int from in_flight) as "inFlight" from recipient`),
  );
  return row;
}

test("a redeem whose answer was lost keeps the message back, and the recipient waits again", async () => {
  const { deps } = workspace;
  const errors: unknown[] = [];
  const broken: FlowDeps = { ...deps, database: breakingAfterCommit(workspace) };
  const answer = await startRedeemer(broken, session, (error) => errors.push(error)).redeem(recipient);
  expect(answer.kind).toBe("refused");
  expect(errors).toHaveLength(1);
  // It was committed all the same, and stops would wait for it.
  expect(await look()).toMatchObject({ state: "redeemed", inFlight: 1 });

  await startOutcomeRecorder(deps, (error) => errors.push(error)).record(answer.permit, {
    kind: "not-redeemed",
  });
  expect(await look()).toEqual({ state: "planned", permit: null, inFlight: 0 });
  expect(errors).toHaveLength(1);
});

test("a redeem that commits while its worker gives it up leaves nothing in flight", async () => {
  const { deps, workspaceId } = workspace;
  const { permit } = recipient;
  let recorded: Promise<void> = Promise.resolve();
  let redeeming: Promise<unknown> = Promise.resolve();
  await inWorkspace(workspace.database, workspaceId, async (tx) => {
    await tx.execute(sql`select id from recipient for update`);
    redeeming = redeem(workspace.database, {
      workspaceId,
      workerSession: session,
      cap: "none",
      asks: [permit],
    });
    // First in the queue for the row.
    await new Promise((resolve) => setTimeout(resolve, 300));
    recorded = startOutcomeRecorder(deps, () => undefined).record(permit, { kind: "not-redeemed" });
    // The outcome's statement has begun by then, and waits behind the redeem.
    await new Promise((resolve) => setTimeout(resolve, 300));
  });
  const answers = (await redeeming) as Map<string, string>;
  expect(answers.get(permit.permitId)).toBe("redeemed");
  await recorded;
  expect(await look()).toEqual({ state: "planned", permit: null, inFlight: 0 });
});
