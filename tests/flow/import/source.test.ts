import { sql } from "drizzle-orm";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { inWorkspace } from "#db/database";
import { scheduleCampaign } from "#flow/campaign/schedule";
import { createSource, verifySource } from "#flow/contacts/sources";
import { type RunningWorker, startWorker } from "../../../apps/worker/worker.ts";
import { type TestConsole, testConsole } from "../../support/console.ts";
import {
  consentedCsv,
  createCampaign,
  createWorkspace,
  importCsv,
  type TestWorkspace,
  testConfig,
  untilCampaign,
} from "../../support/product.ts";
import { type SmtpSink, startSmtpSink } from "../../support/smtp-sink.ts";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.ts";
import { importFile, NEWSLETTER, people, problemsOf } from "./import-run.ts";

let database: TestDatabase;
let workspace: TestWorkspace;
let sourceId = "";

beforeEach(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  workspace = await createWorkspace(database.ownerUrl);
  const source = await createSource(workspace.deps, {
    workspaceId: workspace.workspaceId,
    actor: "test",
    key: "fair",
    name: "Fair",
    kind: "csv-import",
    vendor: null,
  });
  sourceId = source?.id ?? "";
});
afterEach(async () => {
  await workspace.close();
  await database.drop();
});

const verify = (note: string | null) =>
  verifySource(workspace.deps, {
    workspaceId: workspace.workspaceId,
    actor: "test",
    sourceId,
    note,
    deletionsRunAt: null,
  });
const FROM_FAIR = { ...NEWSLETTER, source: "fair" };
const provenance = async () =>
  new Map(
    (await people(workspace)).map(({ record, points }) => [
      points[0],
      { sourceId: record.sourceId, obtainedAt: record.obtainedAt?.toISOString().slice(0, 10) ?? null },
    ]),
  );
const today = () => new Date().toISOString().slice(0, 10);

test("a campaign contacts nobody of an unverified file, and everybody of it once somebody has verified the source", async () => {
  const sink: SmtpSink = await startSmtpSink();
  const started = await startWorker(testConfig(database.ownerUrl, sink.port));
  if (started.kind === "problem") throw new Error(started.message);
  const worker: RunningWorker = started.worker;
  const { deps, workspaceId } = workspace;
  const send = async () => {
    const campaignId = await createCampaign(workspace);
    await scheduleCampaign(deps, { workspaceId, campaignId, at: null, actor: "test" });
    await untilCampaign(workspace, campaignId, ["finished"]);
    const rows = await inWorkspace(workspace.database, workspaceId, (tx) =>
      tx.execute<{ state: string; reason: string | null; count: number }>(sql`
        select state, reason, count(*)::int as count from recipient where campaign_id = ${campaignId}::uuid
        group by 1, 2 order by 1`),
    );
    return [...rows];
  };
  try {
    await importCsv(workspace, consentedCsv(2));
    const job = await importFile(workspace, consentedCsv(3, 100), FROM_FAIR);
    expect(job).toMatchObject({ created: 3, consentRaised: 3 });
    expect(await send()).toEqual([
      { state: "blocked", reason: "source-provenance-unverified", count: 3 },
      { state: "contacted", reason: null, count: 2 },
    ]);
    expect(sink.messages.map((message) => message.to).sort()).toEqual([
      "person1@example.com",
      "person2@example.com",
    ]);
    await verify("Saw the sheets");
    expect(await send()).toEqual([{ state: "contacted", reason: null, count: 5 }]);
    await verify(null);
    expect(await send()).toEqual([
      { state: "blocked", reason: "source-provenance-unverified", count: 3 },
      { state: "contacted", reason: null, count: 2 },
    ]);
  } finally {
    await worker.stop();
    await sink.stop();
  }
});

test("new contacts carry the source and when the data was obtained: as the column says, else now", async () => {
  const job = await importFile(
    workspace,
    "email,obtained_at\na@example.com,2026-03-01\nb@example.com,\nc@example.com,last spring\nd@example.com,2999-01-01\n",
    FROM_FAIR,
  );
  expect(job.refusedByReason).toEqual({ "time-invalid": 1, "time-in-the-future": 1 });
  expect(await provenance()).toEqual(
    new Map([
      ["a@example.com", { sourceId, obtainedAt: "2026-03-01" }],
      ["b@example.com", { sourceId, obtainedAt: today() }],
      // Not known: what is due a month after it counts as due.
      ["c@example.com", { sourceId, obtainedAt: null }],
      ["d@example.com", { sourceId, obtainedAt: null }],
    ]),
  );
});

test("a contact known before keeps where it came from, whatever a later file says", async () => {
  await importFile(workspace, "email,obtained_at\nown@example.com,\n");
  await importFile(workspace, "email\nfair@example.com\n", FROM_FAIR);
  await importFile(workspace, "email,full_name\nown@example.com,Own\nfair@example.com,Fair\n", FROM_FAIR);
  await importFile(workspace, "email,full_name\nfair@example.com,Fairer\n");
  expect(await provenance()).toEqual(
    new Map([
      ["own@example.com", { sourceId: null, obtainedAt: null }],
      ["fair@example.com", { sourceId, obtainedAt: today() }],
    ]),
  );
});

test("what an unverified file says of a known person's consent is refused, a stop in it counts; verified, it is taken", async () => {
  await importFile(workspace, "email\nknown@example.com\n");
  const given = new Date(Date.now() - 86_400_000).toISOString();
  const csv = `email,phone,consent_given_at,consent_source,notice_version\nknown@example.com,+4930901820,${given},fair,2026-01\n`;
  expect(await importFile(workspace, csv, FROM_FAIR)).toMatchObject({
    consentRaised: 0,
    refusedByReason: { "source-not-verified": 1 },
  });
  await verify("Saw the sheets");
  expect(await importFile(workspace, csv, FROM_FAIR)).toMatchObject({
    consentRaised: 1,
    refusedByReason: {},
  });
  await verify(null);
  const stop = `email,unsubscribed\nknown@example.com,yes\n`;
  expect(await importFile(workspace, stop, FROM_FAIR)).toMatchObject({ consentLowered: 1 });
});

test("a source that the workspace does not have takes no file; another workspace's neither", async () => {
  const other = await createWorkspace(database.ownerUrl);
  const csv = "email\na@example.com\n";
  expect(await problemsOf(workspace, csv, { source: "nowhere" })).toEqual(["is no source of this workspace"]);
  expect(await problemsOf(other, csv, { source: sourceId })).toEqual(["is no source of this workspace"]);
  expect(await people(workspace)).toEqual([]);
  await other.close();
});

test("the console's form asks where the data came from, and takes no file without an answer", async () => {
  const staff: TestConsole = await testConsole(workspace, database.ownerUrl);
  const upload = (source: string | null, isFileFirst = false) => {
    const form = new FormData();
    const file = () =>
      form.set("file", new File(["email\nform@example.com\n"], "people.csv", { type: "text/csv" }));
    if (isFileFirst) file();
    if (source !== null) form.set("source", source);
    if (!isFileFirst) file();
    return staff.post("/import", form);
  };
  for (const answer of [await upload(null), await upload(""), await upload("themselves", true)]) {
    expect(answer.status).toBe(422);
    expect(await answer.text()).toContain("choose where the data came from");
  }
  expect((await upload("nowhere")).status).toBe(422);
  expect((await upload(sourceId)).status).toBe(303);
  expect((await upload("themselves")).status).toBe(303);
  const token = await staff.api.key(["admin"]);
  const { items } = (await (await staff.api.call(token, "GET", "/v1/contacts/imports")).json()) as {
    items: { sourceId: string | null; state: string }[];
  };
  expect(items.map((each) => each.sourceId)).toEqual([null, sourceId]);
  const page = await (await staff.get("/import")).text();
  expect(page).toContain('<td data-l="From">Fair</td>');
  expect(page).toContain("Fair (not verified)");
});
