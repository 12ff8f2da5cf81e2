import type { MiddlewareHandler } from "hono";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { type Scope, verifyApiKey } from "#flow/access/api-keys";
import type { ApiEnv, Services } from "./context.ts";
import { Problem } from "./problem.ts";
import { peerOf } from "./public/client-address.ts";

/** Wrong keys an address may try per minute. A right key is never slowed down by them. */
const WRONG_KEYS_PER_MINUTE = 30;

/** Demands `Authorization: Bearer ck_…` and looks the key up anew for every request. */
export function authenticate(services: Services): MiddlewareHandler<ApiEnv> {
  const wrongKeys = new RateLimiterMemory({ points: WRONG_KEYS_PER_MINUTE, duration: 60 });
  return async (context, next) => {
    const header = context.req.header("authorization") ?? "";
    const token = /^Bearer ([!-~]{1,300})$/.exec(header)?.[1];
    const caller = token === undefined ? null : await verifyApiKey(services.deps, token);
    if (caller === null) {
      // A call without a key guesses nothing and is not counted.
      if (token !== undefined)
        await countWrongKey(wrongKeys, peerOf(context.env), context.header.bind(context));
      context.header("www-authenticate", "Bearer");
      throw new Problem(
        401,
        "Send the header Authorization: Bearer ck_live_…; the key must exist and not be revoked",
      );
    }
    context.set("caller", caller);
    await next();
  };
}

async function countWrongKey(
  limiter: RateLimiterMemory,
  address: string,
  setHeader: (name: string, value: string) => void,
): Promise<void> {
  try {
    await limiter.consume(address);
  } catch (error) {
    if (!(error instanceof RateLimiterRes)) throw error;
    setHeader("retry-after", String(Math.ceil(error.msBeforeNext / 1000)));
    throw new Problem(429, "Too many wrong keys from this address");
  }
}

/** Demands a scope; `admin` has all of them. */
export function needs(scope: Scope): MiddlewareHandler<ApiEnv> {
  return async (context, next) => {
    const { scopes } = context.get("caller");
    if (!scopes.has(scope) && !scopes.has("admin"))
      throw new Problem(403, `This key lacks the scope ${scope}`);
    await next();
  };
}
