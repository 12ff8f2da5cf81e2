import { sql } from "drizzle-orm";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { inWorkspace } from "#db/database";
import { planCampaign } from "#flow/campaign/plan";
import { scheduleCampaign } from "#flow/campaign/schedule";
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
  await importCsv(workspace, consentedCsv(3));
});

afterEach(async () => {
  await workspace.close();
  await database.drop();
});

async function scheduledCampaign(): Promise<string> {
  const { deps, workspaceId } = workspace;
  const campaignId = await createCampaign(workspace);
  const scheduled = await scheduleCampaign(deps, { workspaceId, campaignId, at: null, actor: "test" });
  expect(scheduled.kind).toBe("scheduled");
  return campaignId;
}

test.each([
  ["recipient", "decision"],
  ["decision", "recipient"],
])(
  "the first campaign of a month is planned while someone who has read %s goes on to %s",
  async (first, second) => {
    const { database: pool, deps, workspaceId } = workspace;
    const campaignId = await scheduledCampaign();
    await inWorkspace(pool, workspaceId, async (reader) => {
      await reader.execute(sql`select count(*) from ${sql.identifier(first)}`);
      const planned = await planCampaign(deps, { workspaceId, campaignId });
      expect(planned).toMatchObject({ kind: "planned", recipients: 3 });
      const [row] = await reader.execute<{ count: number }>(
        sql`select count(*)::int as count from ${sql.identifier(second)}`,
      );
      expect(row?.count).toBe(second === "recipient" ? 3 : 0);
    });
  },
);

test("four campaigns of one new month are planned at once, each with everyone", async () => {
  const { deps, workspaceId } = workspace;
  const campaignIds = await Promise.all([1, 2, 3, 4].map(() => scheduledCampaign()));
  const plans = await Promise.all(
    campaignIds.map((campaignId) => planCampaign(deps, { workspaceId, campaignId })),
  );
  expect(plans.map((plan) => plan.kind === "planned" && plan.recipients)).toEqual([3, 3, 3, 3]);
});
