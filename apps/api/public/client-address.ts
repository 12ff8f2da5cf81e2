import { type BlockList, isIP } from "node:net";
import type { Context } from "hono";

/**
 * Where a request comes from: the peer of the socket, or, where that is a proxy we trust, the last address in
 * `X-Forwarded-For` that no trusted proxy has. Whatever else stands in that header is anybody's word.
 */
export function clientAddress(context: Context, trustedProxies: BlockList): string {
  const peer = plainAddress(peerOf(context.env));
  if (!isTrusted(peer, trustedProxies)) return peer;
  const forwarded = (context.req.header("x-forwarded-for") ?? "").split(",").map(plainAddress).reverse();
  for (const address of forwarded) {
    if (isIP(address) === 0) return peer;
    if (!isTrusted(address, trustedProxies)) return address;
  }
  return peer;
}

/** The network an address is limited by: hosts of one household or small site share it (IPv4 /24, IPv6 /64). */
export function networkOf(address: string): string {
  if (isIP(address) === 4) return address.split(".").slice(0, 3).join(".");
  if (isIP(address) === 6) return groupsOf(address).slice(0, 4).join(":");
  return address;
}

function groupsOf(address: string): string[] {
  const [head = "", tail = ""] = address.toLowerCase().split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === "" ? [] : tail.split(":");
  const missing = Math.max(0, 8 - left.length - right.length);
  return [...left, ...Array<string>(missing).fill("0"), ...right].map((group) =>
    group.replace(/^0+(?=.)/, ""),
  );
}

/** An IPv4 address inside IPv6 is the IPv4 address. */
const plainAddress = (address: string): string => address.trim().replace(/^::ffff:(?=\d+\.)/i, "");

function isTrusted(address: string, trustedProxies: BlockList): boolean {
  const family = isIP(address);
  return family !== 0 && trustedProxies.check(address, family === 4 ? "ipv4" : "ipv6");
}

/** The peer's address as node-server gives it; under test there is no socket. */
export function peerOf(env: unknown): string {
  const incoming = (env as { incoming?: { socket?: { remoteAddress?: string } } } | undefined)?.incoming;
  return incoming?.socket?.remoteAddress ?? "local";
}
