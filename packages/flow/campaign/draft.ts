import { randomUUIDv7 } from "node:crypto";
import { type AudienceFilter, auditAudience } from "#core/audience";
import { inWorkspace } from "#db/database";
import { recordAudit } from "#db/queries/audit";
import { type CampaignDraft, insertCampaign, updateDraft } from "#db/queries/campaigns";
import type { CampaignCircumstances } from "#db/schema/campaign";
import { type CampaignContent, checkContent } from "../content/template.ts";
import type { FlowDeps } from "../deps.ts";

export interface DraftRequest {
  readonly workspaceId: string;
  readonly actor: string;
  readonly name: string;
  readonly senderId: string;
  readonly purposeId: string;
  readonly audience: AudienceFilter;
  readonly content: CampaignContent;
  /** Undefined: a new draft has none, and one that is changed keeps its own. */
  readonly circumstances?: CampaignCircumstances | undefined;
  readonly ratePerSecond: number | null;
  readonly frequencyCap: { readonly max: number; readonly windowHours: number } | null;
  readonly endsAt: Date | null;
}

export type DraftResult =
  | { readonly kind: "saved"; readonly campaignId: string }
  | {
      readonly kind: "problems";
      readonly problems: readonly { readonly path: string; readonly message: string }[];
    }
  /** No draft of that id: unknown, or scheduled already. */
  | { readonly kind: "not-a-draft" };

/** Saves a new draft, or what an existing draft says. What could not be sent is refused here, by field. */
export async function saveDraft(
  deps: FlowDeps,
  request: DraftRequest,
  campaignId: string | null,
): Promise<DraftResult> {
  const problems = [...checkContent(request.content), ...auditAudience(request.audience)];
  if (problems.length > 0) return { kind: "problems", problems };
  const draft: CampaignDraft = { ...request, id: campaignId ?? randomUUIDv7(), channel: "email" };
  return inWorkspace(deps.database, request.workspaceId, async (tx): Promise<DraftResult> => {
    const saved =
      campaignId === null
        ? await insertCampaign(tx, request.workspaceId, draft)
        : await updateDraft(tx, draft);
    if (!saved) {
      if (campaignId !== null) return { kind: "not-a-draft" };
      return {
        kind: "problems",
        problems: [{ path: "/purposeId", message: "is no purpose of this sender" }],
      };
    }
    await recordAudit(
      tx,
      request.workspaceId,
      request.actor,
      campaignId === null ? "campaign-created" : "campaign-changed",
      draft.id,
      draft.circumstances === undefined ? {} : { circumstances: draft.circumstances },
    );
    return { kind: "saved", campaignId: draft.id };
  });
}
