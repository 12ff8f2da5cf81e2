import type { CallPlan } from "#db/schema/call";

/** What an agent says a call came to. */
export type Disposition =
  | {
      readonly kind:
        | "answered"
        | "sale"
        | "no-answer"
        | "busy"
        | "voicemail"
        | "wrong-number"
        /** Not this, but perhaps something else: the campaign's purpose is withdrawn. */
        | "refused-this";
    }
  /** Nothing more by phone, from anybody; with `stopsEmail` nothing by email either. */
  | { readonly kind: "do-not-call" | "complaint"; readonly stopsEmail: boolean }
  | { readonly kind: "callback"; readonly at: Date }
  | {
      readonly kind: "consent-given";
      /** The wording that was read out. */
      readonly noticeId: string;
      /** Where the recording lies; null: the wording stands in the script that was read out. */
      readonly recording: string | null;
    };

/** Where a disposition leads the recipient. */
export interface CallOutcome {
  readonly state: "contacted" | "failed" | "deferred";
  readonly reason: string | null;
  /** When the person may be called again. */
  readonly notBefore: Date | null;
}

const MINUTE_MS = 60_000;

/**
 * The state a recipient goes to after a call: one contact means one answered call, so that who did not answer waits for
 * the next attempt, until the campaign has made as many as it allows itself.
 * @param attempts calls made to this recipient, this one included.
 */
export function outcomeOfCall(
  disposition: Disposition,
  plan: CallPlan,
  attempts: number,
  now: Date,
): CallOutcome {
  switch (disposition.kind) {
    case "answered":
    case "sale":
    case "refused-this":
    case "do-not-call":
    case "complaint":
    case "consent-given":
      return { state: "contacted", reason: disposition.kind, notBefore: null };
    case "wrong-number":
      return { state: "failed", reason: "wrong-number", notBefore: null };
    case "no-answer":
    case "busy":
    case "voicemail":
      return attempts >= plan.attemptsMax
        ? { state: "failed", reason: "attempts-exhausted", notBefore: null }
        : {
            state: "deferred",
            reason: disposition.kind,
            notBefore: new Date(now.getTime() + plan.spacingMinutes * MINUTE_MS),
          };
    case "callback":
      // The person asked to be called: the attempts of the campaign do not stand against it, the law's caps do.
      return { state: "deferred", reason: "callback", notBefore: disposition.at };
    default:
      return disposition satisfies never;
  }
}
