import { sql } from "drizzle-orm";
import { array, type Tx } from "../database.ts";
import type { CallPlan } from "../schema/call.ts";
import type { CampaignCircumstances } from "../schema/campaign.ts";
import { markHolds } from "./stops.ts";

export type CampaignState =
  | "draft"
  | "scheduled"
  | "planning"
  | "sending"
  | "paused"
  | "cancelled"
  | "finished";

/** A campaign as the flow reads it. */
export interface CampaignRow {
  readonly id: string;
  readonly workspaceId: string;
  readonly channel: "email" | "phone";
  readonly senderId: string;
  readonly purposeId: string;
  readonly state: CampaignState;
  readonly version: number;
  readonly audience: unknown;
  /** Null for calls. */
  readonly content: { readonly subject: string; readonly html: string; readonly text?: string } | null;
  /** Null for email, and so is the version of the script. */
  readonly callPlan: CallPlan | null;
  readonly scriptVersion: number | null;
  readonly circumstances: CampaignCircumstances;
  readonly ratePerSecond: number | null;
  readonly frequencyCapMax: number | null;
  readonly frequencyCapWindowHours: number | null;
  readonly scheduledAt: Date | null;
  readonly endsAt: Date | null;
  readonly month: string | null;
}

/** One campaign of this workspace, or null. Takes no lock. */
export async function readCampaign(tx: Tx, campaignId: string): Promise<CampaignRow | null> {
  const [row] = await tx.execute<Record<string, unknown> & CampaignRow>(sql`
    select id, workspace_id as "workspaceId", channel, sender_id as "senderId", purpose_id as "purposeId", state,
      version, audience, content, call_plan as "callPlan", script_version as "scriptVersion", circumstances, rate_per_second::float8 as "ratePerSecond",
      frequency_cap_max as "frequencyCapMax", frequency_cap_window_hours as "frequencyCapWindowHours",
      scheduled_at as "scheduledAt", ends_at as "endsAt", month::text as month
    from campaign where id = ${campaignId}::uuid`);
  return row ?? null;
}

/**
 * Moves a campaign between states and bumps its version, so that permits given before are stale.
 * @returns the new state, or the one it was in when that is not in `from` (and nothing changed); null if unknown.
 */
export async function moveCampaign(
  tx: Tx,
  campaignId: string,
  from: readonly CampaignState[],
  to: CampaignState,
): Promise<{ moved: boolean; state: CampaignState } | null> {
  const [row] = await tx.execute<{ state: CampaignState }>(
    sql`select state from campaign where id = ${campaignId}::uuid for no key update`,
  );
  if (row === undefined) return null;
  if (!from.includes(row.state)) return { moved: false, state: row.state };
  await tx.execute(sql`
    update campaign set state = ${to}, version = version + 1, updated_at = consentry_now(),
      started_at = case when ${to} = 'sending' then coalesce(started_at, consentry_now()) else started_at end,
      finished_at = case when ${to} = 'finished' then consentry_now() else finished_at end
    where id = ${campaignId}::uuid`);
  return { moved: true, state: to };
}

/** Fixes when a campaign starts and ends, and the month its recipients are filed under. */
export async function setSchedule(
  tx: Tx,
  campaignId: string,
  schedule: { readonly at: Date; readonly endsAt: Date; readonly month: string },
): Promise<void> {
  await tx.execute(sql`
    update campaign set scheduled_at = ${schedule.at.toISOString()}::timestamptz,
      ends_at = ${schedule.endsAt.toISOString()}::timestamptz, month = ${schedule.month}::date,
      updated_at = consentry_now()
    where id = ${campaignId}::uuid`);
}

/** Bumps the workspace's policy epoch: every permit of the workspace goes stale. */
export async function bumpPolicyEpoch(tx: Tx, workspaceId: string): Promise<void> {
  await tx.execute(sql`
    update workspace set policy_epoch = policy_epoch + 1 where id = ${workspaceId}::uuid`);
}

/** Freezes or unfreezes a workspace. Returns whether that changed anything. */
export async function setFrozen(tx: Tx, workspaceId: string, frozen: boolean): Promise<boolean> {
  const changed = await tx.execute(sql`
    update workspace set policy_epoch = policy_epoch + 1,
      frozen_at = case when ${frozen} then consentry_now() end
    where id = ${workspaceId}::uuid and (frozen_at is not null) <> ${frozen}
    returning id`);
  return changed.length > 0;
}

/** Which of these campaigns may be fed to the lanes: sending, workspace not frozen, no stop coming. */
export async function campaignsSending(tx: Tx, campaignIds: readonly string[]): Promise<Set<string>> {
  const sending = await tx.execute<{ id: string }>(sql`
    select c.id from campaign c join workspace w on w.id = c.workspace_id
    where c.id = any(${array(campaignIds, "uuid")}) and c.state = 'sending' and w.frozen_at is null
      and not exists (select 1 from stop_mark m where ${markHolds} and m.scope_id in (c.id, c.workspace_id))`);
  return new Set(sending.map((row) => row.id));
}
