import { inWorkspace, readClock, type Tx } from "#db/database";
import { appendConsentEvents, type ConsentEventType, readConsentEvents } from "#db/queries/consent-events";
import { type PointAndPurpose, readNotice, readPointAndPurpose } from "#db/queries/consent-subjects";
import { lockGates } from "#db/queries/gates";
import { personKeyOfContact } from "#db/queries/person-keys";
import { standingSuppressions } from "#db/queries/suppressions";
import type { FlowDeps } from "../deps.ts";
import type { StopAnswer } from "../stops/stop-answer.ts";
import { stopPerson } from "../stops/stop-person.ts";
import { hasStandingNo } from "./standing-no.ts";
import { hasStandingYes } from "./standing-yes.ts";

export interface ConsentStatement {
  readonly workspaceId: string;
  readonly contactPointId: string;
  readonly purposeId: string;
  readonly act: "grant" | "withdraw" | "refuse";
  /** When the person said it; not after now. */
  readonly occurredAt: Date;
  readonly method: string;
  readonly evidence: Readonly<Record<string, unknown>>;
  /** The exact wording that was shown; a grant without one is no proof and is blocked by the gate. */
  readonly noticeId: string | null;
  readonly actor: string;
  /** True when an API client states the evidence; false when we witnessed the act ourselves. */
  readonly claimed: boolean;
  /** True only when the person acts before our own eyes; a grant then lifts an older withdrawal. */
  readonly byThePerson: boolean;
}

export type ConsentResult =
  | {
      readonly kind: "recorded";
      readonly state: "given" | "renewed" | "requested" | "withdrawn" | "refused";
      readonly eventId: number | null;
      readonly stop: StopAnswer | null;
    }
  | { readonly kind: "unknown-contact-point" | "unknown-purpose" | "unknown-notice" }
  /** The notice is for another purpose or channel. */
  | { readonly kind: "notice-mismatch" }
  | { readonly kind: "in-the-future" };

/**
 * The one door for consent. A grant after a standing withdrawal, refusal, objection or suppression is stored as
 * `requested` and changes nothing until the person acts. A withdrawal is a stop and answers after the barrier.
 */
export async function recordConsent(deps: FlowDeps, statement: ConsentStatement): Promise<ConsentResult> {
  const checked = await inWorkspace(deps.database, statement.workspaceId, (tx) =>
    checkStatement(tx, statement),
  );
  if (checked.kind !== "ok") return checked;
  if (statement.act === "withdraw") return withdraw(deps, statement, checked.subject);
  return inWorkspace(deps.database, statement.workspaceId, (tx) =>
    record(tx, deps, statement, checked.subject),
  );
}

type Checked =
  | { readonly kind: "ok"; readonly subject: PointAndPurpose }
  | Exclude<ConsentResult, { kind: "recorded" }>;

async function checkStatement(tx: Tx, statement: ConsentStatement): Promise<Checked> {
  const found = await readPointAndPurpose(tx, statement.contactPointId, statement.purposeId);
  if (found.kind !== "found") return { kind: found.kind };
  if (statement.occurredAt > (await readClock(tx))) return { kind: "in-the-future" };
  if (statement.noticeId !== null) {
    const notice = await readNotice(tx, statement.noticeId);
    if (notice === null) return { kind: "unknown-notice" };
    if (notice.purposeId !== statement.purposeId || notice.channel !== found.subject.channel) {
      return { kind: "notice-mismatch" };
    }
  }
  return { kind: "ok", subject: found.subject };
}

async function withdraw(
  deps: FlowDeps,
  statement: ConsentStatement,
  subject: PointAndPurpose,
): Promise<ConsentResult> {
  const stop = await stopPerson(deps, {
    workspaceId: statement.workspaceId,
    gateId: subject.gateId,
    channel: subject.channel,
    contactId: subject.contactId,
    target: { kind: "topic", purposeId: statement.purposeId, senderId: subject.senderId },
    method: statement.method,
    actor: statement.actor,
    claimed: statement.claimed,
    occurredAt: statement.occurredAt,
    campaignId: null,
    evidence: statement.evidence,
    offersUndo: false,
    requestedAt: new Date(),
  });
  return { kind: "recorded", state: "withdrawn", eventId: stop.eventIds[0] ?? null, stop };
}

async function record(
  tx: Tx,
  deps: FlowDeps,
  statement: ConsentStatement,
  subject: PointAndPurpose,
): Promise<ConsentResult> {
  await lockGates(tx, [subject.gateId]);
  const type = await eventType(tx, statement, subject, await readClock(tx));
  const personKey = await personKeyOfContact(tx, deps.keys.master, subject.contactId);
  const [event] = await appendConsentEvents(tx, deps.keys.master, statement.workspaceId, [
    {
      gateId: subject.gateId,
      channel: subject.channel,
      type,
      contactId: subject.contactId,
      // A refusal covers every spelling of the address; a grant covers exactly one.
      contactPointId: type === "refused" ? null : statement.contactPointId,
      senderId: subject.senderId,
      purposeId: statement.purposeId,
      occurredAt: statement.occurredAt,
      method: statement.method,
      actor: statement.actor,
      claimed: statement.claimed,
      lifts: (type === "given" || type === "renewed") && statement.byThePerson,
      noticeId: statement.noticeId,
      expiresAt: null,
      campaignId: null,
      suppressionKind: null,
      payload: personKey === null ? {} : statement.evidence,
      personKey,
    },
  ]);
  if (event === undefined) throw new Error("the consent event was not recorded");
  return { kind: "recorded", state: type, eventId: event.id, stop: null };
}

/** Judged under the gate-row lock: nothing may change between the look and the event. */
async function eventType(
  tx: Tx,
  statement: ConsentStatement,
  subject: PointAndPurpose,
  now: Date,
): Promise<Extract<ConsentEventType, "given" | "renewed" | "requested" | "refused">> {
  if (statement.act === "refuse") return "refused";
  const suppressions = await standingSuppressions(tx, [subject.gateId]);
  const events = await readConsentEvents(tx, [subject.gateId]);
  if (hasStandingNo(events, suppressions, subject.senderId, statement.purposeId))
    return statement.byThePerson ? "given" : "requested";
  return hasStandingYes(events, statement, now) ? "renewed" : "given";
}
