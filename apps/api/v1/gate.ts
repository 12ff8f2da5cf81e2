import { createRoute, z } from "@hono/zod-openapi";
import { settle } from "#core/decide";
import type { Question } from "#core/facts";
import { needs } from "../authenticate.ts";
import type { Api } from "../context.ts";
import { Problem } from "../problem.ts";
import { answer, jsonBody } from "./schemas.ts";

const at = z
  .string()
  .max(40)
  .refine(
    (text) => !Number.isNaN(Date.parse(text)) && /^\d{4}-\d{2}-\d{2}/.test(text),
    "must be an ISO 8601 instant",
  );
const text = z.string().max(1_000);
const list = <T extends z.ZodType>(item: T) => z.array(item).max(1_000);

const MESSAGE = z.strictObject({
  from: text.optional(),
  postalAddress: text.optional(),
  bodyUnsubscribe: z.boolean().optional(),
  listUnsubscribe: text.optional(),
  listUnsubscribePost: z.boolean().optional(),
  dkimSignedHeaders: list(text).optional(),
  dmarcAligned: z.boolean().optional(),
  unsubscribeRequiresLogin: z.boolean().optional(),
  containsArt14Notice: z.boolean().optional(),
});

const CONSENT = z.strictObject({
  channel: z.enum(["email", "phone"]),
  purpose: text,
  controller: text,
  type: z.enum(["express", "express-written"]),
  givenAt: at,
  withdrawnAt: at.optional(),
  expiresAt: at.optional(),
  key: text.optional(),
  contactId: text.optional(),
  collectedBy: text.optional(),
  namedControllers: list(text).optional(),
  parentalAuthorisation: z.boolean().optional(),
  proof: z
    .strictObject({
      noticeHash: text.optional(),
      noticeVersion: text.optional(),
      statementShown: text.optional(),
      method: text.optional(),
      ip: text.optional(),
      confirmedAt: at.optional(),
      signature: text.optional(),
      number: text.optional(),
      text: text.optional(),
    })
    .optional(),
});

const FACTS = z.strictObject({
  country: z
    .string()
    .regex(/^[A-Z]{2}$/)
    .nullable(),
  region: text.optional(),
  contactPoint: z.string().max(254),
  contactId: text.optional(),
  sharedWith: list(text).optional(),
  party: z.enum(["consumer", "business", "sole-trader"]).optional(),
  age: z.number().min(0).max(150).optional(),
  campaign: z.strictObject({
    kind: z.enum(["marketing", "transactional", "mixed"]),
    purpose: text,
    controller: text,
    subject: text.optional(),
    mode: z.enum(["live-manual", "predictive", "prerecorded"]).optional(),
    abandonedRate30d: z.number().min(0).max(1).optional(),
    frequencyCap: z
      .strictObject({ max: z.number().int().min(0), windowHours: z.number().positive() })
      .optional(),
    relatedToContract: z.boolean().optional(),
    sharesDataWithThirdParty: z.boolean().optional(),
    sector: text.optional(),
  }),
  consents: list(CONSENT).optional(),
  relationship: z
    .strictObject({
      lastPurchaseAt: at.optional(),
      lastInquiryAt: at.optional(),
      contractInForce: z.boolean().optional(),
      collectedBy: text.optional(),
      collectedDuring: z.enum(["sale", "negotiation", "free-account-with-paid-tier"]).optional(),
      similarProducts: z.boolean().optional(),
      optOutOfferedAtCollection: z.boolean().optional(),
      refusedAtCollection: z.boolean().optional(),
    })
    .optional(),
  suppressions: list(
    z.strictObject({
      kind: z.enum(["unsubscribe", "objection", "complaint", "hard-bounce", "internal-dnc", "erasure"]),
      key: text,
      at,
      contactId: text.optional(),
      dsn: text.optional(),
      feedbackType: text.optional(),
      controller: text.optional(),
    }),
  ).optional(),
  events: list(
    z.strictObject({
      type: text,
      at,
      body: text.optional(),
      text: text.optional(),
      userAgent: text.optional(),
    }),
  ).optional(),
  registries: list(
    z.strictObject({ id: text, listed: z.boolean(), listedAt: at.optional(), listAsOf: at }),
  ).optional(),
  reassignment: z
    .strictObject({ db: text, answer: z.enum(["yes", "no", "no-data"]), queriedAt: at, consentDate: at })
    .optional(),
  source: z
    .strictObject({
      kind: z.enum(["first-party", "csv-import", "purchased-list", "third-party-named-consent"]),
      vendor: text.optional(),
      obtainedAt: at.optional(),
      provenanceVerified: z.boolean().optional(),
      art14NoticeAt: at.optional(),
    })
    .optional(),
  attempts: list(at).optional(),
  tzCandidates: list(text).optional(),
  holidays: list(at).optional(),
  restrictedSince: at.optional(),
  privacySignals: z.strictObject({ gpc: z.boolean(), at, linkedToContact: z.boolean() }).optional(),
  bulkSenderToProvider: z.boolean().optional(),
  policy: z.strictObject({ legalBasis: z.enum(["consent-only", "law"]).optional() }).optional(),
  call: z.strictObject({ callerId: text.optional(), scriptVersion: text.optional() }).optional(),
  registrations: list(
    z.strictObject({ jurisdiction: text, kind: text, number: text, validUntil: at }),
  ).optional(),
  liaId: text.optional(),
  message: MESSAGE.optional(),
});

const QUESTION = z
  .strictObject({ channel: z.enum(["email", "phone"]), now: at, facts: FACTS })
  .openapi("Question");

/** The stateless decision: the same function that the sending gate asks, on facts the caller brings. */
export function gateRoutes(api: Api): void {
  api.openapi(
    createRoute({
      method: "post",
      path: "/v1/gate/evaluate",
      middleware: [needs("gate:evaluate")],
      request: jsonBody(QUESTION),
      responses: answer(200, "The decision; `notChecked` names what had no part in it"),
    }),
    (context) => {
      const question = context.req.valid("json");
      if (question.facts.policy?.legalBasis === "law") {
        throw new Problem(422, "Only the legal basis consent-only can be evaluated so far", [
          { path: "/facts/policy/legalBasis", message: "law is not built yet" },
        ]);
      }
      // The schema is the facts' own shape; only the compiler cannot see that absent and undefined are one here.
      return context.json(settle(JSON.parse(JSON.stringify(question)) as Question, null), 200);
    },
  );
}
