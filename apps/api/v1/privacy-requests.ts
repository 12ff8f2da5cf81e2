import { createRoute, z } from "@hono/zod-openapi";
import { PRIVACY_CLOCKS } from "#core/rights/deadlines";
import { inWorkspace } from "#db/database";
import { type PrivacyRequestRecord, pagePrivacyRequests } from "#db/queries/privacy-requests";
import { personReport } from "#flow/rights/person-report";
import { answerRequest, extendRequest, type StaffResult, viewRequest } from "#flow/rights/requests/staff";
import { needs } from "../authenticate.ts";
import type { Api, Services } from "../context.ts";
import { PAGE_QUERY, pageOf, placeOf } from "../cursor.ts";
import { missing, Problem } from "../problem.ts";
import { answer, idParams, jsonBody } from "./schemas.ts";

const STATES = ["unverified", "open", "answered", "refused", "lapsed"] as const;
const TEXT = z.string().trim().min(1).max(5_000);
const EXTENSION = z.strictObject({ reason: TEXT }).openapi("PrivacyRequestExtension");
const ANSWER = z
  .strictObject({ outcome: z.enum(["answered", "refused"]), answer: TEXT })
  .openapi("PrivacyRequestAnswer");

/** A request as the API shows it, without what was written. */
export function requestJson({ sealed: _sealed, gateId: _gateId, ...request }: PrivacyRequestRecord) {
  return { ...request, citation: PRIVACY_CLOCKS[request.law].citation };
}

/** Requests of people about their own data: the queue, its clocks, and what staff do about them. */
export function privacyRequestRoutes(api: Api, { deps, config }: Services): void {
  api.openapi(
    createRoute({
      method: "get",
      path: "/v1/privacy-requests",
      middleware: [needs("privacy:write")],
      request: { query: z.strictObject({ state: z.enum(STATES).optional(), ...PAGE_QUERY }) },
      responses: answer(200, "Requests, in the order they came, each with its due date"),
    }),
    async (context) => {
      const { workspaceId } = context.get("caller");
      const { state, limit, cursor } = context.req.valid("query");
      const found = await inWorkspace(deps.database, workspaceId, (tx) =>
        pagePrivacyRequests(tx, { state: state ?? null, limit, after: placeOf(cursor) }),
      );
      return context.json(pageOf(found.map(requestJson), limit), 200);
    },
  );
  api.openapi(
    createRoute({
      method: "get",
      path: "/v1/privacy-requests/{id}",
      middleware: [needs("privacy:write")],
      request: { params: idParams },
      responses: answer(200, "The request, what was written, and who did what about it"),
    }),
    async (context) => {
      const { workspaceId } = context.get("caller");
      const view = await viewRequest(deps, workspaceId, context.req.valid("param").id);
      if (view === null) throw missing("request");
      return context.json({ ...requestJson(view.request), text: view.text, audit: view.audit }, 200);
    },
  );
  api.openapi(
    createRoute({
      method: "post",
      path: "/v1/privacy-requests/{id}/extend",
      middleware: [needs("privacy:write")],
      request: { params: idParams, ...jsonBody(EXTENSION) },
      responses: answer(200, "The request with its new date"),
    }),
    async (context) => {
      const { workspaceId, keyId } = context.get("caller");
      const result = await extendRequest(deps, {
        workspaceId,
        requestId: context.req.valid("param").id,
        actor: `api:${keyId}`,
        ...context.req.valid("json"),
      });
      return context.json(requestJson(done(result)), 200);
    },
  );
  api.openapi(
    createRoute({
      method: "post",
      path: "/v1/privacy-requests/{id}/answer",
      middleware: [needs("privacy:write")],
      request: { params: idParams, ...jsonBody(ANSWER) },
      responses: answer(200, "The request, closed; a link to the answer is mailed to the person"),
    }),
    async (context) => {
      const { workspaceId, keyId } = context.get("caller");
      const result = await answerRequest(deps, {
        workspaceId,
        requestId: context.req.valid("param").id,
        actor: `api:${keyId}`,
        publicUrl: config.publicUrl,
        ...context.req.valid("json"),
      });
      return context.json(requestJson(done(result)), 200);
    },
  );
  api.openapi(
    createRoute({
      method: "get",
      path: "/v1/contacts/{id}/report",
      middleware: [needs("privacy:write")],
      request: { params: idParams },
      responses: answer(200, "Everything held on a person, for access and portability"),
    }),
    async (context) => {
      const { workspaceId } = context.get("caller");
      const report = await personReport(deps, workspaceId, context.req.valid("param").id);
      if (report === null) throw missing("contact");
      return context.json(report, 200);
    },
  );
}

/** The request when it was changed; a problem otherwise. */
export function done(result: StaffResult): PrivacyRequestRecord {
  switch (result.kind) {
    case "done":
      return result.request;
    case "not-found":
      throw missing("request");
    case "not-open":
      throw new Problem(409, "The request is not open: it was answered, or nobody has verified it yet");
    case "no-extension":
      throw new Problem(
        409,
        "The answer cannot be put off: it was before, the date has passed, or the law knows none",
      );
    default:
      return result satisfies never;
  }
}
