import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { Problem } from "./problem.ts";

const MEGABYTE = 1024 * 1024;
const UPLOAD_PATH = /^(\/v1\/contacts\/imports|\/import|\/v1\/registries\/[^/]+\/imports)$/;

/** Bodies are at most 1 MB, a batch of a thousand questions 8 MB; uploads are streamed and have a limit of their own. */
export function limitBody(): MiddlewareHandler {
  const usual = limitTo(MEGABYTE);
  const batch = limitTo(8 * MEGABYTE);
  return (context, next) => {
    const { path } = context.req;
    if (UPLOAD_PATH.test(path)) return next();
    return path === "/v1/gate/evaluate" ? batch(context, next) : usual(context, next);
  };
}

function limitTo(maxSize: number): MiddlewareHandler {
  return bodyLimit({
    maxSize,
    onError: () => {
      throw new Problem(413, `The body is larger than ${maxSize} bytes`);
    },
  });
}
