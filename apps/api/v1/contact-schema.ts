import { z } from "@hono/zod-openapi";
import { ATTRIBUTES_MAX } from "#flow/contacts/change-contact";
import { address, instant, phoneNumber, singleLine, uuid } from "./schemas.ts";

const PERSON = {
  fullName: singleLine(200).optional(),
  givenName: singleLine(100).optional(),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/, "must be an ISO 3166-1 code such as DE")
    .optional(),
  region: z
    .string()
    .regex(/^[A-Z]{2}-[A-Z0-9]{1,3}$/, "must be an ISO 3166-2 code such as US-FL")
    .optional(),
  language: z
    .string()
    .regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/)
    .optional(),
  party: z.enum(["consumer", "business", "sole-trader"]).optional(),
  age: z.number().int().min(0).max(130).optional(),
};
const ATTRIBUTE_NAME = z.string().regex(/^[a-z][a-z0-9_]{0,39}$/);
const ATTRIBUTE_VALUE = z.union([z.string().max(500), z.number(), z.boolean()]);
const isFew = (attributes: object) => Object.keys(attributes).length <= ATTRIBUTES_MAX;
export const TOO_MANY = `has more than ${ATTRIBUTES_MAX} attributes`;
const at = instant.transform((text) => new Date(text));
const PROVENANCE = {
  sourceId: uuid.nullable().optional(),
  obtainedAt: at.nullable().optional(),
  art14NoticeAt: at.nullable().optional(),
  optOutSignalAt: at.optional(),
};
export const NEW_CONTACT = z
  .strictObject({
    ...PERSON,
    ...PROVENANCE,
    attributes: z.record(ATTRIBUTE_NAME, ATTRIBUTE_VALUE).refine(isFew, TOO_MANY).optional(),
    email: address.optional(),
    phone: phoneNumber.optional(),
  })
  .refine((body) => body.email !== undefined || body.phone !== undefined, {
    message: "needs an email or a phone",
    path: ["email"],
  })
  .openapi("NewContact");
export const CONTACT_CHANGE = z
  .strictObject({
    ...PERSON,
    ...PROVENANCE,
    attributes: z
      .record(ATTRIBUTE_NAME, ATTRIBUTE_VALUE.nullable())
      .refine(isFew, TOO_MANY)
      .describe("They join those known; null takes one away")
      .optional(),
    restricted: z.boolean().optional(),
    addContactPoints: z
      .array(
        z.union([
          z.strictObject({ channel: z.literal("email"), value: address }),
          z.strictObject({ channel: z.literal("phone"), value: phoneNumber }),
        ]),
      )
      .max(10)
      .describe("Addresses and numbers that are theirs too; nobody agreed to anything on them yet")
      .optional(),
  })
  .openapi("ContactChange");
export const CONTACT_SEARCH = z
  .union([
    z.strictObject({ email: address }),
    z.strictObject({ phone: phoneNumber }),
    z.strictObject({ fullName: singleLine(200) }),
  ])
  .openapi("ContactSearch");
