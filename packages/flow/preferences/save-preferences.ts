import type { Language } from "#core/language";
import { inWorkspace } from "#db/database";
import type { Pace } from "#db/queries/contact-preferences";
import { lockContacts } from "#db/queries/contact-write";
import { lockGates } from "#db/queries/gates";
import { personKeyOfContact } from "#db/queries/person-keys";
import { readNotices } from "#db/queries/senders";
import { newestNotice } from "../consent/newest-notice.ts";
import { type AskedHow, requestConsent } from "../consent/request-consent.ts";
import type { FlowDeps } from "../deps.ts";
import type { StopAnswer } from "../stops/stop-answer.ts";
import type { StopRequest } from "../stops/stop-person.ts";
import { stopSeveral } from "../stops/stop-several.ts";
import type { PreferenceFields } from "./preference-token.ts";
import type { Choice, OwnPoint } from "./read-preferences.ts";
import { setPace } from "./set-pace.ts";

export interface SaveRequest {
  readonly fields: PreferenceFields;
  readonly stopped: readonly Choice[];
  readonly asked: readonly Choice[];
  /** Null: as it was. */
  readonly pace: Pace | null;
  readonly how: AskedHow;
  readonly language: Language;
  readonly publicUrl: string;
  readonly requestedAt: Date;
}

export interface Saved {
  /** Null when nothing was stopped. */
  readonly stop: StopAnswer | null;
  /** True when a mail asks to confirm what was turned on. */
  readonly isAsked: boolean;
  readonly inFlight: number;
}

/** What is turned off stops at once, what is turned on is asked for by mail: the link alone proves nothing. */
export async function savePreferences(deps: FlowDeps, request: SaveRequest): Promise<Saved> {
  const { fields } = request;
  const stop =
    request.stopped.length === 0
      ? null
      : await stopSeveral(
          deps,
          fields.workspaceId,
          fields.contactId,
          request.stopped.map((choice) =>
            stopOf(request, choice.point, {
              kind: "topic",
              purposeId: choice.purposeId,
              senderId: choice.senderId,
            }),
          ),
        );
  const paced =
    request.pace === null ? null : await setPace(deps, fields.workspaceId, fields.contactId, request.pace);
  for (const choices of Map.groupBy(
    request.asked,
    (choice) => `${choice.point.gateId}:${choice.senderId}`,
  ).values()) {
    await ask(deps, request, choices);
  }
  if (request.asked.length > 0) await deps.ring({ kind: "service-mail", workspaceId: fields.workspaceId });
  return {
    stop,
    isAsked: request.asked.length > 0,
    inFlight: Math.max(stop?.inFlight ?? 0, paced?.inFlight ?? 0),
  };
}

/** Ends everything: every address and number of the person, from every sender. */
export async function stopEverything(
  deps: FlowDeps,
  request: Pick<SaveRequest, "fields" | "how" | "requestedAt"> & {
    readonly points: readonly OwnPoint[];
    readonly method: "link" | "preference-page";
    readonly campaignId: string | null;
  },
): Promise<StopAnswer> {
  return stopSeveral(
    deps,
    request.fields.workspaceId,
    request.fields.contactId,
    request.points.map((point) => ({
      ...stopOf(request, point, { kind: "everything" }),
      method: request.method,
      campaignId: request.campaignId,
      suppression: point.channel === "phone" ? "internal-dnc" : "unsubscribe",
    })),
  );
}

function stopOf(
  request: Pick<SaveRequest, "fields" | "how" | "requestedAt">,
  point: OwnPoint,
  target: StopRequest["target"],
): StopRequest {
  return {
    workspaceId: request.fields.workspaceId,
    gateId: point.gateId,
    channel: point.channel,
    contactId: request.fields.contactId,
    target,
    method: "preference-page",
    actor: "person",
    claimed: false,
    campaignId: null,
    evidence: { ...request.how },
    offersUndo: true,
    requestedAt: request.requestedAt,
  };
}

async function ask(deps: FlowDeps, request: SaveRequest, choices: readonly Choice[]): Promise<void> {
  const [first] = choices;
  if (first === undefined) return;
  const { workspaceId, contactId } = request.fields;
  await inWorkspace(deps.database, workspaceId, async (tx) => {
    await lockContacts(tx, [contactId]);
    await lockGates(tx, [first.point.gateId]);
    const personKey = await personKeyOfContact(tx, deps.keys.master, contactId);
    if (personKey === null) return;
    const notices = await readNotices(tx);
    await requestConsent(tx, deps, {
      workspaceId,
      formId: null,
      senderId: first.senderId,
      contactId,
      personKey,
      contactPointId: first.point.contactPointId,
      gateId: first.point.gateId,
      to: first.point.value,
      language: request.language,
      asked: choices.map((choice) => ({
        purposeId: choice.purposeId,
        channel: choice.point.channel,
        notice: newestNotice(notices, choice.purposeId, choice.point.channel, request.language),
      })),
      phone: null,
      how: request.how,
      publicUrl: request.publicUrl,
      method: "preference-page",
      madeContact: false,
    });
  });
}
