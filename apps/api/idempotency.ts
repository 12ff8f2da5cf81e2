import { createHash } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import { inWorkspace } from "#db/database";
import { claimIdempotencyKey, releaseIdempotencyKey, storeIdempotentAnswer } from "#db/queries/idempotency";
import { seal, unseal } from "#db/vault/keyring";
import { answerContext } from "#flow/rights/purge-answers";
import type { ApiEnv, Services } from "./context.ts";
import { Problem } from "./problem.ts";

const KEY = /^[\x21-\x7e]{1,255}$/;

/**
 * A POST with an `Idempotency-Key` is done once: the same request again gets the stored answer for 24 hours, another
 * request under the same key is refused. Uploads are streamed and not covered.
 */
export function idempotent(services: Services): MiddlewareHandler<ApiEnv> {
  return async (context, next) => {
    const key = context.req.header("idempotency-key");
    const isUpload = (context.req.header("content-type") ?? "").startsWith("multipart/");
    if (context.req.method !== "POST" || key === undefined || isUpload) return next();
    if (!KEY.test(key)) throw new Problem(400, "Idempotency-Key must be 1 to 255 visible characters");
    const { keyId, workspaceId } = context.get("caller");
    const { database, keys } = services.deps;
    const body = await context.req.raw.clone().arrayBuffer();
    const requestHash = createHash("sha256")
      .update(`${context.req.method} ${context.req.path}\n`)
      .update(Buffer.from(body))
      .digest();
    const sealContext = answerContext(keyId, key);
    const known = await inWorkspace(database, workspaceId, (tx) =>
      claimIdempotencyKey(tx, workspaceId, keyId, key, requestHash),
    );
    if (known !== null) {
      if (!known.requestHash.equals(requestHash)) {
        throw new Problem(422, "This Idempotency-Key was used for another request");
      }
      if (known.status === null || known.response === null) {
        throw new Problem(409, "The first request under this Idempotency-Key is still being worked on");
      }
      const stored = JSON.parse(unseal(keys.master, known.response, sealContext).toString()) as {
        type: string;
        body: string;
      };
      context.res = new Response(stored.body, {
        status: known.status,
        headers: { "content-type": stored.type, "idempotent-replayed": "true" },
      });
      return;
    }
    await next();
    const { res } = context;
    await inWorkspace(database, workspaceId, async (tx) => {
      // Our own fault is not an answer to keep: the request may be tried again. Nor is what holds for this moment alone,
      // like a number that the gate lets out for some seconds.
      if (res.status >= 500 || res.headers.get("cache-control") === "no-store")
        return releaseIdempotencyKey(tx, keyId, key);
      const answer = {
        type: res.headers.get("content-type") ?? "application/json",
        body: await res.clone().text(),
      };
      const sealed = seal(keys.master, Buffer.from(JSON.stringify(answer)), sealContext);
      await storeIdempotentAnswer(tx, keyId, key, res.status, sealed);
    });
  };
}
