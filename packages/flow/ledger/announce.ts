import { lookup } from "node:dns";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { BlockList, isIP, type LookupFunction } from "node:net";

const TIMEOUT_MS = 5_000;

/** How a checkpoint was taken by the webhook. */
export type Announced =
  | { readonly kind: "taken" }
  | { readonly kind: "refused"; readonly status: number }
  | { readonly kind: "not-reached"; readonly code: string };

/**
 * POSTs a checkpoint to the webhook. The note is signed, so the receiver needs no other proof of who sent it. Nothing is
 * followed to another address, and nothing is sent inside our own network unless that is allowed.
 */
export function announceCheckpoint(
  webhookUrl: string,
  note: string,
  options: { readonly mayBePrivate: boolean; readonly timeoutMs?: number },
): Promise<Announced> {
  const url = new URL(webhookUrl);
  const send = url.protocol === "https:" ? requestHttps : requestHttp;
  const body = Buffer.from(note);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  // An address that stands in the URL itself is not looked up.
  if (!options.mayBePrivate && isIP(host) !== 0 && isPrivate(host))
    return Promise.resolve({ kind: "not-reached", code: "PRIVATE_ADDRESS" });
  return new Promise((resolve) => {
    const request = send(
      url,
      {
        method: "POST",
        headers: { "content-type": "text/plain; charset=utf-8", "content-length": body.length },
        signal: AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS),
        agent: false,
        ...(options.mayBePrivate ? {} : { lookup: publicLookup }),
      },
      (answer) => {
        const status = answer.statusCode ?? 0;
        // Only the status matters; a body of any length is not read.
        answer.destroy();
        resolve(status >= 200 && status < 300 ? { kind: "taken" } : { kind: "refused", status });
      },
    );
    request.once("error", (error: NodeJS.ErrnoException) =>
      resolve({ kind: "not-reached", code: error.code ?? error.name }),
    );
    request.end(body);
  });
}

/** Resolves a name as the connection itself does, so that a name cannot point elsewhere between the look and the call. */
const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, found) => {
    if (error !== null) return callback(error, "", 0);
    const [first] = found;
    if (first === undefined || found.some(({ address }) => isPrivate(address))) {
      const refused = Object.assign(new Error("the name leads into a private network"), {
        code: "PRIVATE_ADDRESS",
      });
      return callback(refused, "", 0);
    }
    if (options.all === true) callback(null, found);
    else callback(null, first.address, first.family);
  });
};

const PRIVATE = new BlockList();
for (const [network, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
] as const)
  PRIVATE.addSubnet(network, bits, "ipv4");
/** Of IPv6 only what is routed in public counts as public. */
const PUBLIC_V6 = new BlockList();
PUBLIC_V6.addSubnet("2000::", 3, "ipv6");
for (const [network, bits] of [
  ["2001:db8::", 32],
  ["2002::", 16],
  ["64:ff9b::", 96],
] as const)
  PRIVATE.addSubnet(network, bits, "ipv6");

/** True for loopback, private, link-local and other addresses that are nobody's in public. */
export function isPrivate(address: string): boolean {
  if (isIP(address) === 4) return PRIVATE.check(address, "ipv4");
  const [, mapped] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address) ?? [];
  if (mapped !== undefined) return PRIVATE.check(mapped, "ipv4");
  return !PUBLIC_V6.check(address, "ipv6") || PRIVATE.check(address, "ipv6");
}
