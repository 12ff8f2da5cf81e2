import { createHmac } from "node:crypto";
import { RateLimiterPostgres, RateLimiterRes } from "rate-limiter-flexible";
import { canonicalKey } from "#core/canonical-key";
import { RATE_LIMIT_TABLE, rateLimitStore } from "#db/rate-limit-store";
import { derivedKey, keyBytes } from "#db/vault/keyring";
import type { FlowDeps } from "#flow/deps";
import { networkOf } from "./client-address.ts";

const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 86_400;
/** Posts from one network in an hour: a class in a school, not a machine. */
const POSTS_PER_NETWORK = 20;
/** Sign-ups with one address in a day; a mail goes out for the first alone. */
const POSTS_PER_ADDRESS = 3;

export interface FormLimits {
  /** False when this network has posted too often. */
  network(clientAddress: string): Promise<boolean>;
  /** False when this address was entered too often today. The caller does not let it show. */
  address(email: string): Promise<boolean>;
}

/**
 * The limits of public forms, counted in PostgreSQL for all processes together. Keys are keyed digests: the table
 * names no address. A store that does not answer throws, and the form answers that it is away.
 */
export function formLimits(deps: FlowDeps): FormLimits {
  const common = {
    storeClient: rateLimitStore(deps.database),
    storeType: "client",
    tableName: RATE_LIMIT_TABLE,
    tableCreated: true,
  };
  const byNetwork = new RateLimiterPostgres({
    ...common,
    keyPrefix: "form-network",
    points: POSTS_PER_NETWORK,
    duration: HOUR_SECONDS,
  });
  const byAddress = new RateLimiterPostgres({
    ...common,
    keyPrefix: "form-address",
    points: POSTS_PER_ADDRESS,
    duration: DAY_SECONDS,
  });
  const { token } = deps.keys;
  const key = derivedKey(keyBytes(token, token.current), "rate-limit");
  const digest = (text: string) => createHmac("sha256", key).update(text).digest("hex");
  return {
    network: (clientAddress) => take(byNetwork, digest(networkOf(clientAddress))),
    address: (email) => take(byAddress, digest(canonicalKey("email", email) ?? email)),
  };
}

async function take(limiter: RateLimiterPostgres, key: string): Promise<boolean> {
  try {
    await limiter.consume(key);
    return true;
  } catch (error) {
    if (error instanceof RateLimiterRes) return false;
    throw error;
  }
}
