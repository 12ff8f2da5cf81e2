import { BlockList } from "node:net";
import { Hono } from "hono";
import { expect, test } from "vitest";
import { clientAddress, networkOf } from "../../apps/api/public/client-address.ts";
import { peer } from "../support/front-door.ts";

const PROXIES = new BlockList();
PROXIES.addSubnet("10.0.0.0", 8, "ipv4");
PROXIES.addAddress("2001:db8::1", "ipv6");

async function addressOf(socket: string, forwarded?: string): Promise<string> {
  const app = new Hono();
  app.get("/", (context) => context.text(clientAddress(context, PROXIES)));
  const headers = forwarded === undefined ? {} : { "x-forwarded-for": forwarded };
  return (await app.request("/", { headers }, peer(socket))).text();
}

test.each([
  ["a peer that is no proxy is who it is, whatever it claims", "203.0.113.5", "1.2.3.4", "203.0.113.5"],
  ["a trusted proxy is believed", "10.1.2.3", "203.0.113.5", "203.0.113.5"],
  [
    "of several the last that is no proxy of ours counts",
    "10.1.2.3",
    "6.6.6.6, 203.0.113.5, 10.9.9.9",
    "203.0.113.5",
  ],
  ["what stands before it is anybody's word", "10.1.2.3", "127.0.0.1, 203.0.113.5", "203.0.113.5"],
  ["nonsense is not believed", "10.1.2.3", "unknown", "10.1.2.3"],
  ["a proxy that names nobody", "10.1.2.3", undefined, "10.1.2.3"],
  ["an IPv4 proxy inside IPv6", "::ffff:10.1.2.3", "203.0.113.5", "203.0.113.5"],
  ["an IPv6 proxy", "2001:db8::1", "2001:db8:ffff::7", "2001:db8:ffff::7"],
])("%s", async (_sentence, socket, forwarded, wanted) => {
  expect(await addressOf(socket, forwarded)).toBe(wanted);
});

test.each([
  ["203.0.113.5", "203.0.113.77", true],
  ["203.0.113.5", "203.0.114.5", false],
  ["2001:db8:1:2::5", "2001:db8:1:2:ffff:0:0:1", true],
  ["2001:db8:1:2::5", "2001:0db8:0001:0002::9", true],
  ["2001:db8:1:2::5", "2001:db8:1:3::5", false],
  ["::1", "::2", true],
])("%s and %s share a network: %s", (one, two, same) => {
  expect(networkOf(one) === networkOf(two)).toBe(same);
});
