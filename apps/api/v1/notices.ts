import { createRoute, z } from "@hono/zod-openapi";
import { inWorkspace } from "#db/database";
import { readNotices } from "#db/queries/senders";
import { createNotice, type NoticeCreated, type PublishedNotice } from "#flow/senders/publish-notice";
import { needs } from "../authenticate.ts";
import type { Api, Services } from "../context.ts";
import { PAGE_QUERY, pageOf, placeOf } from "../cursor.ts";
import { Problem } from "../problem.ts";
import { NOTICE, noticeWords } from "./notice-schema.ts";
import { answer, jsonBody } from "./schemas.ts";

/** Notices: the exact words people were shown, and which of them consent may still rest on. */
export function noticeRoutes(api: Api, { deps }: Services): void {
  api.openapi(
    createRoute({
      method: "get",
      path: "/v1/notices",
      middleware: [needs("senders:read")],
      request: { query: z.strictObject(PAGE_QUERY) },
      responses: answer(
        200,
        "Those of the workspace, oldest first. Consent counts only under the largest `meaning` of a purpose and channel",
      ),
    }),
    async (context) => {
      const { workspaceId } = context.get("caller");
      const { limit, cursor } = context.req.valid("query");
      const notices = await inWorkspace(deps.database, workspaceId, (tx) =>
        readNotices(tx, { limit, after: placeOf(cursor) }),
      );
      return context.json(pageOf(notices, limit), 200);
    },
  );
  api.openapi(
    createRoute({
      method: "post",
      path: "/v1/notices",
      middleware: [needs("senders:write")],
      request: jsonBody(NOTICE),
      responses: answer(201, "The notice, the forms that show it now, and what was still on the wire"),
    }),
    async (context) => {
      const { workspaceId, keyId } = context.get("caller");
      const { purposeId, channel, version, language, changesMeaning, ...words } = context.req.valid("json");
      const { record, formIds, inFlight } = publishedNotice(
        await createNotice(deps, {
          workspaceId,
          actor: keyId,
          purposeId,
          channel,
          version,
          language,
          changesMeaning,
          ...noticeWords(words),
        }),
      );
      return context.json({ ...record, formIds, inFlight }, 201);
    },
  );
}

function publishedNotice(created: NoticeCreated): PublishedNotice {
  if (created.kind === "created") return created;
  throw problemOf(created);
}

/** Why a notice was not published. */
export function problemOf(created: Exclude<NoticeCreated, PublishedNotice>): Problem {
  switch (created.kind) {
    case "taken":
      return new Problem(409, "It exists already", [{ path: "/version", message: "is taken" }]);
    case "parent-unknown":
      return new Problem(422, "There is no such purpose in this workspace", [
        { path: "/purposeId", message: "is no purpose of this workspace" },
      ]);
    case "change-unanswered":
      return new Problem(422, "Say whether this version changes what people agreed to", [
        { path: "/changesMeaning", message: "must be answered where there is an older version" },
      ]);
    case "nothing-to-change":
      return new Problem(422, "There is nothing that this version could change", [
        {
          path: "/changesMeaning",
          message: "must not be true for a first version, nor for a translation of one that exists",
        },
      ]);
    default:
      return created satisfies never;
  }
}
