import { instantMs } from "../instant.ts";
import { type Case, isIn } from "./case.ts";
import { standingConsent } from "./consent.ts";
import { isYoung } from "./copy-age.ts";
import { EVERYWHERE, type Finding, PASS, type Rule } from "./rule.ts";

const REASSIGNED_DAYS_MAX = 30;

/** Whether the number changed hands since consent was given. "No data" is no safe harbour. */
function reassigned(asked: Case): Finding {
  if (!asked.isMarketing || !isIn(asked, "US")) return PASS;
  const { reassignment } = asked.facts;
  if (reassignment?.answer === "yes") return { kind: "block", reason: "number-reassigned" };
  const missing: Finding = { kind: "block", reason: "reassigned-check-missing" };
  // An answer that cannot be read may have been a yes, which binds live calls too.
  if (reassignment !== undefined && reassignment.answer !== "no" && reassignment.answer !== "no-data")
    return missing;
  if (!asked.isAutomated) return PASS;
  if (reassignment === undefined) return missing;
  if (reassignment.answer === "no-data" && asked.policy.reassignedNoDataBlocks !== false) return missing;
  if (!isYoung(asked, reassignment.queriedAt, REASSIGNED_DAYS_MAX)) return missing;
  const us = asked.places.find((place) => place.country === "US") ?? { country: "US", region: null };
  const given = standingConsent(asked, us);
  // The answer speaks of the time since the date that was asked about; consent must not be older.
  const isAboutConsent =
    given === undefined || instantMs(reassignment.consentDate.slice(0, 10)) <= instantMs(given.givenAt);
  return isAboutConsent ? PASS : missing;
}

export const REASSIGNED_RULES: readonly Rule[] = [
  {
    ...EVERYWHERE,
    id: "number-reassigned",
    asks: "Does the number still belong to the person who agreed?",
    channels: ["phone"],
    jurisdictions: ["US"],
    citation: "47 CFR 64.1200(m); DA-21-1649",
    reads: ["reassignment"],
    check: reassigned,
  },
];
