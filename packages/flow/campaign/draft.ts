import { randomUUIDv7 } from "node:crypto";
import { type AudienceFilter, auditAudience } from "#core/audience";
import { inWorkspace } from "#db/database";
import { recordAudit } from "#db/queries/audit";
import { insertCampaign, lockDraft, updateDraft } from "#db/queries/campaigns";
import type { CampaignCircumstances } from "#db/schema/campaign";
import { type CampaignContent, checkContent } from "../content/template.ts";
import type { FlowDeps } from "../deps.ts";
import type { FieldProblem } from "../field-problems.ts";

/** What a draft says. */
export interface DraftFields {
  readonly name: string;
  readonly senderId: string;
  readonly purposeId: string;
  readonly audience: AudienceFilter;
  readonly content: CampaignContent;
  readonly circumstances: CampaignCircumstances;
  readonly ratePerSecond: number | null;
  readonly frequencyCap: { readonly max: number; readonly windowHours: number } | null;
  readonly endsAt: Date | null;
}

/** Parts of a draft; what is absent stays as it is. Of the content each part alone may be given. */
export type DraftChange = {
  readonly [K in Exclude<keyof DraftFields, "content">]?: DraftFields[K] | undefined;
} & {
  readonly content?:
    | {
        readonly subject?: string | undefined;
        readonly html?: string | undefined;
        /** Null: derived from the HTML again. */
        readonly text?: string | null | undefined;
      }
    | undefined;
};

export type DraftResult =
  | { readonly kind: "saved"; readonly campaignId: string }
  | { readonly kind: "problems"; readonly problems: readonly FieldProblem[] }
  | { readonly kind: "not-found" }
  /** Scheduled already, or over. */
  | { readonly kind: "not-a-draft" };

export const WRONG_PURPOSE: DraftResult = {
  kind: "problems",
  problems: [{ path: "/purposeId", message: "is no purpose of this sender" }],
};

const CALLS_PROBLEM: DraftResult = {
  kind: "problems",
  problems: [{ path: "/content", message: "belongs to email; this campaign calls" }],
};

/** Saves a new draft. What could not be sent is refused here, by field. */
export async function createDraft(
  deps: FlowDeps,
  request: { readonly workspaceId: string; readonly actor: string; readonly draft: DraftFields },
): Promise<DraftResult> {
  const { workspaceId, actor, draft } = request;
  const problems = problemsOf(draft);
  if (problems.length > 0) return { kind: "problems", problems };
  const id = randomUUIDv7();
  return inWorkspace(deps.database, workspaceId, async (tx): Promise<DraftResult> => {
    if (!(await insertCampaign(tx, workspaceId, { ...draft, id, channel: "email" }))) return WRONG_PURPOSE;
    await recordAudit(tx, workspaceId, actor, "campaign-created", id, { circumstances: draft.circumstances });
    return { kind: "saved", campaignId: id };
  });
}

/**
 * Changes parts of a draft. The whole that comes of it has to obey the same rules as a new one; the campaign's version
 * goes up, so that nothing which relied on the old one counts.
 */
export async function changeDraft(
  deps: FlowDeps,
  request: {
    readonly workspaceId: string;
    readonly actor: string;
    readonly campaignId: string;
    readonly change: DraftChange;
  },
): Promise<DraftResult> {
  const { workspaceId, actor, campaignId, change } = request;
  return inWorkspace(deps.database, workspaceId, async (tx): Promise<DraftResult> => {
    const current = await lockDraft(tx, campaignId);
    if (current === null) return { kind: "not-found" };
    if (current.state !== "draft") return { kind: "not-a-draft" };
    if (current.content === null) return CALLS_PROBLEM;
    const { content } = current;
    const draft = merged({ ...current, content, audience: current.audience as AudienceFilter }, change);
    const problems = problemsOf(draft);
    if (problems.length > 0) return { kind: "problems", problems };
    if (!(await updateDraft(tx, { ...draft, id: campaignId, channel: "email" }))) return WRONG_PURPOSE;
    await recordAudit(tx, workspaceId, actor, "campaign-changed", campaignId, auditOfChange(change));
    return { kind: "saved", campaignId };
  });
}

/** What the audit keeps of a change: its fields, and the circumstances themselves, which the gate reads. */
export const auditOfChange = (
  change: Readonly<Record<string, unknown>> & Pick<DraftChange, "circumstances">,
) => ({
  fields: Object.entries(change).flatMap(([field, value]) => (value === undefined ? [] : [field])),
  ...(change.circumstances === undefined ? {} : { circumstances: change.circumstances }),
});

const problemsOf = (draft: DraftFields): FieldProblem[] => [
  ...checkContent(draft.content),
  ...auditAudience(draft.audience),
];

function merged(current: DraftFields, change: DraftChange): DraftFields {
  const { subject, html, text } = change.content ?? {};
  const kept = text === undefined ? current.content.text : (text ?? undefined);
  return {
    name: change.name ?? current.name,
    senderId: change.senderId ?? current.senderId,
    purposeId: change.purposeId ?? current.purposeId,
    audience: change.audience ?? current.audience,
    content: {
      subject: subject ?? current.content.subject,
      html: html ?? current.content.html,
      ...(kept === undefined ? {} : { text: kept }),
    },
    circumstances: change.circumstances ?? current.circumstances,
    ratePerSecond: change.ratePerSecond === undefined ? current.ratePerSecond : change.ratePerSecond,
    frequencyCap: change.frequencyCap === undefined ? current.frequencyCap : change.frequencyCap,
    endsAt: change.endsAt === undefined ? current.endsAt : change.endsAt,
  };
}
