import { randomUUIDv7 } from "node:crypto";
import { type AudienceFilter, auditAudience } from "#core/audience";
import { inWorkspace, type Tx } from "#db/database";
import { recordAudit } from "#db/queries/audit";
import { insertScript, readScript } from "#db/queries/call-scripts";
import { insertCampaign, lockDraft, updateDraft } from "#db/queries/campaigns";
import type { CallPlan } from "#db/schema/call";
import type { CampaignCircumstances } from "#db/schema/campaign";
import { checkScript } from "../calls/script.ts";
import type { FlowDeps } from "../deps.ts";
import type { FieldProblem } from "../field-problems.ts";
import { auditOfChange, type DraftResult, WRONG_PURPOSE } from "./draft.ts";

/** What a draft of a phone campaign says. */
export interface CallDraftFields {
  readonly name: string;
  readonly senderId: string;
  readonly purposeId: string;
  readonly audience: AudienceFilter;
  /** What agents say, caller, seller and purpose first. */
  readonly script: string;
  readonly callPlan: CallPlan;
  /** Hours narrower than the law's, on the person's clock; null: the law's alone. */
  readonly callWindow: { readonly from: string; readonly to: string } | null;
  readonly circumstances: CampaignCircumstances;
  readonly frequencyCap: { readonly max: number; readonly windowHours: number } | null;
  readonly endsAt: Date | null;
}

export type CallDraftChange = { readonly [K in keyof CallDraftFields]?: CallDraftFields[K] | undefined };

const EMAIL_PROBLEM: DraftResult = {
  kind: "problems",
  problems: [{ path: "/channel", message: "is email for this campaign; a channel does not change" }],
};

/** Saves a new draft of calls. The script is its first version. */
export async function createCallDraft(
  deps: FlowDeps,
  request: { readonly workspaceId: string; readonly actor: string; readonly draft: CallDraftFields },
): Promise<DraftResult> {
  const { workspaceId, actor, draft } = request;
  const problems = problemsOf(draft);
  if (problems.length > 0) return { kind: "problems", problems };
  const id = randomUUIDv7();
  return inWorkspace(deps.database, workspaceId, async (tx): Promise<DraftResult> => {
    if (!(await insertCampaign(tx, workspaceId, rowOf(draft, id, 1)))) return WRONG_PURPOSE;
    await insertScript(tx, workspaceId, { campaignId: id, version: 1, text: draft.script, actor });
    await recordAudit(tx, workspaceId, actor, "campaign-created", id, {
      channel: "phone",
      circumstances: draft.circumstances,
    });
    return { kind: "saved", campaignId: id };
  });
}

/** Changes parts of a draft of calls; another script is another version, and the old one stays on record. */
export async function changeCallDraft(
  deps: FlowDeps,
  request: {
    readonly workspaceId: string;
    readonly actor: string;
    readonly campaignId: string;
    readonly change: CallDraftChange;
  },
): Promise<DraftResult> {
  const { workspaceId, actor, campaignId, change } = request;
  return inWorkspace(deps.database, workspaceId, async (tx): Promise<DraftResult> => {
    const current = await lockedCallDraft(tx, campaignId);
    if (current === null) return { kind: "not-found" };
    if (current === "email") return EMAIL_PROBLEM;
    if (current.state !== "draft") return { kind: "not-a-draft" };
    const given = Object.entries(change).filter(([, value]) => value !== undefined);
    const draft: CallDraftFields = { ...current.draft, ...Object.fromEntries(given) };
    const problems = problemsOf(draft);
    if (problems.length > 0) return { kind: "problems", problems };
    const isNewScript = draft.script !== current.draft.script;
    const version = current.scriptVersion + (isNewScript ? 1 : 0);
    if (!(await updateDraft(tx, rowOf(draft, campaignId, version)))) return WRONG_PURPOSE;
    if (isNewScript) await insertScript(tx, workspaceId, { campaignId, version, text: draft.script, actor });
    await recordAudit(tx, workspaceId, actor, "campaign-changed", campaignId, auditOfChange(change));
    return { kind: "saved", campaignId };
  });
}

async function lockedCallDraft(tx: Tx, campaignId: string) {
  const row = await lockDraft(tx, campaignId);
  if (row === null) return null;
  // Phone campaigns that were not made here have no plan, and nothing that could be changed here.
  if (row.channel === "email" || row.callPlan === null || row.callPlan === undefined) return "email";
  const scriptVersion = row.scriptVersion ?? 0;
  const { callWindow, scriptVersion: _version, ...circumstances } = row.circumstances;
  const draft: CallDraftFields = {
    name: row.name,
    senderId: row.senderId,
    purposeId: row.purposeId,
    audience: row.audience as AudienceFilter,
    script: (await readScript(tx, campaignId, scriptVersion)) ?? "",
    callPlan: row.callPlan,
    callWindow: callWindow ?? null,
    circumstances,
    frequencyCap: row.frequencyCap,
    endsAt: row.endsAt,
  };
  return { state: row.state, scriptVersion, draft };
}

/** The gate reads mode, script and hours as circumstances: the same facts as a question of `evaluate` names. */
const rowOf = (draft: CallDraftFields, id: string, scriptVersion: number) => ({
  id,
  name: draft.name,
  channel: "phone" as const,
  senderId: draft.senderId,
  purposeId: draft.purposeId,
  audience: draft.audience,
  content: null,
  callPlan: draft.callPlan,
  scriptVersion,
  circumstances: {
    mode: "live-manual" as const,
    ...draft.circumstances,
    scriptVersion: String(scriptVersion),
    ...(draft.callWindow === null ? {} : { callWindow: draft.callWindow }),
  },
  ratePerSecond: null,
  frequencyCap: draft.frequencyCap,
  endsAt: draft.endsAt,
});

function problemsOf(draft: CallDraftFields): FieldProblem[] {
  const { callWindow } = draft;
  const isNarrow = callWindow === null || callWindow.from < callWindow.to;
  return [
    ...checkScript(draft.script),
    ...auditAudience(draft.audience),
    ...(isNarrow ? [] : [{ path: "/callWindow/to", message: "has to be after from, on the same day" }]),
    ...(draft.circumstances.scriptVersion === undefined
      ? []
      : [
          {
            path: "/circumstances/scriptVersion",
            message: "is counted by us: every change of the script is a version",
          },
        ]),
  ];
}
