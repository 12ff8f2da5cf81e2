import { canonicalKey } from "#core/canonical-key";
import { settle } from "#core/decide";
import type { SuppressionKind } from "#core/facts";
import { readClock, type Tx } from "#db/database";
import { readRestriction } from "#db/queries/contact-facts";
import type { ServiceSpeaker } from "#db/queries/service-senders";
import { signUpOfMessage } from "#db/queries/sign-ups";
import { standingSuppressions } from "#db/queries/suppressions";
import { readStandings } from "../consent/standings.ts";
import type { FlowDeps } from "../deps.ts";
import type { ServiceMailKind } from "./kinds.ts";

export type ServiceVerdict = { readonly kind: "allow" } | { readonly kind: "block"; readonly reason: string };

interface Stance {
  /** A standing "no" of these kinds forbids even this message. */
  readonly yieldsTo: readonly SuppressionKind[];
  /** Sent although the use of the person's data is restricted: it is about that very request (GDPR 18(2)). */
  readonly passesRestriction: boolean;
  /** Sent only while every consent it asks to renew stands. */
  readonly needsConsent: boolean;
}

/**
 * A confirmation never goes over an objection or complaint. What answers a privacy request does: the person just
 * asked. An erasure forbids neither: only the person can come back, and this message is how they are asked. Nobody asked
 * for a renewal's message, so any stop forbids it, and so does the end of the consent it is about.
 */
const STANCES: Readonly<Record<ServiceMailKind, Stance>> = {
  "confirm-sign-up": { yieldsTo: ["objection", "complaint"], passesRestriction: false, needsConsent: false },
  "verify-request": { yieldsTo: [], passesRestriction: true, needsConsent: false },
  "answer-ready": { yieldsTo: [], passesRestriction: true, needsConsent: false },
  "renew-consent": {
    yieldsTo: ["unsubscribe", "objection", "complaint", "hard-bounce", "erasure"],
    passesRestriction: false,
    needsConsent: true,
  },
};

/**
 * May this message go out now? The gate's own answer for a transactional message (a dead mailbox, a missing postal
 * address), after the refusals that are this kind's own. Call it with the gate row locked.
 */
export async function judgeServiceMessage(
  tx: Tx,
  deps: Pick<FlowDeps, "keys">,
  message: {
    readonly id: string;
    readonly kind: ServiceMailKind;
    readonly gateId: number;
    readonly contactId: string | null;
    readonly to: string;
    readonly subject: string;
  },
  speaker: ServiceSpeaker,
): Promise<ServiceVerdict> {
  const stance = STANCES[message.kind];
  const now = await readClock(tx);
  const standing = await standingSuppressions(tx, [message.gateId]);
  const binding = standing.filter((entry) => entry.senderId === null || entry.senderId === speaker.senderId);
  const forbidding = binding.find((entry) => stance.yieldsTo.includes(entry.kind));
  if (forbidding !== undefined) return { kind: "block", reason: `suppressed-${forbidding.kind}` };
  if (stance.needsConsent && !(await consentsStand(tx, deps, message.id)))
    return { kind: "block", reason: "consent-missing" };
  if (canonicalKey("email", message.to) === null) return { kind: "block", reason: "address-not-sendable" };
  const restrictedSince =
    message.contactId === null || stance.passesRestriction
      ? null
      : await readRestriction(tx, message.contactId);
  const decision = settle(
    {
      channel: "email",
      now: now.toISOString(),
      facts: {
        country: null,
        contactPoint: message.to,
        campaign: { kind: "transactional", purpose: message.kind, controller: speaker.senderId },
        suppressions: binding
          .filter((entry) => entry.kind !== "erasure")
          .map((entry) => ({ kind: entry.kind, key: message.to, at: entry.at.toISOString() })),
        ...(restrictedSince === null ? {} : { restrictedSince: restrictedSince.toISOString() }),
        policy: { legalBasis: "consent-only" },
        message: {
          from: speaker.fromAddress,
          subject: message.subject,
          postalAddress: speaker.postalAddress,
        },
      },
    },
    null,
  );
  return decision.verdict === "allow" ? { kind: "allow" } : { kind: "block", reason: decision.reason };
}

/** True while everything that a renewal's message asks about stands, and nothing holds it back. */
async function consentsStand(tx: Tx, deps: Pick<FlowDeps, "keys">, messageId: string): Promise<boolean> {
  const renewal = await signUpOfMessage(tx, messageId);
  if (renewal === null) return false;
  const standings = await readStandings(tx, deps.keys.master, [renewal.contactPointId]);
  return renewal.wishes.every((wish) =>
    standings.some(
      (each) => each.purposeId === wish.purposeId && each.status === "yes" && each.heldBy === null,
    ),
  );
}
