import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { stream } from "hono/streaming";
import { inWorkspace } from "#db/database";
import { type ImportRow, listImports, readImportRow } from "#db/queries/imports";
import { IMPORT_MAPPING } from "#flow/contacts/import/mapping";
import { importRefusalsFile } from "#flow/contacts/import/refusals-file";
import type { FlowDeps } from "#flow/deps";
import { needs } from "../authenticate.ts";
import type { Api, Services } from "../context.ts";
import { PAGE_QUERY, pageOf, placeOf } from "../cursor.ts";
import { missing, Problem } from "../problem.ts";
import { receiveUpload } from "./receive-upload.ts";
import { answer, idParams, uuid } from "./schemas.ts";

const UPLOAD = createRoute({
  method: "post",
  path: "/v1/contacts/imports",
  request: {
    body: {
      required: true,
      content: {
        "multipart/form-data": {
          schema: z
            .strictObject({
              mapping: IMPORT_MAPPING.optional().openapi({
                description:
                  "JSON; stands before the file. Without columns, headers that name a field are taken as it",
              }),
              file: z.string().openapi({
                format: "binary",
                description: "CSV in UTF-8 with a header line, up to 1 GB",
              }),
            })
            .openapi("ContactImport"),
          encoding: { mapping: { contentType: "application/json" }, file: { contentType: "text/csv" } },
        },
      },
    },
  },
  responses: answer(202, "Received; it is merged in the background"),
});

/** An import as the API shows it; its key and mapping stay inside. */
export function importJson(job: ImportRow) {
  const { wrappedKey: _key, mapping, actor: _actor, ...shown } = job;
  return {
    ...shown,
    sourceId: IMPORT_MAPPING.parse(mapping).source ?? null,
    errorFile:
      job.refused > 0 || Object.keys(job.refusedByReason).length > 0
        ? `/v1/contacts/imports/${job.id}/errors`
        : null,
  };
}

/** Imports: a CSV file as multipart, streamed; `mapping` (JSON) stands before `file`. */
export function importRoutes(api: Api, { deps }: Services): void {
  const middleware = [needs("imports:write")];
  // Described here and read by hand: checked by its schema, a file of 1 GB would have to be in memory first.
  api.openAPIRegistry.registerPath(UPLOAD);
  api.post(UPLOAD.path, needs("imports:write"), async (context) => {
    const { workspaceId, keyId } = context.get("caller");
    const result = await receiveUpload(deps, context.req.raw, workspaceId, `api:${keyId}`);
    if (result.kind === "refused") throw new Problem(422, "The file cannot be imported", result.problems);
    return context.json({ id: result.importId, state: "queued", rows: result.rows }, 202);
  });
  api.openapi(
    createRoute({
      method: "get",
      path: "/v1/contacts/imports",
      middleware,
      request: { query: z.strictObject(PAGE_QUERY) },
      responses: answer(200, "Imports, newest first"),
    }),
    async (context) => {
      const { limit, cursor } = context.req.valid("query");
      const jobs = await inWorkspace(deps.database, context.get("caller").workspaceId, (tx) =>
        listImports(tx, limit, placeOf(cursor)),
      );
      return context.json(pageOf(jobs.map(importJson), limit), 200);
    },
  );
  api.openapi(
    createRoute({
      method: "get",
      path: "/v1/contacts/imports/{id}",
      middleware,
      request: { params: idParams },
      responses: answer(200, "How far it is, and what was refused"),
    }),
    async (context) => {
      const { id } = context.req.valid("param");
      const job = await inWorkspace(deps.database, context.get("caller").workspaceId, (tx) =>
        readImportRow(tx, id),
      );
      if (job === null) throw missing("import");
      return context.json(importJson(job), 200);
    },
  );
  api.openapi(
    createRoute({
      method: "get",
      path: "/v1/contacts/imports/{id}/errors",
      middleware,
      request: { params: idParams },
      responses: { 200: { description: "The refused rows as CSV" } },
    }),
    async (context) => {
      const { workspaceId } = context.get("caller");
      return refusalsAnswer(deps, context, workspaceId, context.req.valid("param").id);
    },
  );
}

/** The refused rows of an import as a CSV file to keep, streamed. */
export async function refusalsAnswer(
  deps: FlowDeps,
  context: Context,
  workspaceId: string,
  importId: string,
): Promise<Response> {
  const isId = uuid.safeParse(importId).success;
  const file = isId ? await importRefusalsFile(deps, { workspaceId, importId }) : null;
  if (file === null) throw missing("import");
  context.header("content-type", "text/csv; charset=utf-8");
  context.header("content-disposition", 'attachment; filename="refused-rows.csv"');
  return stream(context, async (out) => {
    for await (const line of file) await out.write(line);
  });
}
