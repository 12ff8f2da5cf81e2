import { createServer, type Server } from "node:http";
import { afterEach, expect, test } from "vitest";
import { announceCheckpoint, isPrivate } from "#flow/ledger/announce";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A receiver that keeps what came, and answers as told. */
async function receiver(status: number, headers: Record<string, string> = {}, delayMs = 0) {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      bodies.push(`${request.method} ${request.url} ${body}`);
      setTimeout(() => response.writeHead(status, headers).end("x".repeat(100_000)), delayMs);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  return { url: `http://127.0.0.1:${port}/hook`, port, bodies };
}

test("a checkpoint is POSTed as it is", async () => {
  const hook = await receiver(204);
  expect(await announceCheckpoint(hook.url, "note\n", { mayBePrivate: true })).toEqual({ kind: "taken" });
  expect(hook.bodies).toEqual(["POST /hook note\n"]);
});

test("a redirect is not followed", async () => {
  const target = await receiver(200);
  const hook = await receiver(307, { location: target.url });
  expect(await announceCheckpoint(hook.url, "note\n", { mayBePrivate: true })).toEqual({
    kind: "refused",
    status: 307,
  });
  expect(target.bodies).toEqual([]);
});

test("a receiver that does not answer is given up", async () => {
  const hook = await receiver(200, {}, 3_000);
  const announced = await announceCheckpoint(hook.url, "note\n", { mayBePrivate: true, timeoutMs: 200 });
  expect(announced.kind).toBe("not-reached");
});

test("nothing is sent into a private network unless that is allowed, by address or by name", async () => {
  const hook = await receiver(200);
  for (const host of ["127.0.0.1", "localhost", "[::1]", "127.1", "0x7f000001", "2130706433"]) {
    const announced = await announceCheckpoint(`http://${host}:${hook.port}/hook`, "note\n", {
      mayBePrivate: false,
    });
    expect(announced, host).toMatchObject({ kind: "not-reached", code: "PRIVATE_ADDRESS" });
  }
  expect(hook.bodies).toEqual([]);
});

test.each([
  ["10.1.2.3", true],
  ["172.31.255.255", true],
  ["172.32.0.1", false],
  ["192.168.0.1", true],
  ["169.254.169.254", true],
  ["100.100.0.1", true],
  ["0.0.0.0", true],
  ["255.255.255.255", true],
  ["93.184.216.34", false],
  ["::1", true],
  ["::", true],
  ["fe80::1", true],
  ["fd00::1", true],
  ["::ffff:127.0.0.1", true],
  ["::ffff:7f00:1", true],
  ["2002:7f00:1::", true],
  ["2606:2800:220:1:248:1893:25c8:1946", false],
])("%s is private: %s", (address, expected) => {
  expect(isPrivate(address)).toBe(expected);
});
