import { instantMs } from "../instant.ts";
import { type Case, isGiven, isPerhaps } from "./case.ts";
import { standingConsent } from "./consent.ts";
import { EVERYWHERE, type Finding, PASS, type Rule } from "./rule.ts";

/** States whose law takes a browser's signal for an opt-out of sale and sharing; an unknown state counts. */
const SIGNAL_STATES: ReadonlySet<string> = new Set(
  ["CA", "CO", "CT", "DE", "MD", "MN", "MT", "NE", "NH", "NJ", "OR", "TX"].map((state) => `US-${state}`),
);

function optOutSignal(asked: Case): Finding {
  const { privacySignals, campaign } = asked.facts;
  if (!isGiven(privacySignals) || !isPerhaps(campaign.sharesDataWithThirdParty)) return PASS;
  if (privacySignals.gpc === false || privacySignals.linkedToContact === false) return PASS;
  if (instantMs(privacySignals.at) > asked.nowMs) return PASS;
  const place = asked.places.find(
    (each) => each.country === "US" && (each.region === null || SIGNAL_STATES.has(each.region)),
  );
  if (place === undefined) return PASS;
  const given = standingConsent(asked, place);
  return given !== undefined && instantMs(given.givenAt) > instantMs(privacySignals.at)
    ? PASS
    : { kind: "block", reason: "ccpa-opt-out-signal" };
}

export const SIGNAL_RULES: readonly Rule[] = [
  {
    ...EVERYWHERE,
    id: "ccpa-opt-out-signal",
    asks: "Did the person's browser opt out of sale and sharing?",
    jurisdictions: [...SIGNAL_STATES],
    citation: "Cal. Civ. Code 1798.120, .135; 11 CCR 7025-7026",
    reads: ["privacySignals", "campaign.sharesDataWithThirdParty"],
    check: optOutSignal,
  },
];
