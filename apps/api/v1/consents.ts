import { createRoute, z } from "@hono/zod-openapi";
import { inWorkspace } from "#db/database";
import { listConsentEvents } from "#db/queries/consent-events";
import { readEvidence } from "#flow/consent/read-evidence";
import { recordConsent } from "#flow/consent/record-consent";
import { gateOf, openContact } from "#flow/contacts/contacts";
import { stopPerson } from "#flow/stops/stop-person";
import { needs } from "../authenticate.ts";
import type { Api, Services } from "../context.ts";
import { numberPlaceOf, PAGE_QUERY, pageOf } from "../cursor.ts";
import { missing, Problem } from "../problem.ts";
import { address, answer, idParams, instant, jsonBody, uuid } from "./schemas.ts";

const CONSENT = z
  .strictObject({
    contactPointId: uuid,
    purposeId: uuid,
    act: z.enum(["grant", "withdraw", "refuse"]),
    occurredAt: instant,
    method: z
      .string()
      .regex(/^[a-z0-9-]{1,60}$/)
      .describe("How it was said: web-form, double-opt-in, phone-call, …"),
    noticeId: uuid.nullable().default(null),
    evidence: z
      .strictObject({
        page: z.url().max(2_000).optional(),
        source: z.string().max(300).optional(),
        checkboxDefault: z.boolean().optional(),
        ip: z.union([z.ipv4(), z.ipv6()]).optional(),
        userAgent: z.string().max(500).optional(),
        messageId: z.string().max(300).optional(),
        scriptVersion: z.string().max(100).optional().describe("The script an agent read from"),
        recording: z.string().max(300).optional().describe("Where the recording of the call is kept"),
      })
      .default({}),
  })
  .openapi("ConsentStatement");

const ONLY_ON: Readonly<Record<string, "email" | "phone">> = {
  complaint: "email",
  "hard-bounce": "email",
  "internal-dnc": "phone",
};

const SUPPRESSION = z
  .strictObject({
    channel: z.enum(["email", "phone"]),
    value: z.string().max(254),
    kind: z.enum(["unsubscribe", "objection", "complaint", "hard-bounce", "internal-dnc"]),
    occurredAt: instant.optional(),
  })
  .refine((body) => body.channel !== "email" || address.safeParse(body.value).success, {
    message: "must be an email address",
    path: ["value"],
  })
  // The rules read these on one channel alone; an entry that binds nobody must not be answered as in force.
  .refine((body) => (ONLY_ON[body.kind] ?? body.channel) === body.channel, {
    message: "does not exist on this channel; use objection or unsubscribe",
    path: ["kind"],
  })
  .openapi("NewSuppression");

/** Consent and do-not-contact entries. A withdrawal or suppression answers after the barrier, with `inFlight`. */
export function consentRoutes(api: Api, { deps }: Services): void {
  api.openapi(
    createRoute({
      method: "post",
      path: "/v1/consents",
      middleware: [needs("consents:write")],
      request: jsonBody(CONSENT),
      responses: answer(201, "What was recorded"),
    }),
    async (context) => {
      const { workspaceId, keyId } = context.get("caller");
      const body = context.req.valid("json");
      const result = await recordConsent(deps, {
        ...body,
        workspaceId,
        occurredAt: new Date(body.occurredAt),
        actor: `api:${keyId}`,
        claimed: true,
        byThePerson: false,
      });
      if (result.kind !== "recorded") throw consentProblem(result.kind);
      const { stop } = result;
      return context.json(
        {
          state: result.state,
          eventId: result.eventId,
          ...(stop === null ? {} : { inFlight: stop.inFlight, since: stop.since }),
        },
        201,
      );
    },
  );
  api.openapi(
    createRoute({
      method: "post",
      path: "/v1/suppressions",
      middleware: [needs("consents:write")],
      request: jsonBody(SUPPRESSION),
      responses: answer(201, "The entry is in force"),
    }),
    async (context) => {
      const { workspaceId, keyId } = context.get("caller");
      const body = context.req.valid("json");
      const gate = await inWorkspace(deps.database, workspaceId, (tx) =>
        gateOf(tx, deps.keys, workspaceId, body.channel, body.value),
      );
      if (gate === null)
        throw new Problem(422, "The value is no address or number", [
          { path: "/value", message: "is not valid" },
        ]);
      const stop = await stopPerson(deps, {
        workspaceId,
        gateId: gate.gateId,
        channel: body.channel,
        contactId: gate.contactId,
        target: { kind: "everything" },
        suppression: body.kind,
        method: "api",
        actor: `api:${keyId}`,
        claimed: true,
        ...(body.occurredAt === undefined ? {} : { occurredAt: new Date(body.occurredAt) }),
        campaignId: null,
        offersUndo: false,
        requestedAt: new Date(),
      });
      return context.json({ kind: body.kind, inFlight: stop.inFlight, since: stop.since }, 201);
    },
  );
  api.openapi(
    createRoute({
      method: "get",
      path: "/v1/contacts/{id}/consents",
      middleware: [needs("contacts:read")],
      request: { params: idParams, query: z.strictObject(PAGE_QUERY) },
      responses: answer(200, "The consent events of a contact's keys with their evidence, as recorded"),
    }),
    async (context) => {
      const { workspaceId } = context.get("caller");
      const { limit, cursor } = context.req.valid("query");
      const items = await inWorkspace(deps.database, workspaceId, async (tx) => {
        const contact = await openContact(tx, deps.keys, context.req.valid("param").id);
        if (contact === null) throw missing("contact");
        const events = await listConsentEvents(
          tx,
          contact.record.points.map((point) => point.gateId),
          limit,
          numberPlaceOf(cursor),
        );
        const ids = events.map((event) => event.id);
        const evidence = await readEvidence(tx, deps, workspaceId, ids);
        return events.map((event) => ({ ...event, evidence: evidence.get(event.id) ?? null }));
      });
      return context.json(pageOf(items, limit), 200);
    },
  );
}

function consentProblem(
  kind: "unknown-contact-point" | "unknown-purpose" | "unknown-notice" | "notice-mismatch" | "in-the-future",
): Problem {
  const field = (path: string, message: string) =>
    new Problem(422, "The consent cannot be recorded", [{ path, message }]);
  switch (kind) {
    case "unknown-contact-point":
      return field("/contactPointId", "is no contact point of this workspace");
    case "unknown-purpose":
      return field("/purposeId", "is no purpose of this workspace");
    case "unknown-notice":
      return field("/noticeId", "is no notice of this workspace");
    case "notice-mismatch":
      return field("/noticeId", "is for another purpose or channel");
    case "in-the-future":
      return field("/occurredAt", "must not be in the future");
    default:
      return kind satisfies never;
  }
}
