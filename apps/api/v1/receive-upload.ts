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
  let mapping: ImportMapping = {};
  return receiveFilePart(request, {
    parts: "a part named mapping (JSON) and a part named file (CSV)",
    readField: (name, value) => {
      mapping = { ...mapping, ...readField(name, value) };
    },
    take: (csv) => {
      beforeFile();
      return receiveImport(deps, { workspaceId, mapping, csv, actor });
    },
  });
}

/** What is done with an upload of some fields and one file behind them. */
export interface FilePart<Result> {
  /** What the upload consists of, in words. */
  readonly parts: string;
  /** @throws Problem for a field that is not known or not valid. */
  readonly readField: (name: string, value: string) => void;
  /** Takes the file while it streams. What it throws at once refuses the file. */
  readonly take: (file: Readable) => Promise<Result>;
  readonly fieldsMax?: number;
}

/** Reads a multipart upload as it arrives. A file that breaks off ends in an error of the stream. */
export function receiveFilePart<Result>(request: Request, part: FilePart<Result>): Promise<Result> {
  const contentType = request.headers.get("content-type") ?? "";
  if (!contentType.startsWith("multipart/form-data") || request.body === null)
    throw new Problem(415, `Send multipart/form-data with ${part.parts}`);
  return new Promise((resolve, reject) => {
    const form = new Busboy({
      headers: { "content-type": contentType },
      limits: {
        fileSize: FILE_BYTES_MAX,
        files: 1,
        fields: part.fieldsMax ?? 2,
        fieldSize: MAPPING_BYTES_MAX,
      },
    });
    let received: Promise<Result> | null = null;
    let arriving: Readable | null = null;
    form.on("field", (name, value) => {
      try {
        part.readField(name, value);
      } catch (error) {
        reject(error);
      }
    });
    form.on("file", (name, file) => {
      const refuse = (error: unknown) => {
        file.resume();
        reject(error);
      };
      if (name !== "file") return refuse(unknownField(name));
      arriving = file;
      file.once("limit", () => {
        reject(new Problem(413, "The file is larger than 1 GB"));
        file.destroy(new Error("the file is too large"));
      });
      try {
        received = part.take(file);
      } catch (error) {
        return refuse(error);
      }
      received.then(resolve, reject);
    });
    form.on("finish", () => {
      if (received === null)
        reject(new Problem(400, "The upload has no file", [{ path: "/file", message: "is missing" }]));
    });
    form.on("error", () => reject(new Problem(400, "The upload is not valid multipart/form-data")));
    const body = Readable.fromWeb(request.body as import("node:stream/web").ReadableStream);
    // Left to itself, the file's stream would wait for ever for what the sender does not send any more.
    body.once("error", (error) => arriving?.destroy(error));
    body.pipe(form);
  });
}

export const unknownField = (name: string) =>
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
