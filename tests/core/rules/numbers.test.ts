import { describe } from "vitest";
import type { ConsentFact, Facts } from "#core/facts";
import { answers, call, copy, email, NOT_REASSIGNED, signed, yes } from "../question.ts";

const ALLOWED = "allow consent-express";
const OPT_OUT = "allow opt-out-regime";
const UNCHECKED = "block reassigned-check-missing";

describe("a number that changed hands is not called; recorded calls need to know", () => {
  type Answer = NonNullable<Facts["reassignment"]>;
  const recorded = (reassignment: Partial<Answer> | null, change: object = {}) =>
    call("US-NY", {
      ...signed("US-NY"),
      ...(reassignment === null ? {} : { reassignment: { ...NOT_REASSIGNED, ...reassignment } }),
      ...change,
      campaign: { mode: "prerecorded" },
    });
  const live = (answer: Answer["answer"]) => call("US-NY", { reassignment: { ...NOT_REASSIGNED, answer } });
  // biome-ignore format: one case a line
  answers([
    ["no", recorded({}), ALLOWED, "yes", recorded({ answer: "yes" }), "block number-reassigned"],
    ["no data is no safe harbour", recorded({ answer: "no-data" }), UNCHECKED, "where the policy takes it for one", recorded({ answer: "no-data" }, { policy: { reassignedNoDataBlocks: false } }), ALLOWED],
    ["never asked", recorded(null), UNCHECKED, "asked", recorded({}), ALLOWED],
    ["asked 30 days ago", recorded({ queriedAt: "2026-10-24T15:00:00Z" }), ALLOWED, "a second more", recorded({ queriedAt: "2026-10-24T14:59:59Z" }), UNCHECKED],
    ["asked in two days' time", recorded({ queriedAt: "2026-11-25T15:00:01Z" }), UNCHECKED, "today", recorded({ queriedAt: "2026-11-23T14:00:00Z" }), ALLOWED],
    ["asked about the day of the consent", recorded({ consentDate: "2025-11-24" }), ALLOWED, "about a later day", recorded({ consentDate: "2025-11-25" }), UNCHECKED],
    ["an address in Germany and a number of New York, recorded", call("DE", { ...signed("US-NY", {}, { method: "web-form", noticeVersion: "1", noticeHash: "h" }), contactPoint: "+12125550100", registries: [copy("US-NDNCR")], campaign: { mode: "prerecorded" }, call: undefined as never }), UNCHECKED, "asked", call("DE", { ...signed("US-NY", {}, { method: "web-form", noticeVersion: "1", noticeHash: "h" }), contactPoint: "+12125550100", registries: [copy("US-NDNCR")], campaign: { mode: "prerecorded" }, reassignment: NOT_REASSIGNED }), ALLOWED],
    ["the same, asked about a day after the consent", call("DE", { ...signed("US-NY"), contactPoint: "+12125550100", registries: [copy("US-NDNCR")], campaign: { mode: "prerecorded" }, reassignment: { ...NOT_REASSIGNED, consentDate: "2025-11-25" } }), UNCHECKED, "about its day", call("DE", { ...signed("US-NY"), contactPoint: "+12125550100", registries: [copy("US-NDNCR")], campaign: { mode: "prerecorded" }, reassignment: NOT_REASSIGNED }), ALLOWED],
    ["consent that holds in Germany but not in the US dates nothing", call("DE", { consents: [...(signed("US-NY").consents ?? []), { ...(signed("US-NY").consents?.[0] as ConsentFact), type: "express", givenAt: "2026-06-01T00:00:00Z", proof: { method: "web-form", noticeVersion: "1", noticeHash: "h", text: "automated calls" } }], contactPoint: "+12125550100", registries: [copy("US-NDNCR")], campaign: { mode: "prerecorded" }, reassignment: { ...NOT_REASSIGNED, consentDate: "2026-01-01" } }), UNCHECKED, "asked about the day of the signed one", call("DE", { ...signed("US-NY"), contactPoint: "+12125550100", registries: [copy("US-NDNCR")], campaign: { mode: "prerecorded" }, reassignment: { ...NOT_REASSIGNED, consentDate: "2025-11-24" } }), ALLOWED],
    ["live, and nobody asked", call("US-NY"), OPT_OUT, "live, and the number changed hands", live("yes"), "block number-reassigned"],
    ["live, no data", live("no-data"), OPT_OUT, "recorded, no data", recorded({ answer: "no-data" }), UNCHECKED],
    ["in the UK there is no such database", call("GB", { ...signed("GB"), campaign: { mode: "prerecorded" } }), ALLOWED, "in the US there is", recorded(null), UNCHECKED],
    ["an order to a number that changed hands", call("US-NY", { reassignment: { ...NOT_REASSIGNED, answer: "yes" }, campaign: { kind: "transactional" } }), "allow transactional", "an offer", live("yes"), "block number-reassigned"],
    ["a UK number of somebody in New York, recorded", call("US-NY", { ...signed("US-NY", {}, { number: "+442079460000" }), contactPoint: "+442079460000", registries: ["US-NDNCR", "GB-TPS"].map((id) => ({ id, listed: false, listAsOf: "2026-11-20" })), campaign: { mode: "prerecorded" } }), UNCHECKED, "asked", call("US-NY", { ...signed("US-NY", {}, { number: "+442079460000" }), contactPoint: "+442079460000", reassignment: NOT_REASSIGNED, registries: ["US-NDNCR", "GB-TPS"].map((id) => ({ id, listed: false, listAsOf: "2026-11-20" })), campaign: { mode: "prerecorded" } }), ALLOWED],
  ]);
});

describe("a browser that opted out of sharing is heeded where the state says so", () => {
  const SIGNAL = "block ccpa-opt-out-signal";
  const seen = { gpc: true, at: "2026-11-20T10:00:00Z", linkedToContact: true };
  const shared = (place: string, change: Parameters<typeof email>[1] = {}) =>
    email(place, { privacySignals: seen, ...change, campaign: { sharesDataWithThirdParty: true } });
  // biome-ignore format: one case a line
  answers([
    ["California", shared("US-CA"), SIGNAL, "Nevada has no such law", shared("US-NV"), OPT_OUT],
    ["Colorado", shared("US-CO"), SIGNAL, "Utah", shared("US-UT"), OPT_OUT],
    ["Connecticut", shared("US-CT"), SIGNAL, "Rhode Island", shared("US-RI"), OPT_OUT],
    ["Texas", shared("US-TX"), SIGNAL, "Oklahoma", shared("US-OK"), OPT_OUT],
    ["New Jersey", shared("US-NJ"), SIGNAL, "New York", shared("US-NY"), OPT_OUT],
    ["Oregon", shared("US-OR"), SIGNAL, "Washington", shared("US-WA"), OPT_OUT],
    ["Montana", shared("US-MT"), SIGNAL, "Wyoming", shared("US-WY"), OPT_OUT],
    ...["DE", "MD", "MN", "NE", "NH"].map((state) => [`the state ${state}`, shared(`US-${state}`), SIGNAL, "Nevada", shared("US-NV"), OPT_OUT] as const),
    ["a state nobody knows", shared("US"), SIGNAL, "a country without such a law", shared("AU", yes()), ALLOWED],
    ["a state that does not exist", shared("US-XX"), SIGNAL, "Nevada", shared("US-NV"), OPT_OUT],
    ["nothing is shared", email("US-CA", { privacySignals: seen }), OPT_OUT, "something is", shared("US-CA"), SIGNAL],
    ["the signal is off", shared("US-CA", { privacySignals: { ...seen, gpc: false } }), OPT_OUT, "on", shared("US-CA"), SIGNAL],
    ["a browser that nobody linked to the person", shared("US-CA", { privacySignals: { ...seen, linkedToContact: false } }), OPT_OUT, "linked", shared("US-CA"), SIGNAL],
    ["a signal of tomorrow", shared("US-CA", { privacySignals: { ...seen, at: "2026-11-24T00:00:00Z" } }), OPT_OUT, "of this instant", shared("US-CA", { privacySignals: { ...seen, at: "2026-11-23T15:00:00Z" } }), SIGNAL],
    ["an opt-in after the signal", shared("US-CA", yes({ givenAt: "2026-11-21T00:00:00Z" })), ALLOWED, "before it", shared("US-CA", yes()), SIGNAL],
    ["an opt-in at the moment of the signal", shared("US-CA", yes({ givenAt: seen.at })), SIGNAL, "a second later", shared("US-CA", yes({ givenAt: "2026-11-20T10:00:01Z" })), ALLOWED],
  ]);
});
