import { randomUUID, randomUUIDv7 } from "node:crypto";
import { sql } from "drizzle-orm";
import { expect } from "vitest";
import { inWorkspace, readClock } from "#db/database";
import { dryRun } from "#flow/campaign/dry-run";
import { planCampaign } from "#flow/campaign/plan";
import { scheduleCampaign } from "#flow/campaign/schedule";
import { type PermittedRecipient, screenSlice } from "#flow/gate/screen";
import { answerOf, testApi } from "./api.ts";
import { createWorkspace, type TestWorkspace } from "./product.ts";

type Json = Record<string, unknown> & { readonly id: string };
export type Circumstances = Readonly<Record<string, unknown>>;

/** A workspace whose settings are made through the API, and whose gate is asked as marketers and workers ask it. */
export interface LawDesk {
  readonly workspace: TestWorkspace;
  /** Calls the API as an admin, and demands this status. */
  call<Answer = Json>(method: string, path: string, body?: unknown, status?: number): Promise<Answer>;
  /** The same, without a demand: the answer as it came. */
  raw(method: string, path: string, body: unknown, headers: Record<string, string>): Promise<Response>;
  contact(body: Readonly<Record<string, unknown>>): Promise<Json>;
  /** The person agreed, provably, so many days ago. */
  consent(contact: Json, daysAgo?: number, noticeId?: string): Promise<void>;
  sender(change: Readonly<Record<string, unknown>>): Promise<Json>;
  relationship(contact: Json, body: Readonly<Record<string, unknown>>): Promise<Json>;
  list(registryId: string, numbers: readonly string[], daysOld?: number): Promise<Json>;
  /** A new campaign to everyone on a channel; the API makes those by email, a row in the table those by phone. */
  campaign(channel: "email" | "phone", circumstances?: Circumstances): Promise<string>;
  /** Lets a draft run: scheduled and planned. */
  plan(campaignId: string): Promise<void>;
  /** A campaign that sends, its recipients screened and permitted or not; the permits. */
  screened(campaignId: string): Promise<readonly PermittedRecipient[]>;
  /**
   * What the gate answers everyone, sorted, as `verdict reason`: asked by a dry run and by a real screening of a new
   * campaign, which must agree.
   */
  answers(channel: "email" | "phone", circumstances?: Circumstances): Promise<string[]>;
  now(): Promise<Date>;
  close(): Promise<void>;
}

export const DAY_MS = 86_400_000;
export const LIVE_CALL: Circumstances = { mode: "live-manual", scriptVersion: "v1" };

export async function openLawDesk(ownerUrl: string, dkimPem: string | null = null): Promise<LawDesk> {
  const workspace = await createWorkspace(ownerUrl, 5, dkimPem);
  const { deps, database, workspaceId, senderId, purposeId } = workspace;
  const api = testApi(workspace, ownerUrl);
  const admin = await api.key(["admin"]);
  const call: LawDesk["call"] = async <Answer>(
    method: string,
    path: string,
    body?: unknown,
    status?: number,
  ) => {
    const response = await api.call(admin, method, path, body);
    const answer = await answerOf<Answer>(response);
    expect({ status: response.status, answer }).toMatchObject({
      status: status ?? (method === "POST" ? expect.toBeOneOf([200, 201]) : 200),
    });
    return answer;
  };
  const now = () => inWorkspace(database, workspaceId, readClock);
  const before = async (days: number) => new Date((await now()).getTime() - days * DAY_MS).toISOString();
  const campaign: LawDesk["campaign"] = async (channel, circumstances = {}) => {
    const body = { name: "Law", senderId, purposeId, circumstances };
    if (channel === "email") {
      const content = { subject: "News", html: "<p>News</p>" };
      return (await call("POST", "/v1/campaigns", { ...body, content })).id;
    }
    const id = randomUUIDv7();
    await inWorkspace(database, workspaceId, (tx) =>
      tx.execute(sql`
        insert into campaign (id, workspace_id, name, channel, sender_id, purpose_id, state, audience, content,
          circumstances, created_at, updated_at)
        values (${id}, ${workspaceId}, 'Calls', 'phone', ${senderId}, ${purposeId}, 'draft', '{"all": []}',
          '{"subject": "-", "html": "-"}', ${JSON.stringify(circumstances)}::jsonb, consentry_now(), consentry_now())`),
    );
    return id;
  };
  const plan: LawDesk["plan"] = async (campaignId) => {
    const ask = { workspaceId, campaignId };
    await scheduleCampaign(deps, { ...ask, at: null, actor: "test" });
    expect(await planCampaign(deps, ask)).toMatchObject({ kind: "planned" });
  };
  const screened: LawDesk["screened"] = async (campaignId) => {
    await plan(campaignId);
    const ask = { workspaceId, campaignId };
    const answer = await screenSlice(deps, randomUUID(), { ...ask, slice: 0, limit: 100 });
    if (answer.kind !== "screened") throw new Error("the campaign does not send");
    return answer.permitted;
  };
  return {
    workspace,
    call,
    raw: (method, path, body, headers) => api.call(admin, method, path, body, headers),
    now,
    campaign,
    plan,
    screened,
    contact: (body) => call("POST", "/v1/contacts", body),
    consent: async (contact, daysAgo = 1, noticeId = workspace.noticeId) => {
      const [point] = contact["contactPoints"] as { id: string }[];
      await call("POST", "/v1/consents", {
        contactPointId: point?.id,
        purposeId,
        act: "grant",
        occurredAt: await before(daysAgo),
        method: "web-form",
        noticeId,
      });
    },
    sender: (change) => call("PATCH", `/v1/senders/${senderId}`, change),
    relationship: (contact, body) =>
      call("PUT", `/v1/contacts/${contact.id}/relationships/${senderId}`, body),
    list: async (registryId, numbers, daysOld = 1) =>
      call("PUT", `/v1/registries/${registryId}`, {
        asOf: await before(daysOld),
        numbers: numbers.map((number) => ({ number })),
      }),
    answers: async (channel, circumstances) => {
      const campaignId = await campaign(channel, circumstances);
      const run = await dryRun(deps, { workspaceId, campaignId });
      const forecast = (run?.groups ?? []).flatMap((group) =>
        Array.from({ length: group.count }, () => `${group.verdict} ${group.reason}`),
      );
      await screened(campaignId);
      const decided = await inWorkspace(database, workspaceId, (tx) =>
        tx.execute<{ answer: string }>(sql`
          select verdict || ' ' || reason as answer from decision where campaign_id = ${campaignId}::uuid`),
      );
      expect(decided.map((row) => row.answer).sort()).toEqual(forecast.sort());
      return forecast;
    },
    close: () => workspace.close(),
  };
}
