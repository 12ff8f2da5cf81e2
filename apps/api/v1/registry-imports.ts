import { createRoute, z } from "@hono/zod-openapi";
import { inWorkspace } from "#db/database";
import { PARTS } from "#db/queries/registry-blocks";
import {
  listRegistryImports,
  type RegistryImportRow,
  readRegistryImport,
} from "#db/queries/registry-imports";
import type { FlowDeps } from "#flow/deps";
import { FILE_FORMATS } from "#flow/registries/file/publishers";
import { type ReceiveFileResult, receiveFile } from "#flow/registries/file/receive-file";
import { needs } from "../authenticate.ts";
import type { Api, Services } from "../context.ts";
import { PAGE_QUERY, pageOf, placeOf } from "../cursor.ts";
import { checkFailed, missing, Problem } from "../problem.ts";
import { receiveFilePart, unknownField } from "./receive-upload.ts";
import { answer, instant, registryParams, uuid } from "./schemas.ts";

/** What stands before the file, as text: a form has no other types. */
const FIELDS = z.strictObject({
  asOf: instant.describe("The list's own date"),
  format: z.enum(FILE_FORMATS).optional().describe("By default the one of the registry's publisher"),
  mode: z
    .enum(["replace", "add", "remove", "changes"])
    .default("replace")
    .describe("`changes`: each line says by A or D what it does"),
  partial: z
    .enum(["true", "false"])
    .default("false")
    .describe("More files of this copy follow; the last one dates it"),
});

const UPLOAD = createRoute({
  method: "post",
  path: "/v1/registries/{registryId}/imports",
  request: {
    params: registryParams,
    body: {
      required: true,
      content: {
        "multipart/form-data": {
          schema: FIELDS.extend({
            file: z.string().openapi({ format: "binary", description: "One number a line, up to 1 GB" }),
          }).openapi("RegistryFile"),
        },
      },
    },
  },
  responses: answer(202, "Received; a worker brings it into force in the background"),
});

/** How far an import is in its present state, from 0 to 1; null where that cannot be said. */
function shareOf(job: RegistryImportRow): number | null {
  switch (job.state) {
    case "receiving":
      return job.bytesExpected === null ? null : Math.min(1, job.bytes / Math.max(1, job.bytesExpected));
    case "queued":
      return 0;
    case "merging":
    case "announcing":
      return job.nextPart / PARTS;
    case "finished":
    case "failed":
      return 1;
    default:
      return job.state satisfies never;
  }
}

function importJson(job: RegistryImportRow) {
  const { actor: _actor, keyVersions: _keys, baseVersion: _base, nextPart: _next, ...shown } = job;
  const { versionNumbers, bytes: _bytes, bytesExpected: _expected, isPartial, ...rest } = shown;
  const numbers = Math.max(0, ...Object.values(versionNumbers));
  return { ...rest, partial: isPartial, numbers, progress: shareOf(job) };
}

/** Files of do-not-call lists: `asOf` and the other fields stand before `file`. */
export function registryImportRoutes(api: Api, { deps }: Services): void {
  // Described here and read by hand: checked by its schema, a file of 1 GB would have to be in memory first.
  api.openAPIRegistry.registerPath(UPLOAD);
  api.post("/v1/registries/:registryId/imports", needs("registries:write"), async (context) => {
    const { workspaceId, keyId } = context.get("caller");
    const params = registryParams.safeParse(context.req.param());
    if (!params.success) throw missing("registry");
    const result = await receiveRegistryUpload(deps, context.req.raw, {
      workspaceId,
      actor: keyId,
      registryId: params.data.registryId,
    });
    return context.json({ id: result.importId, state: "queued", rows: result.rows }, 202);
  });
  const middleware = [needs("policy:read")];
  api.openapi(
    createRoute({
      method: "get",
      path: "/v1/registries/{registryId}/imports",
      middleware,
      request: { params: registryParams, query: z.strictObject(PAGE_QUERY) },
      responses: answer(200, "Imports of this list, newest first"),
    }),
    async (context) => {
      const { limit, cursor } = context.req.valid("query");
      const { registryId } = context.req.valid("param");
      const jobs = await inWorkspace(deps.database, context.get("caller").workspaceId, (tx) =>
        listRegistryImports(tx, limit, placeOf(cursor), registryId),
      );
      return context.json(pageOf(jobs.map(importJson), limit), 200);
    },
  );
  api.openapi(
    createRoute({
      method: "get",
      path: "/v1/registries/{registryId}/imports/{id}",
      middleware,
      request: { params: registryParams.extend({ id: uuid }) },
      responses: answer(200, "How far it is, what it changed, and which lines were refused"),
    }),
    async (context) => {
      const { id, registryId } = context.req.valid("param");
      const job = await inWorkspace(deps.database, context.get("caller").workspaceId, (tx) =>
        readRegistryImport(tx, id),
      );
      if (job?.registryId !== registryId) throw missing("import");
      return context.json(importJson(job), 200);
    },
  );
}

/** Receives a file and the fields before it. @throws Problem when it is not taken. */
async function receiveRegistryUpload(
  deps: FlowDeps,
  request: Request,
  by: { readonly workspaceId: string; readonly actor: string; readonly registryId: string },
): Promise<Extract<ReceiveFileResult, { kind: "queued" }>> {
  const said: Record<string, string> = {};
  const length = Number(request.headers.get("content-length") ?? Number.NaN);
  const result = await receiveFilePart(request, {
    parts: "asOf, perhaps format, mode and partial, and behind them a part named file",
    fieldsMax: Object.keys(FIELDS.shape).length,
    readField: (name, value) => {
      if (!Object.hasOwn(FIELDS.shape, name)) throw unknownField(name);
      said[name] = value;
    },
    take: (file) => {
      const fields = FIELDS.safeParse(said);
      if (!fields.success) throw checkFailed(fields.error);
      const { asOf, format, mode, partial } = fields.data;
      const bytesExpected = Number.isFinite(length) ? length : null;
      const isPartial = partial === "true";
      return receiveFile(deps, { ...by, asOf: new Date(asOf), format, mode, isPartial, file, bytesExpected });
    },
  });
  return taken(result);
}

function taken(result: ReceiveFileResult): Extract<ReceiveFileResult, { kind: "queued" }> {
  const refused = (path: string, message: string) =>
    new Problem(422, "The file cannot be taken over", [{ path, message }]);
  switch (result.kind) {
    case "queued":
      return result;
    case "registry-unknown":
      throw new Problem(404, "The gate knows no such list; GET /v1/registries names those it reads");
    case "as-of-in-future":
      throw refused("/asOf", "is in the future");
    case "as-of-older":
      throw refused("/asOf", `is before the copy that is held, of ${result.held.toISOString()}`);
    case "no-copy":
      throw new Problem(409, "There is no copy of this list to change; send the whole list first");
    case "import-under-way":
      throw new Problem(409, `Another file of this list is being taken over: import ${result.importId}`);
    case "unreadable":
      throw refused("/file", result.message);
    default:
      return result satisfies never;
  }
}
