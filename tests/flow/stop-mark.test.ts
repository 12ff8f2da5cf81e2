import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { inWorkspace, outsideWorkspaces } from "#db/database";
import { campaignsSending } from "#db/queries/campaign-state";
import { setStopMark } from "#db/queries/stops";
import { openSession } from "#db/queries/sweep";
import { planCampaign } from "#flow/campaign/plan";
import { scheduleCampaign } from "#flow/campaign/schedule";
import { startRedeemer } from "#flow/gate/redeem-permits";
import { screenSlice } from "#flow/gate/screen";
import { setClockAhead } from "../support/clock.ts";
import {
  consentedCsv,
  createCampaign,
  createWorkspace,
  importCsv,
  type TestWorkspace,
} from "../support/product.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

let database: TestDatabase;
let workspace: TestWorkspace;

beforeEach(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  workspace = await createWorkspace(database.ownerUrl);
});

afterEach(async () => {
  await workspace.close();
  await database.drop();
});

test.each(["campaign", "workspace"] as const)(
  "a stop of a %s that died between its mark and its end holds the campaign up for seconds, not for ever",
  async (scope) => {
    const { deps, workspaceId } = workspace;
    await importCsv(workspace, consentedCsv(1));
    const campaignId = await createCampaign(workspace);
    await scheduleCampaign(deps, { workspaceId, campaignId, at: null, actor: "test" });
    await planCampaign(deps, { workspaceId, campaignId });
    const session = randomUUID();
    await outsideWorkspaces(workspace.database, (tx) => openSession(tx, session));
    const screened = await screenSlice(deps, session, { workspaceId, campaignId, slice: 0, limit: 1 });
    const [recipient] = screened.kind === "screened" ? screened.permitted : [];
    if (recipient === undefined) throw new Error("a permit was expected");
    const held: string[] = [];
    const redeemer = startRedeemer(
      deps,
      session,
      (error) => {
        throw error;
      },
      (campaign) => held.push(campaign),
    );
    const isSending = () =>
      inWorkspace(workspace.database, workspaceId, async (tx) =>
        (await campaignsSending(tx, [campaignId])).has(campaignId),
      );

    const scopeId = scope === "campaign" ? campaignId : workspaceId;
    await inWorkspace(workspace.database, workspaceId, (tx) =>
      setStopMark(tx, workspaceId, scope, scopeId, true),
    );
    expect(await isSending()).toBe(false);
    expect(await redeemer.redeem(recipient)).toMatchObject({ kind: "refused" });
    // The lanes are told at once, so that no further message is begun only to be refused.
    expect(held).toEqual([campaignId]);

    await setClockAhead(database.ownerUrl, 11_000);
    expect(await isSending()).toBe(true);
    expect(await redeemer.redeem(recipient)).toMatchObject({ kind: "redeemed" });
    expect(held).toHaveLength(1);
  },
);
