import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { Problem } from "./problem.ts";

const BODY_BYTES_MAX = 1024 * 1024;
const UPLOAD_PATHS = new Set(["/v1/contacts/imports", "/import"]);

/** Bodies are at most 1 MB; uploads are streamed and have a limit of their own. */
export function limitBody(): MiddlewareHandler {
  const limit = bodyLimit({
    maxSize: BODY_BYTES_MAX,
    onError: () => {
      throw new Problem(413, `The body is larger than ${BODY_BYTES_MAX} bytes`);
    },
  });
  return (context, next) => (UPLOAD_PATHS.has(context.req.path) ? next() : limit(context, next));
}
