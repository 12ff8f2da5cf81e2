import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { Busboy } from "@fastify/busboy";
import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { stream } from "hono/streaming";
import { inWorkspace } from "#db/database";
import { type ImportRow, listImports, readImportRow } from "#db/queries/imports";
import { IMPORT_MAPPING, type ImportMapping } from "#flow/contacts/import/mapping";
import { type ReceiveResult, receiveImport } from "#flow/contacts/import/receive-import";
import { importRefusalsFile } from "#flow/contacts/import/refusals-file";
import type { FlowDeps } from "#flow/deps";
import { needs } from "../authenticate.ts";
import type { Api, Services } from "../context.ts";
import { PAGE_QUERY, pageOf, placeOf } from "../cursor.ts";
import { checkFailed, Problem } from "../problem.ts";
import { answer, uuid } from "./schemas.ts";

const FILE_BYTES_MAX = 1024 ** 3;
const MAPPING_BYTES_MAX = 64 * 1024;

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
  const params = z.object({ id: uuid });
  api.openapi(
    createRoute({
      method: "get",
      path: "/v1/contacts/imports/{id}",
      middleware,
      request: { params },
      responses: answer(200, "How far it is, and what was refused"),
    }),
    async (context) => {
      const { id } = context.req.valid("param");
      const job = await inWorkspace(deps.database, context.get("caller").workspaceId, (tx) =>
        readImportRow(tx, id),
      );
      if (job === null) throw new Problem(404, "There is no such import in this workspace");
      return context.json(importJson(job), 200);
    },
  );
  api.openapi(
    createRoute({
      method: "get",
      path: "/v1/contacts/imports/{id}/errors",
      middleware,
      request: { params },
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
  if (file === null) throw new Problem(404, "There is no such import in this workspace");
  context.header("content-type", "text/csv; charset=utf-8");
  context.header("content-disposition", 'attachment; filename="refused-rows.csv"');
  return stream(context, async (out) => {
    for await (const line of file) await out.write(line);
  });
}

/**
 * Reads a multipart upload as it arrives and hands the file on while it streams.
 * @param readField what a field that stands before the file says of the mapping; by default the one named `mapping`.
 * @param beforeFile throws when a field is missing without which no file is taken.
 */
export function receiveUpload(
  deps: FlowDeps,
  request: Request,
  workspaceId: string,
  actor: string,
  readField: (name: string, value: string) => ImportMapping = readMappingField,
  beforeFile: () => void = () => undefined,
): Promise<ReceiveResult> {
  const contentType = request.headers.get("content-type") ?? "";
  if (!contentType.startsWith("multipart/form-data") || request.body === null) {
    throw new Problem(
      415,
      "Send multipart/form-data with a part named mapping (JSON) and a part named file (CSV)",
    );
  }
  return new Promise((resolve, reject) => {
    const headers = { "content-type": contentType } as IncomingMessage["headers"] & {
      "content-type": string;
    };
    const form = new Busboy({
      headers,
      limits: { fileSize: FILE_BYTES_MAX, files: 1, fields: 2, fieldSize: MAPPING_BYTES_MAX },
    });
    let mapping: ImportMapping = {};
    let received: Promise<ReceiveResult> | null = null;
    form.on("field", (name, value) => {
      try {
        mapping = { ...mapping, ...readField(name, value) };
      } catch (error) {
        reject(error);
      }
    });
    form.on("file", (name, file) => {
      if (name !== "file") {
        file.resume();
        reject(unknownField(name));
        return;
      }
      try {
        beforeFile();
      } catch (error) {
        file.resume();
        reject(error);
        return;
      }
      file.once("limit", () => reject(new Problem(413, "The file is larger than 1 GB")));
      received = receiveImport(deps, { workspaceId, mapping, csv: file, actor });
      received.then(resolve, reject);
    });
    form.on("finish", () => {
      if (received === null)
        reject(new Problem(400, "The upload has no file", [{ path: "/file", message: "is missing" }]));
    });
    form.on("error", () => reject(new Problem(400, "The upload is not valid multipart/form-data")));
    Readable.fromWeb(request.body as import("node:stream/web").ReadableStream).pipe(form);
  });
}

const unknownField = (name: string) =>
  new Problem(400, "There are unknown fields", [{ path: `/${name}`, message: "is not a known field" }]);

function readMappingField(name: string, value: string): ImportMapping {
  if (name !== "mapping") throw unknownField(name);
  return readMapping(value);
}

function readMapping(text: string): ImportMapping {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new Problem(400, "The mapping is not JSON", [{ path: "/mapping", message: "is not JSON" }]);
  }
  const checked = IMPORT_MAPPING.safeParse(parsed);
  if (!checked.success) {
    const problem = checkFailed(checked.error);
    throw new Problem(
      400,
      problem.message,
      problem.errors.map((error) => ({ ...error, path: `/mapping${error.path}` })),
    );
  }
  return checked.data;
}
