import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { dryRun } from "#flow/campaign/dry-run";
import { createCampaign, createWorkspace, importCsv, type TestWorkspace } from "../support/product.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

let database: TestDatabase;
let workspace: TestWorkspace;

beforeAll(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  workspace = await createWorkspace(database.ownerUrl);
});

afterAll(async () => {
  await workspace.close();
  await database.drop();
});

test("spellings of one mailbox count once in a dry run, also where a batch ends between them", async () => {
  // Three spellings each, written far apart: more rows than one batch, and a batch that ends inside a group.
  const keys = 400;
  const spellings = ["", "+news", "+walks"];
  const line = (tag: string, key: number) =>
    `reader${key}${tag}@example.com,Reader ${key},DE,2025-03-01T10:00:00Z,web-form,2026-01\n`;
  const lines = spellings.flatMap((tag) => Array.from({ length: keys }, (_, key) => line(tag, key)));
  await importCsv(
    workspace,
    `email,full_name,country,consent_given_at,consent_source,notice_version\n${lines.join("")}`,
  );
  const campaignId = await createCampaign(workspace);
  const result = await dryRun(workspace.deps, { workspaceId: workspace.workspaceId, campaignId });
  expect(result).toMatchObject({
    people: keys,
    duplicates: keys * (spellings.length - 1),
    allowed: keys,
    blocked: 0,
  });
});
