import { inWorkspace, readClock, type Tx } from "#db/database";
import { recordAudit } from "#db/queries/audit";
import { personKeyOfContact } from "#db/queries/person-keys";
import {
  lockPrivacyRequest,
  type PrivacyRequestRecord,
  readPrivacyRequest,
  updatePrivacyRequest,
} from "#db/queries/privacy-requests";
import { changeContact } from "../../contacts/change-contact.ts";
import type { FlowDeps } from "../../deps.ts";
import type { CapturedInbox } from "../../inbox.ts";
import { waitForInFlight } from "../../stops/barrier.ts";
import { erasePerson } from "../erase-person.ts";
import { type PersonReport, personReport } from "../person-report.ts";
import { openText, type RequestText, sealText } from "./request-text.ts";
import type { RequestLink } from "./request-token.ts";

/** A request as its own link shows it. */
export interface LinkedRequest {
  readonly request: PrivacyRequestRecord;
  readonly text: RequestText;
}

/** The request behind a link; null when there is none, its time is over, or the person is gone. */
export async function requestOfLink(deps: FlowDeps, link: RequestLink): Promise<LinkedRequest | null> {
  return inWorkspace(deps.database, link.workspaceId, async (tx) => {
    const request = await readPrivacyRequest(tx, link.requestId);
    if (request === null || request.linkUntil <= (await readClock(tx))) return null;
    const key = await personKeyOfContact(tx, deps.keys.master, request.contactId);
    return key === null ? null : { request, text: openText(key, link.workspaceId, request) };
  });
}

/** What the person corrects themselves, or asks staff to correct. */
export interface Correction {
  readonly fullName?: string;
  readonly givenName?: string;
  readonly other?: string;
}

export type UseAnswer =
  | { readonly kind: "report"; readonly report: PersonReport }
  | { readonly kind: "erased"; readonly inFlight: number }
  | { readonly kind: "restricted"; readonly inFlight: number }
  /** `waits`: staff still have something to correct. */
  | { readonly kind: "corrected"; readonly waits: boolean }
  | { readonly kind: "not-valid" };

/**
 * The button behind the link: whoever presses it reads the mail of the address, which is the proof. The request is
 * carried out by the same function that staff use, and recorded. Pressing again shows the report again, and changes
 * nothing else.
 */
export async function useRequest(
  deps: FlowDeps,
  inbox: CapturedInbox | null,
  link: RequestLink,
  correction: Correction,
): Promise<UseAnswer> {
  const linked = await requestOfLink(deps, link);
  if (linked === null || linked.request.contactId === null) return { kind: "not-valid" };
  const { request } = linked;
  const { contactId } = linked.request;
  if (request.state !== "unverified" && request.kind !== "access") return { kind: "not-valid" };
  const about = { workspaceId: link.workspaceId, contactId, requestId: link.requestId };
  switch (request.kind) {
    case "access": {
      const report = await personReport(deps, link.workspaceId, contactId);
      if (report === null) return { kind: "not-valid" };
      await close(deps, about, "privacy-report-shown");
      return { kind: "report", report };
    }
    case "erasure": {
      const erased = await erasePerson(deps, inbox, { ...about, method: "privacy-request", actor: "person" });
      if (erased.kind === "not-found") return { kind: "not-valid" };
      await close(deps, about, "privacy-request-answered");
      return { kind: "erased", inFlight: erased.inFlight };
    }
    case "restriction":
      return restrict(deps, about);
    case "rectification":
      return correct(deps, about, correction);
    case "objection":
    case "withdrawal":
      return { kind: "not-valid" };
    default:
      return request.kind satisfies never;
  }
}

interface About {
  readonly workspaceId: string;
  readonly contactId: string;
  readonly requestId: string;
}

async function restrict(deps: FlowDeps, about: About): Promise<UseAnswer> {
  const { workspaceId, contactId } = about;
  const now = await inWorkspace(deps.database, workspaceId, readClock);
  const changed = await changeContact(deps, {
    workspaceId,
    actor: "person",
    contactId,
    person: {},
    restricted: true,
    now,
  });
  if (changed.kind !== "changed") return { kind: "not-valid" };
  const gateIds = changed.contact.record.points.map((point) => point.gateId);
  const barrier = await waitForInFlight(deps.database, workspaceId, { kind: "gates", gateIds });
  await close(deps, about, "privacy-request-answered");
  return { kind: "restricted", inFlight: barrier.inFlight };
}

async function correct(deps: FlowDeps, about: About, correction: Correction): Promise<UseAnswer> {
  const { workspaceId, contactId } = about;
  const { other, ...person } = correction;
  if (Object.keys(person).length > 0) {
    const now = await inWorkspace(deps.database, workspaceId, readClock);
    const changed = await changeContact(deps, { workspaceId, actor: "person", contactId, person, now });
    if (changed.kind !== "changed") return { kind: "not-valid" };
  }
  if (other === undefined) {
    await close(deps, about, "privacy-request-answered");
    return { kind: "corrected", waits: false };
  }
  await inWorkspace(deps.database, workspaceId, async (tx) => {
    const held = await holdUnverified(tx, deps, about);
    if (held === null) return;
    await updatePrivacyRequest(tx, about.requestId, {
      state: "open",
      verifiedAt: held.now,
      sealed: sealText(held.key, workspaceId, about.requestId, { ...held.text, details: other }),
    });
    await recordAudit(tx, workspaceId, "person", "privacy-request-verified", about.requestId, {});
  });
  return { kind: "corrected", waits: true };
}

async function holdUnverified(tx: Tx, deps: FlowDeps, about: About) {
  const request = await lockPrivacyRequest(tx, about.requestId);
  const key = await personKeyOfContact(tx, deps.keys.master, about.contactId);
  if (request === null || key === null || request.state !== "unverified") return null;
  return { key, text: openText(key, about.workspaceId, request), now: await readClock(tx) };
}

async function close(deps: FlowDeps, about: About, action: string): Promise<void> {
  await inWorkspace(deps.database, about.workspaceId, async (tx) => {
    const request = await lockPrivacyRequest(tx, about.requestId);
    if (request === null) return;
    const now = await readClock(tx);
    if (request.closedAt === null) {
      await updatePrivacyRequest(tx, about.requestId, { state: "answered", verifiedAt: now, closedAt: now });
    }
    await recordAudit(tx, about.workspaceId, "person", action, about.requestId, { kind: request.kind });
  });
}
