import { addMonths, instantMs } from "../instant.ts";
import { isEea } from "../place/countries.ts";
import type { Place } from "../place/places.ts";
import { type Case, isGiven } from "./case.ts";
import { isYoung } from "./copy-age.ts";
import { EVERYWHERE, type Finding, PASS, type Rule } from "./rule.ts";

/** Data that somebody else collected; a kind of source that is not known is taken for one. */
const isFromThirdParty = (asked: Case): boolean => {
  const kind = asked.facts.source?.kind;
  return kind !== "first-party" && kind !== "csv-import";
};

/** The sender itself has seen the form on which the data was collected; a warranty in a contract is not enough. */
function provenance(asked: Case): Finding {
  const { source } = asked.facts;
  if (source === undefined || !asked.isMarketing) return PASS;
  const isVerified =
    source.provenanceVerified === true || (!isGiven(source.provenanceVerified) && !isFromThirdParty(asked));
  return isVerified ? PASS : { kind: "block", reason: "source-provenance-unverified" };
}

/**
 * People whose data came from elsewhere are told within a month and no later than the first contact, which may be
 * this message if it says so itself.
 */
function art14Notice(asked: Case): Finding {
  const { source, message } = asked.facts;
  if (source === undefined || !isFromThirdParty(asked) || !asked.isMarketing) return PASS;
  if (!asked.places.some((place) => place.country === null || place.country === "GB" || isEea(place.country)))
    return PASS;
  if (isGiven(source.art14NoticeAt) && instantMs(source.art14NoticeAt) <= asked.nowMs) return PASS;
  const dueMs = source.obtainedAt === undefined ? asked.nowMs : addMonths(instantMs(source.obtainedAt), 1);
  const isCarried = asked.channel === "email" && message?.containsArt14Notice === true;
  return isCarried && asked.nowMs < dueMs
    ? { kind: "pass", lapsesAtMs: dueMs }
    : { kind: "block", reason: "art14-notice-overdue" };
}

const DELETION_DAYS_MAX = 45;

/**
 * Californians have all data brokers delete them at one place, and brokers carry that out every 45 days: data bought
 * from one that did not is data of people who may have asked to be gone.
 */
function dataBroker(asked: Case): Finding {
  const { source } = asked.facts;
  if (source === undefined || !isFromThirdParty(asked) || !asked.isMarketing) return PASS;
  const isCalifornian = ({ country, region }: Place) =>
    country === "US" && (region === null || region === "US-CA");
  if (!asked.places.some(isCalifornian)) return PASS;
  return isGiven(source.deletionsRunAt) && isYoung(asked, source.deletionsRunAt, DELETION_DAYS_MAX)
    ? PASS
    : { kind: "block", reason: "data-broker-source" };
}

export const PROVENANCE_RULES: readonly Rule[] = [
  {
    ...EVERYWHERE,
    id: "source-provenance-unverified",
    asks: "Has the sender itself verified where the data came from?",
    citation: "GDPR 5(2), 6, 7(1); CNIL Caloga, Solocal",
    reads: ["source"],
    check: provenance,
  },
  {
    ...EVERYWHERE,
    id: "art14-notice-overdue",
    asks: "Was the person told in time where the data came from?",
    jurisdictions: ["EEA", "GB"],
    citation: "GDPR 14(3), 14(2)(f), 21(4)",
    reads: ["source", "message.containsArt14Notice"],
    check: art14Notice,
  },
  {
    ...EVERYWHERE,
    id: "data-broker-source",
    asks: "Has the vendor carried out Californians' deletions in the last 45 days?",
    jurisdictions: ["US-CA"],
    citation: "Cal. Civ. Code 1798.99.86 (Delete Act)",
    confidence: "medium",
    effectiveFrom: "2026-08-01T07:00:00Z",
    reads: ["source", "region"],
    check: dataBroker,
  },
];
