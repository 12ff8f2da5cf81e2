import { z } from "zod";
import type { ConsentFact, ConsentProof, Facts, RawEvent, SuppressionFact } from "#core/facts";
import { instant, list, longText, object, text } from "./fact-fields.ts";

/** One schema for each key of a fact: a key the core learns breaks the build until it is known here. */
export type Shape<T> = Readonly<Record<keyof T, z.ZodType>>;

const channel = z.enum(["email", "phone"]);
const flag = z.boolean().nullish();
const word = text.nullish();

const proof = object({
  noticeHash: word,
  noticeVersion: word,
  statementShown: longText.nullish(),
  method: word,
  ip: word,
  confirmedAt: instant.nullish(),
  signature: word,
  number: word,
  text: longText.nullish(),
} satisfies Shape<ConsentProof>);

export const CONSENT = object({
  channel,
  purpose: text,
  controller: text,
  type: z.enum(["express", "express-written"]),
  givenAt: instant,
  withdrawnAt: instant.nullish(),
  expiresAt: instant.nullish(),
  noticeChangedAt: instant.nullish(),
  key: word,
  contactId: word,
  collectedBy: word,
  namedControllers: list(text),
  parentalAuthorisation: flag,
  proof: proof.nullish(),
  eventId: word,
} satisfies Shape<ConsentFact>);

export const SUPPRESSION = object({
  kind: z.enum(["unsubscribe", "objection", "complaint", "hard-bounce", "internal-dnc", "erasure"]),
  key: text,
  at: instant,
  contactId: word,
  dsn: word,
  feedbackType: word,
  controller: word,
  eventId: word,
} satisfies Shape<SuppressionFact>);

export const RAW_EVENT = object({
  type: text,
  at: instant,
  body: longText.nullish(),
  text: longText.nullish(),
  userAgent: longText.nullish(),
} satisfies Shape<RawEvent>);

export const REGISTRY_COPY = object({
  id: text,
  listed: z.boolean(),
  listedAt: instant.nullish(),
  listAsOf: instant,
} satisfies Shape<NonNullable<Facts["registries"]>[number]>);

export const REASSIGNMENT = object({
  db: text,
  answer: z.enum(["yes", "no", "no-data"]),
  queriedAt: instant,
  consentDate: instant,
} satisfies Shape<NonNullable<Facts["reassignment"]>>);

export const RELATIONSHIP = object({
  lastPurchaseAt: instant.nullish(),
  lastInquiryAt: instant.nullish(),
  contractInForce: flag,
  collectedBy: word,
  collectedDuring: z.enum(["sale", "negotiation", "free-account-with-paid-tier"]).nullish(),
  similarProducts: flag,
  optOutOfferedAtCollection: flag,
  refusedAtCollection: flag,
} satisfies Shape<NonNullable<Facts["relationship"]>>);

export const SOURCE = object({
  kind: z.enum(["first-party", "csv-import", "purchased-list", "third-party-named-consent"]),
  vendor: word,
  obtainedAt: instant.nullish(),
  provenanceVerified: flag,
  art14NoticeAt: instant.nullish(),
  deletionsRunAt: instant.nullish(),
} satisfies Shape<NonNullable<Facts["source"]>>);
