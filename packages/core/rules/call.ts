import { isPhoneNumber } from "../canonical-key.ts";
import { DAY_MS, instantMs } from "../instant.ts";
import { isEea } from "../place/countries.ts";
import { type Case, isAboutRunningContract, isGiven, isIn } from "./case.ts";
import { standingConsent } from "./consent.ts";
import { EVERYWHERE, type Finding, PASS, type Rule } from "./rule.ts";

/** A number people can call back, and the series that some countries prescribe. */
function callerId(asked: Case): Finding {
  const { call } = asked.facts;
  if (call === undefined) return PASS;
  const shown = call.callerId ?? "";
  const isSound =
    isPhoneNumber(shown) &&
    (!isIn(asked, "IN") || !asked.isMarketing || shown.startsWith("+91140")) &&
    (!isIn(asked, "ES") || asked.policy.spanishCommercialPrefix === false || shown.startsWith("+34400"));
  return isSound ? PASS : { kind: "block", reason: "caller-id-missing" };
}

function script(asked: Case): Finding {
  const { call } = asked.facts;
  return call === undefined || (call.scriptVersion ?? "").trim() !== ""
    ? PASS
    : { kind: "block", reason: "script-missing" };
}

/**
 * People in the EU are told that a machine speaks. Of a recorded call nobody has said whether the voice is a person's,
 * it counts as a machine's; a person who dials speaks themselves unless it was said otherwise.
 */
function artificialVoice(asked: Case): Finding {
  const { call, campaign } = asked.facts;
  if (call === undefined || !asked.places.some(({ country }) => country !== null && isEea(country)))
    return PASS;
  const isPerson = campaign.mode === "live-manual" || campaign.mode === "predictive";
  const isArtificial = isGiven(call.artificialVoice) ? call.artificialVoice !== false : !isPerson;
  return isArtificial && call.disclosesArtificialVoice !== true
    ? { kind: "block", reason: "script-missing" }
    : PASS;
}

const ABANDONED_MAX = 0.03;

/** Ways of calling that hang up on nobody: a person dials, or a recording speaks. */
const NO_DIALLER: ReadonlySet<string | undefined> = new Set([undefined, "live-manual", "prerecorded"]);

/** A predictive dialler hangs up on at most 3 % of the people who answer; a rate that is not known is too high. */
function abandonment(asked: Case): Finding {
  const { campaign } = asked.facts;
  if (NO_DIALLER.has(campaign.mode)) return PASS;
  return campaign.abandonedRate30d !== undefined && campaign.abandonedRate30d <= ABANDONED_MAX
    ? PASS
    : { kind: "block", reason: "abandonment-cap" };
}

/** Home improvement may not be sold by canvassing in France, unless about a contract that runs. */
const FRENCH_BAN: ReadonlySet<string> = new Set(["home-renovation", "energy-renovation", "home-adaptation"]);
/** Electricity and gas in Italy need the person's request, specific consent or a running contract. */
const ITALIAN_BAN: ReadonlySet<string> = new Set(["energy", "electricity", "gas"]);

const frenchBan = (asked: Case): Finding =>
  asked.isMarketing &&
  isIn(asked, "FR") &&
  FRENCH_BAN.has(asked.facts.campaign.sector ?? "") &&
  !isAboutRunningContract(asked)
    ? { kind: "block", reason: "sector-ban" }
    : PASS;

function italianBan(asked: Case): Finding {
  const place = asked.places.find((each) => each.country === "IT");
  if (place === undefined || !asked.isMarketing || !ITALIAN_BAN.has(asked.facts.campaign.sector ?? ""))
    return PASS;
  return isAboutRunningContract(asked) || standingConsent(asked, place) !== undefined
    ? PASS
    : { kind: "block", reason: "sector-ban" };
}

const LICENSING_STATES: ReadonlySet<string> = new Set(["US-FL", "US-TX"]);

function registration(asked: Case): Finding {
  const { registrations } = asked.facts;
  if (registrations === undefined || asked.policy.requiresStateRegistrations === false || !asked.isMarketing)
    return PASS;
  const isMissing = asked.places.some(
    (place) =>
      LICENSING_STATES.has(place.region ?? "") &&
      !registrations.some(
        (each) =>
          each.jurisdiction === place.region &&
          asked.nowMs < instantMs(each.validUntil.slice(0, 10)) + DAY_MS,
      ),
  );
  return isMissing ? { kind: "block", reason: "state-registration-missing" } : PASS;
}

const phone = { ...EVERYWHERE, channels: ["phone"] } as const;

export const CALL_RULES: readonly Rule[] = [
  {
    ...phone,
    id: "caller-id-missing",
    asks: "Is a number shown that people can call back?",
    citation: "47 CFR 64.1601(e); PECR 21, 24; TCCCPR 2018 (140 series)",
    reads: ["call.callerId"],
    check: callerId,
  },
  {
    ...phone,
    id: "script-missing",
    asks: "Is there a script that names caller, seller and purpose at the start?",
    citation: "16 CFR 310.4(d); RCW 80.36.390; C. conso L.221-16",
    reads: ["call.scriptVersion"],
    check: script,
  },
  {
    ...phone,
    id: "script-missing-artificial-voice",
    asks: "Does the script say at the start that a machine speaks?",
    jurisdictions: ["EEA"],
    citation: "Regulation (EU) 2024/1689 art. 50(1)",
    confidence: "medium",
    effectiveFrom: "2026-08-01T22:00:00Z",
    reads: ["campaign.mode", "call.artificialVoice", "call.disclosesArtificialVoice"],
    check: artificialVoice,
  },
  {
    ...phone,
    id: "abandonment-cap",
    asks: "Does the predictive dialler hang up on at most 3 % of people?",
    citation: "47 CFR 64.1200(a)(7); 16 CFR 310.4(b)(4)",
    reads: ["campaign.mode", "campaign.abandonedRate30d"],
    check: abandonment,
  },
  {
    ...EVERYWHERE,
    id: "sector-ban-france",
    asks: "Is it canvassing for home renovation or adaptation?",
    jurisdictions: ["FR"],
    citation: "C. conso L.223-1",
    reads: ["campaign.sector"],
    check: frenchBan,
  },
  {
    ...EVERYWHERE,
    id: "sector-ban-italy",
    asks: "Is it energy sales to somebody who neither asked nor agreed?",
    jurisdictions: ["IT"],
    citation: "DL Bollette 2026",
    confidence: "medium",
    effectiveFrom: "2026-06-18T22:00:00Z",
    reads: ["campaign.sector"],
    check: italianBan,
  },
  {
    ...phone,
    id: "state-registration-missing",
    asks: "Is the caller licensed where the state asks for it?",
    jurisdictions: [...LICENSING_STATES],
    confidence: "policy",
    citation: "Fla. Stat. 501.605; Tex. Bus. & Com. Code ch. 302",
    reads: ["registrations"],
    check: registration,
  },
];
