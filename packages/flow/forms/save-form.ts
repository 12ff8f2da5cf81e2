import { randomUUIDv7 } from "node:crypto";
import { inWorkspace, type Tx } from "#db/database";
import { recordAudit } from "#db/queries/audit";
import { type FormDraft, type FormRecord, insertForm, readForm, updateForm } from "#db/queries/forms";
import { isSender, readNotices, readPurposes } from "#db/queries/senders";
import type { FormOffer } from "#db/schema/front-door";
import type { FlowDeps } from "../deps.ts";
import type { FieldProblem } from "../field-problems.ts";
import { noticesInForce } from "../senders/notices-in-force.ts";

export type FormFields = Omit<FormDraft, "id">;

export type SavedForm =
  | { readonly kind: "saved"; readonly form: FormRecord }
  | { readonly kind: "not-found" }
  | { readonly kind: "invalid"; readonly problems: readonly FieldProblem[] };

/** Makes a form. What it offers must be the sender's, and each box must have its wording. */
export async function createForm(
  deps: FlowDeps,
  request: { readonly workspaceId: string; readonly actor: string; readonly fields: FormFields },
): Promise<SavedForm> {
  return inWorkspace(deps.database, request.workspaceId, async (tx) => {
    const problems = await checkForm(tx, request.fields, new Set());
    if (problems.length > 0) return { kind: "invalid", problems };
    const draft = { ...request.fields, id: randomUUIDv7() };
    await insertForm(tx, request.workspaceId, draft);
    await recordAudit(tx, request.workspaceId, request.actor, "form-created", draft.id, { name: draft.name });
    return saved(tx, draft.id);
  });
}

/** Changes a form. Sign-ups that wait for their confirmation keep what they were shown. */
export async function changeForm(
  deps: FlowDeps,
  request: {
    readonly workspaceId: string;
    readonly actor: string;
    readonly formId: string;
    /** What is absent stays as it is. */
    readonly change: { readonly [K in keyof Omit<FormFields, "senderId">]?: FormFields[K] | undefined };
  },
): Promise<SavedForm> {
  return inWorkspace(deps.database, request.workspaceId, async (tx) => {
    const current = await readForm(tx, request.formId);
    if (current === null) return { kind: "not-found" };
    const { change } = request;
    const draft: FormDraft = {
      ...current,
      name: change.name ?? current.name,
      offers: change.offers ?? current.offers,
      asksName: change.asksName ?? current.asksName,
      asksPhone: change.asksPhone ?? current.asksPhone,
      isActive: change.isActive ?? current.isActive,
      thanks: change.thanks ?? current.thanks,
    };
    const shown = new Set(current.offers.flatMap((offer) => offer.noticeIds));
    const problems = await checkForm(tx, draft, shown);
    if (problems.length > 0) return { kind: "invalid", problems };
    await updateForm(tx, draft);
    await recordAudit(tx, request.workspaceId, request.actor, "form-changed", draft.id, {
      fields: Object.keys(change),
    });
    return saved(tx, draft.id);
  });
}

async function saved(tx: Tx, formId: string): Promise<SavedForm> {
  const form = await readForm(tx, formId);
  if (form === null) throw new Error("the form just saved cannot be read");
  return { kind: "saved", form };
}

/** @param shown notices that the form names already: one of them may have been replaced since. */
async function checkForm(tx: Tx, fields: FormFields, shown: ReadonlySet<string>): Promise<FieldProblem[]> {
  if (!(await isSender(tx, fields.senderId)))
    return [{ path: "/senderId", message: "is no sender of this workspace" }];
  const purposes = new Set(
    (await readPurposes(tx))
      .filter((purpose) => purpose.senderId === fields.senderId && purpose.kind === "marketing")
      .map((purpose) => purpose.id),
  );
  const all = await readNotices(tx);
  const notices = new Map(all.map((notice) => [notice.id, notice]));
  const usable = new Set([...noticesInForce(all).map((notice) => notice.id), ...shown]);
  const seen = new Set<string>();
  const problems: FieldProblem[] = [];
  for (const [place, offer] of fields.offers.entries()) {
    const path = `/offers/${place}`;
    if (!purposes.has(offer.purposeId))
      problems.push({ path: `${path}/purposeId`, message: "is no marketing purpose of this sender" });
    const name = `${offer.purposeId}:${offer.channel}`;
    if (seen.has(name)) problems.push({ path, message: "offers the same purpose and channel again" });
    seen.add(name);
    if (offer.channel === "phone" && !fields.asksPhone)
      problems.push({ path: `${path}/channel`, message: "needs a form that asks for a number (asksPhone)" });
    problems.push(...noticeProblems(offer, path, notices, usable));
  }
  return problems;
}

function noticeProblems(
  offer: FormOffer,
  path: string,
  notices: ReadonlyMap<string, { purposeId: string; channel: string; language: string }>,
  usable: ReadonlySet<string>,
): FieldProblem[] {
  const languages = new Set<string>();
  return offer.noticeIds.flatMap((noticeId, place) => {
    const at = `${path}/noticeIds/${place}`;
    const notice = notices.get(noticeId);
    if (notice === undefined) return [{ path: at, message: "is no notice of this workspace" }];
    if (notice.purposeId !== offer.purposeId || notice.channel !== offer.channel)
      return [{ path: at, message: "is for another purpose or channel" }];
    if (!usable.has(noticeId))
      return [{ path: at, message: "was replaced by a version that means something else" }];
    if (languages.has(notice.language)) return [{ path: at, message: "repeats a language" }];
    languages.add(notice.language);
    return [];
  });
}
