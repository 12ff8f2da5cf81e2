import { createRoute, z } from "@hono/zod-openapi";
import { inWorkspace, readClock } from "#db/database";
import { listContacts } from "#db/queries/contact-write";
import { identityOf } from "#db/vault/person";
import {
  createContact,
  findContacts,
  type OpenContact,
  openContact,
  updateContact,
} from "#flow/contacts/contacts";
import type { ProvenanceFields } from "#flow/contacts/provenance";
import { needs } from "../authenticate.ts";
import type { Api, Services } from "../context.ts";
import { cursorOf, PAGE_QUERY, placeOf } from "../cursor.ts";
import { Problem } from "../problem.ts";
import { address, answer, instant, jsonBody, phoneNumber, singleLine, uuid } from "./schemas.ts";

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
  attributes: z
    .record(
      z.string().regex(/^[a-z][a-z0-9_]{0,39}$/),
      z.union([z.string().max(500), z.number(), z.boolean()]),
    )
    .refine((attributes) => Object.keys(attributes).length <= 100, "has more than 100 attributes")
    .optional(),
};
const at = instant.transform((text) => new Date(text));
const PROVENANCE = {
  sourceId: uuid.nullable().optional(),
  obtainedAt: at.nullable().optional(),
  art14NoticeAt: at.nullable().optional(),
  optOutSignalAt: at.optional(),
};
const NEW_CONTACT = z
  .strictObject({ ...PERSON, ...PROVENANCE, email: address.optional(), phone: phoneNumber.optional() })
  .refine((body) => body.email !== undefined || body.phone !== undefined, {
    message: "needs an email or a phone",
    path: ["email"],
  })
  .openapi("NewContact");
const CONTACT_CHANGE = z
  .strictObject({ ...PERSON, ...PROVENANCE, restricted: z.boolean().optional() })
  .openapi("ContactChange");
const SEARCH = z
  .union([
    z.strictObject({ email: address }),
    z.strictObject({ phone: phoneNumber }),
    z.strictObject({ fullName: singleLine(200) }),
  ])
  .openapi("ContactSearch");

/** A contact as the API shows it. */
export function contactJson({ record, identity }: OpenContact) {
  return {
    id: record.id,
    fullName: identity?.fullName ?? null,
    givenName: identity?.givenName ?? null,
    country: record.country,
    region: record.region,
    language: record.language,
    party: record.party,
    age: record.age,
    attributes: record.attributes,
    sourceId: record.sourceId,
    obtainedAt: record.obtainedAt,
    art14NoticeAt: record.art14NoticeAt,
    optOutSignalAt: record.optOutSignalAt,
    restrictedSince: record.restrictedSince,
    erasedAt: record.erasedAt,
    createdAt: record.createdAt,
    contactPoints: record.points.map((point) => ({
      id: point.id,
      channel: point.channel,
      value: identity?.points[point.id] ?? null,
      isPrimary: point.isPrimary,
    })),
  };
}

/** Contacts: created, corrected, and found by exact address, number or name. No personal data stands in a URL. */
export function contactRoutes(api: Api, { deps }: Services): void {
  api.openapi(
    createRoute({
      method: "post",
      path: "/v1/contacts",
      middleware: [needs("contacts:write")],
      request: jsonBody(NEW_CONTACT),
      responses: answer(201, "The contact"),
    }),
    async (context) => {
      const { workspaceId, keyId } = context.get("caller");
      const { email, phone: number, ...rest } = context.req.valid("json");
      const { person, provenance } = parted(rest);
      const made = await createContact(deps, {
        workspaceId,
        actor: keyId,
        person,
        email,
        phone: number,
        provenance,
      });
      switch (made.kind) {
        case "created":
          return context.json(contactJson(made.contact), 201);
        case "exists":
          throw new Problem(409, `A contact with this address exists: ${made.contactId}`, [
            { path: "/email", message: "belongs to another contact" },
          ]);
        case "invalid":
          throw notAccepted(made);
        case "point-invalid":
          throw new Problem(422, "The contact point cannot be used", [
            { path: `/${made.field}`, message: "is not valid" },
          ]);
        case "erased":
          throw new Problem(409, "This person asked to be erased; only they themselves can come back");
        default:
          return made satisfies never;
      }
    },
  );
  api.openapi(
    createRoute({
      method: "get",
      path: "/v1/contacts",
      middleware: [needs("contacts:read")],
      request: { query: z.strictObject(PAGE_QUERY) },
      responses: answer(200, "Contacts, newest first"),
    }),
    async (context) => {
      const { workspaceId } = context.get("caller");
      const { limit, cursor } = context.req.valid("query");
      const records = await inWorkspace(deps.database, workspaceId, (tx) =>
        listContacts(tx, limit, placeOf(cursor)),
      );
      const items = records.map((record) =>
        contactJson({ record, identity: identityOf(deps.keys.master, record) }),
      );
      const last = records.at(-1);
      return context.json(
        { items, next: records.length === limit && last !== undefined ? cursorOf(last) : null },
        200,
      );
    },
  );
  api.openapi(
    createRoute({
      method: "post",
      path: "/v1/contacts/search",
      middleware: [needs("contacts:read")],
      request: jsonBody(SEARCH),
      responses: answer(200, "The contacts that match exactly"),
    }),
    async (context) => {
      const { workspaceId } = context.get("caller");
      const found = await findContacts(deps.database, deps.keys, workspaceId, context.req.valid("json"));
      return context.json({ items: found.map(contactJson) }, 200);
    },
  );
  const params = z.object({ id: uuid });
  api.openapi(
    createRoute({
      method: "get",
      path: "/v1/contacts/{id}",
      middleware: [needs("contacts:read")],
      request: { params },
      responses: answer(200, "The contact"),
    }),
    async (context) => {
      const { workspaceId } = context.get("caller");
      const found = await inWorkspace(deps.database, workspaceId, (tx) =>
        openContact(tx, deps.keys, context.req.valid("param").id),
      );
      if (found === null) throw new Problem(404, "There is no such contact in this workspace");
      return context.json(contactJson(found), 200);
    },
  );
  api.openapi(
    createRoute({
      method: "patch",
      path: "/v1/contacts/{id}",
      middleware: [needs("contacts:write")],
      request: { params, ...jsonBody(CONTACT_CHANGE) },
      responses: answer(200, "The contact as it is now"),
    }),
    async (context) => {
      const { workspaceId, keyId } = context.get("caller");
      const { restricted, ...rest } = context.req.valid("json");
      const { person, provenance } = parted(rest);
      const now = await inWorkspace(deps.database, workspaceId, readClock);
      const changed = await updateContact(deps, {
        workspaceId,
        actor: keyId,
        contactId: context.req.valid("param").id,
        person,
        restricted,
        provenance,
        now,
      });
      if (changed.kind === "not-found") throw new Problem(404, "There is no such contact in this workspace");
      if (changed.kind === "invalid") throw notAccepted(changed);
      if (changed.kind === "erased")
        throw new Problem(409, "This person was erased; nothing is left to change");
      return context.json(contactJson(changed.contact), 200);
    },
  );
}

/** Parts of one body: who the person is, and where the data came from. */
function parted<T extends ProvenanceFields>(body: T) {
  const { sourceId, obtainedAt, art14NoticeAt, optOutSignalAt, ...person } = body;
  return { person, provenance: { sourceId, obtainedAt, art14NoticeAt, optOutSignalAt } };
}

const notAccepted = ({ field, message }: { readonly field: string; readonly message: string }) =>
  new Problem(422, "Where the data came from cannot be so", [{ path: `/${field}`, message }]);
