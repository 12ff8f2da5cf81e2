import { Readable } from "node:stream";
import { Busboy } from "@fastify/busboy";
import { IMPORT_MAPPING, type ImportMapping } from "#flow/contacts/import/mapping";
import { type ReceiveResult, receiveImport } from "#flow/contacts/import/receive-import";
import type { FlowDeps } from "#flow/deps";
import { checkFailed, Problem } from "../problem.ts";

const FILE_BYTES_MAX = 1024 ** 3;
const MAPPING_BYTES_MAX = 64 * 1024;

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
    const form = new Busboy({
      headers: { "content-type": contentType },
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
