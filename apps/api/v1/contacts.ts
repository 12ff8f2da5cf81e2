import { createRoute, z } from "@hono/zod-openapi";
import { inWorkspace, readClock } from "#db/database";
import { listContacts } from "#db/queries/contact-write";
import { identityOf } from "#db/vault/person";
import { type ChangeContactResult, changeContact } from "#flow/contacts/change-contact";
import { createContact, findContacts, type OpenContact, openContact } from "#flow/contacts/contacts";
import type { ProvenanceFields } from "#flow/contacts/provenance";
import { needs } from "../authenticate.ts";
import type { Api, Services } from "../context.ts";
import { PAGE_QUERY, pageOf, placeOf } from "../cursor.ts";
import { missing, Problem } from "../problem.ts";
import { CONTACT_CHANGE, CONTACT_SEARCH, NEW_CONTACT, TOO_MANY } from "./contact-schema.ts";
import { answer, idParams, jsonBody } from "./schemas.ts";

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
      return context.json(pageOf(items, limit), 200);
    },
  );
  api.openapi(
    createRoute({
      method: "post",
      path: "/v1/contacts/search",
      middleware: [needs("contacts:read")],
      request: jsonBody(CONTACT_SEARCH),
      responses: answer(200, "The contacts that match exactly"),
    }),
    async (context) => {
      const { workspaceId } = context.get("caller");
      const found = await findContacts(deps.database, deps.keys, workspaceId, context.req.valid("json"));
      return context.json({ items: found.map(contactJson) }, 200);
    },
  );
  api.openapi(
    createRoute({
      method: "get",
      path: "/v1/contacts/{id}",
      middleware: [needs("contacts:read")],
      request: { params: idParams },
      responses: answer(200, "The contact"),
    }),
    async (context) => {
      const { workspaceId } = context.get("caller");
      const found = await inWorkspace(deps.database, workspaceId, (tx) =>
        openContact(tx, deps.keys, context.req.valid("param").id),
      );
      if (found === null) throw missing("contact");
      return context.json(contactJson(found), 200);
    },
  );
  api.openapi(
    createRoute({
      method: "patch",
      path: "/v1/contacts/{id}",
      middleware: [needs("contacts:write")],
      request: { params: idParams, ...jsonBody(CONTACT_CHANGE) },
      responses: answer(200, "The contact as it is now"),
    }),
    async (context) => {
      const { workspaceId, keyId } = context.get("caller");
      const { restricted, addContactPoints, ...rest } = context.req.valid("json");
      const { person, provenance } = parted(rest);
      const now = await inWorkspace(deps.database, workspaceId, readClock);
      const result = await changeContact(deps, {
        workspaceId,
        actor: keyId,
        contactId: context.req.valid("param").id,
        person,
        restricted,
        provenance,
        addedPoints: addContactPoints ?? [],
        now,
      });
      return context.json(contactJson(changed(result)), 200);
    },
  );
}

function changed(result: ChangeContactResult): OpenContact {
  const point = (place: number, status: 409 | 422, message: string) =>
    new Problem(status, "The contact point cannot be added", [
      { path: `/addContactPoints/${place}/value`, message },
    ]);
  switch (result.kind) {
    case "changed":
      return result.contact;
    case "not-found":
      throw missing("contact");
    case "erased":
      throw new Problem(409, "This person was erased; nothing is left to change");
    case "invalid":
      throw notAccepted(result);
    case "attributes-too-many":
      throw new Problem(422, "The attributes are too many", [{ path: "/attributes", message: TOO_MANY }]);
    case "point-invalid":
      throw point(result.place, 422, "is not valid");
    case "point-taken":
      throw point(result.place, 409, result.isOwn ? "is theirs already" : "belongs to another contact");
    case "point-erased":
      throw point(result.place, 409, "belongs to a person who asked to be erased; only they can come back");
    default:
      return result satisfies never;
  }
}

/** Parts of one body: who the person is, and where the data came from. */
function parted<T extends ProvenanceFields>(body: T) {
  const { sourceId, obtainedAt, art14NoticeAt, optOutSignalAt, ...person } = body;
  return { person, provenance: { sourceId, obtainedAt, art14NoticeAt, optOutSignalAt } };
}

const notAccepted = ({ field, message }: { readonly field: string; readonly message: string }) =>
  new Problem(422, "Where the data came from cannot be so", [{ path: `/${field}`, message }]);
