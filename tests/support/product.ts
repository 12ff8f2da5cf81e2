import { randomBytes, randomUUIDv7 } from "node:crypto";
import { BlockList } from "node:net";
import { Readable } from "node:stream";
import { type Database, inWorkspace, openDatabase, outsideWorkspaces } from "#db/database";
import { readCampaign } from "#db/queries/campaign-state";
import { insertCampaign } from "#db/queries/campaigns";
import { insertWorkspace } from "#db/queries/workspaces";
import type { Config } from "#flow/config";
import { receiveImport } from "#flow/contacts/import/receive-import";
import { runImport } from "#flow/contacts/import/run-import";
import type { FlowDeps } from "#flow/deps";
import { createPurpose, createSender } from "#flow/senders/create-sender";
import { createNotice } from "#flow/senders/publish-notice";

const ring32 = () => ({ current: "k1", keys: { k1: randomBytes(32).toString("base64") } });

/** Real keys, made for this test run. */
export const TEST_SECRETS = {
  master: ring32(),
  index: ring32(),
  token: ring32(),
  ledger: ring32(),
  auth: randomBytes(32).toString("hex"),
};

export function testConfig(ownerUrl: string, smtpPort: number, overrides: Partial<Config> = {}): Config {
  return {
    databaseUrl: ownerUrl,
    redisUrl: null,
    smtpUrl: `smtp://127.0.0.1:${smtpPort}`,
    publicUrl: "http://127.0.0.1:8080",
    host: "127.0.0.1",
    port: 0,
    secrets: TEST_SECRETS,
    bootstrapApiKey: null,
    demo: false,
    logLevel: "silent",
    workerLanes: 10,
    messageBytesMax: 256 * 1024,
    ledger: { webhookUrl: null, webhookMayBePrivate: false },
    ledgerExportDir: null,
    trustedProxies: new BlockList(),
    ...overrides,
  };
}

export interface TestWorkspace {
  readonly deps: FlowDeps;
  readonly database: Database;
  readonly workspaceId: string;
  readonly senderId: string;
  readonly purposeId: string;
  readonly noticeId: string;
  close(): Promise<void>;
}

/** A workspace with one sender, one purpose (`newsletter`) and one notice (`2026-01`). Rings go nowhere: the sweeper rings. */
export async function createWorkspace(
  ownerUrl: string,
  connectionsMax = 10,
  dkimPem: string | null = null,
): Promise<TestWorkspace> {
  const database = openDatabase(ownerUrl, { connectionsMax });
  const deps: FlowDeps = { database, keys: TEST_SECRETS, ring: async () => undefined };
  const workspaceId = randomUUIDv7();
  await outsideWorkspaces(database, (tx) => insertWorkspace(tx, workspaceId, "Test"));
  const sender = await createSender(deps, {
    workspaceId,
    actor: "test",
    key: "acme",
    name: "Acme GmbH",
    postalAddress: "Hauptstraße 1, 10115 Berlin",
    fromName: "Acme",
    fromAddress: "news@acme.example",
    ...(dkimPem === null ? {} : { dkim: { domain: "acme.example", selector: "test", privateKey: dkimPem } }),
  });
  if (sender.kind !== "created") throw new Error("the test sender was not created");
  const senderId = sender.record.id;
  const purpose = await createPurpose(deps, {
    workspaceId,
    actor: "test",
    senderId,
    key: "newsletter",
    name: "Newsletter",
    description: "News about our products",
    dpvTerm: "dpv:DirectMarketing",
    kind: "marketing",
    consentLifetimeDays: null,
  });
  if (purpose.kind !== "created") throw new Error("the test purpose was not created");
  const purposeId = purpose.record.id;
  const notice = await createNotice(deps, {
    workspaceId,
    actor: "test",
    purposeId,
    channel: "email",
    version: "2026-01",
    language: "en",
    wording: "Email me the Acme newsletter",
  });
  if (notice.kind !== "created") throw new Error("the test notice was not created");
  return {
    deps,
    database,
    workspaceId,
    senderId,
    purposeId,
    noticeId: notice.record.id,
    close: () => database.close(),
  };
}

/** Imports a CSV whole, as the API and a worker would, and returns the import's id. */
export async function importCsv(
  workspace: TestWorkspace,
  csv: string,
  consentPurpose = "newsletter",
): Promise<string> {
  const received = await receiveImport(workspace.deps, {
    workspaceId: workspace.workspaceId,
    mapping: { consentPurpose },
    csv: Readable.from([Buffer.from(csv)]),
    actor: "test",
  });
  if (received.kind === "refused") throw new Error(JSON.stringify(received.problems));
  await runImport(workspace.deps, { workspaceId: workspace.workspaceId, importId: received.importId });
  return received.importId;
}

/** `count` people with proved consent, addresses `person<n>@example.com` from `first` on. */
export function consentedCsv(count: number, first = 1): string {
  const given = new Date(Date.now() - 86_400_000).toISOString();
  const lines = Array.from(
    { length: count },
    (_, place) => `person${first + place}@example.com,Person ${first + place},DE,${given},web-form,2026-01`,
  );
  return `email,full_name,country,consent_given_at,consent_source,notice_version\n${lines.join("\n")}\n`;
}

export interface CampaignOptions {
  readonly ratePerSecond?: number;
  readonly frequencyCap?: { readonly max: number; readonly windowHours: number };
  readonly audience?: unknown;
  readonly endsAt?: Date;
  readonly html?: string;
  readonly content?: { readonly subject: string; readonly html: string };
}

export async function createCampaign(
  workspace: TestWorkspace,
  options: CampaignOptions = {},
): Promise<string> {
  const id = randomUUIDv7();
  await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
    insertCampaign(tx, workspace.workspaceId, {
      id,
      name: "Spring news",
      channel: "email",
      senderId: workspace.senderId,
      purposeId: workspace.purposeId,
      audience: options.audience ?? { all: [] },
      circumstances: {},
      content: options.content ?? {
        subject: "Hello {{ contact.given_name }}",
        html: options.html ?? "<p>Dear {{ contact.full_name }}</p>",
      },
      ratePerSecond: options.ratePerSecond ?? null,
      frequencyCap: options.frequencyCap ?? null,
      endsAt: options.endsAt ?? null,
    }),
  );
  return id;
}

/** Waits until a campaign is in one of these states. */
export async function untilCampaign(
  workspace: TestWorkspace,
  campaignId: string,
  states: readonly string[],
  timeoutMs = 60_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const campaign = await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
      readCampaign(tx, campaignId),
    );
    if (campaign !== null && states.includes(campaign.state)) return;
    if (performance.now() > deadline) throw new Error(`the campaign is still ${campaign?.state}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
