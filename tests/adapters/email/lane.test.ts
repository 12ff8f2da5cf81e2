import { setTimeout as sleep } from "node:timers/promises";
import { SMTPServer } from "smtp-server";
import { afterEach, describe, expect, test } from "vitest";
import { issuePermit } from "#flow/permit";
import type { HandOver } from "#flow/send/hand-over";
import { isHardBounce, outcomeOf } from "#flow/send/outcome";
import { queueIdOf, redacted } from "../../../apps/worker/email/judge-reply.ts";
import { type Delivery, type Lane, openLane } from "../../../apps/worker/email/lane.ts";
import { smtpTarget } from "../../../apps/worker/email/smtp-target.ts";
import { type SinkBehaviour, type SmtpSink, startSmtpSink } from "../../support/smtp-sink.ts";

const TIMEOUTS = { finalDotMs: 600, connectMs: 2_000 };
const MESSAGE = Buffer.from(
  `Subject: hello\r\nMessage-ID: <m@acme.example>\r\n\r\n${"line\r\n".repeat(20_000)}`,
);
const open: { lane: Lane | null; sink: SmtpSink | null } = { lane: null, sink: null };

afterEach(async () => {
  open.lane?.close();
  await open.sink?.stop();
});

async function laneTo(
  behaviour: (to: string, attempt: number) => SinkBehaviour,
  delayMs?: number,
): Promise<Lane> {
  open.sink = await startSmtpSink({
    behaviour,
    keepBodies: true,
    keepCommands: true,
    ...(delayMs === undefined ? {} : { delayMs }),
  });
  const target = smtpTarget(`smtp://127.0.0.1:${open.sink.port}`, TIMEOUTS);
  if (target.kind === "problem") throw new Error(target.message);
  open.lane = openLane(target.target);
  return open.lane;
}

function delivery(change: Partial<Delivery> = {}): Delivery & { readonly redeems: () => number } {
  let redeems = 0;
  return {
    message: MESSAGE,
    from: "news@acme.example",
    to: "anna@example.com",
    redeem: async () => {
      redeems += 1;
      return { kind: "go", redeemedAtMs: performance.now() };
    },
    redeems: () => redeems,
    ...change,
  };
}

const permit = issuePermit({
  permitId: "p",
  workspaceId: "w",
  campaignId: "c",
  month: "2026-11-01",
  recipientId: 1,
  gateId: 1,
  contactId: "k",
  expiresAt: new Date(0),
});

describe("what a mail server does, and what becomes of the recipient", () => {
  test.each<[SinkBehaviour, HandOver["kind"], string, number, number]>([
    ["accept", "accepted", "contacted", 1, 1],
    ["421-at-mail", "relay-fault", "planned", 0, 0],
    ["drop-at-rcpt", "relay-fault", "planned", 0, 0],
    ["drop-at-data", "relay-fault", "planned", 0, 0],
    ["450-at-rcpt", "recipient-deferred", "deferred", 0, 0],
    ["550-at-rcpt", "recipient-refused", "failed", 0, 0],
    ["451-after-dot", "deferred-after-body", "deferred", 1, 1],
    ["550-after-dot", "refused-after-body", "failed", 1, 1],
    ["garbage-after-dot", "unclear", "unconfirmed", 1, 1],
    ["fin-after-dot", "unclear", "unconfirmed", 1, 1],
    ["rst-after-dot", "unclear", "unconfirmed", 1, 1],
    ["hang-after-dot", "unclear", "unconfirmed", 1, 1],
  ])("%s: %s, the recipient is %s", async (behaviour, kind, state, redeems, copies) => {
    const lane = await laneTo(() => behaviour);
    const given = delivery();
    const handOver = await lane.deliver(given);
    expect(handOver.kind).toBe(kind);
    expect(outcomeOf(permit, handOver).state).toBe(state);
    expect(given.redeems()).toBe(redeems);
    expect(open.sink?.messages.length).toBe(copies);
  });

  test("drop-mid-body: aborted, the recipient is planned again, because the server must discard it", async () => {
    const lane = await laneTo(() => "drop-mid-body");
    // Larger than what the sockets' buffers take, so that the drop is felt before the last chunk.
    const handOver = await lane.deliver(delivery({ message: Buffer.alloc(32 * 1024 * 1024, "line\r\n") }));
    expect(handOver.kind).toBe("aborted");
    expect(outcomeOf(permit, handOver)).toMatchObject({ state: "planned", countsAttempt: true });
    expect(open.sink?.messages).toEqual([]);
  });

  test("a lane goes on after every fault: the next message gets a new connection", async () => {
    const lane = await laneTo((_to, attempt) => (attempt === 1 ? "rst-after-dot" : "accept"));
    expect((await lane.deliver(delivery())).kind).toBe("unclear");
    expect((await lane.deliver(delivery())).kind).toBe("accepted");
  });

  test("greylisting is passed on the second try, and the first spent no permit", async () => {
    const lane = await laneTo((_to, attempt) => (attempt === 1 ? "450-at-rcpt" : "accept"));
    const first = delivery();
    expect((await lane.deliver(first)).kind).toBe("recipient-deferred");
    expect(first.redeems()).toBe(0);
    expect((await lane.deliver(delivery())).kind).toBe("accepted");
  });
});

describe("the gate is asked at the last instant", () => {
  test("after the server's 354 and not before", async () => {
    const lane = await laneTo(() => "accept", 80);
    const startedAt = performance.now();
    let askedAfterMs = 0;
    await lane.deliver(
      delivery({
        redeem: async () => {
          askedAfterMs = performance.now() - startedAt;
          return { kind: "go", redeemedAtMs: performance.now() };
        },
      }),
    );
    expect(askedAfterMs).toBeGreaterThan(75);
  });

  test.each([
    ["refuses", async () => ({ kind: "refused" }) as const],
    ["cannot answer", async () => Promise.reject(new Error("the database is away"))],
  ])("when it %s, the server never sees the final dot", async (_name, redeem) => {
    const lane = await laneTo(() => "accept");
    expect((await lane.deliver(delivery({ redeem }))).kind).toBe("not-redeemed");
    await sleep(50);
    expect(open.sink?.messages).toEqual([]);
  });

  test("an answer older than two seconds at the last chunk is not used", async () => {
    const lane = await laneTo(() => "accept");
    const handOver = await lane.deliver(
      delivery({ redeem: async () => ({ kind: "go", redeemedAtMs: performance.now() - 2_500 }) }),
    );
    expect(handOver.kind).toBe("aborted");
    await sleep(50);
    expect(open.sink?.messages).toEqual([]);
  });
});

describe("what must not get through", () => {
  test("a lone dot and commands inside a message stay inside it", async () => {
    const lane = await laneTo(() => "accept");
    const hostile = Buffer.from("Subject: x\r\n\r\n.\r\nMAIL FROM:<a@evil.example>\r\n..\r\nend\r\n");
    expect((await lane.deliver(delivery({ message: hostile }))).kind).toBe("accepted");
    expect(open.sink?.messages.length).toBe(1);
    expect(open.sink?.commands.filter((command) => command.includes("evil"))).toEqual([]);
  });

  test("an address with a line break reaches no server as a command", async () => {
    const lane = await laneTo(() => "accept");
    await lane.deliver(delivery({ to: "a@x.example>\r\nRCPT TO:<v@evil.example" }));
    expect(open.sink?.commands.filter((command) => /^RCPT TO:<v@evil/.test(command))).toEqual([]);
  });

  test("a server's reply is kept without the address it quotes", () => {
    expect(redacted("550 5.1.1 <anna.k@example.com> no such user\r\n")).toBe(
      "550 5.1.1 <(address)> no such user ",
    );
  });
});

test("only a mailbox that does not exist is a hard bounce; a policy rejection is about us", () => {
  const refused = (status: string): HandOver => ({ kind: "recipient-refused", reply: "", status });
  expect(["5.1.1", "5.1.10", "5.2.1"].map((status) => isHardBounce(refused(status)))).toEqual([
    true,
    true,
    true,
  ]);
  expect(["5.7.1", "5.2.2", "4.1.1"].map((status) => isHardBounce(refused(status)))).toEqual([
    false,
    false,
    false,
  ]);
});

describe("SMTP_URL", () => {
  test("demands TLS unless the server is this machine, and never sends a password without it", () => {
    expect(smtpTarget("smtp://relay.example:587")).toMatchObject({
      target: { connection: { requireTLS: true, tls: { rejectUnauthorized: true } } },
    });
    expect(smtpTarget("smtp://127.0.0.1:2525")).toMatchObject({
      target: { connection: { ignoreTLS: true } },
    });
    expect(smtpTarget("smtp://user:pass@relay.example?tls=none")).toMatchObject({ kind: "problem" });
    expect(smtpTarget("http://relay.example")).toMatchObject({ kind: "problem" });
  });

  test("a server that offers no STARTTLS gets nothing when TLS is demanded", async () => {
    open.sink = await startSmtpSink({ keepCommands: true });
    const target = smtpTarget(`smtp://user:secret@127.0.0.1:${open.sink.port}?tls=require`, TIMEOUTS);
    if (target.kind === "problem") throw new Error(target.message);
    open.lane = openLane(target.target);
    expect((await open.lane.deliver(delivery())).kind).toBe("relay-fault");
    expect(open.sink.commands.filter((command) => /^(AUTH|MAIL|DATA)/i.test(command))).toEqual([]);
  });
});

test("a real mail server takes the message as it was made", async () => {
  const received: string[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    onData: (stream, _session, callback) => {
      let text = "";
      stream.on("data", (chunk: Buffer) => {
        text += chunk.toString("latin1");
      });
      stream.on("end", () => {
        received.push(text);
        callback(null, "queued as R123456");
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.server.address();
  const target = smtpTarget(
    `smtp://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
    TIMEOUTS,
  );
  if (target.kind === "problem") throw new Error(target.message);
  open.lane = openLane(target.target);
  const handOver = await open.lane.deliver(delivery());
  expect(handOver).toMatchObject({ kind: "accepted", queueId: "R123456" });
  expect(received).toEqual([MESSAGE.toString("latin1")]);
  open.lane.close();
  await new Promise<void>((resolve) => server.close(resolve));
});

test.each([
  ["250 2.0.0 Ok: queued as 4XyZ12abcd", "4XyZ12abcd"],
  ["250 OK id=1tKq3v-0003Xy-Ab", "1tKq3v-0003Xy-Ab"],
  ["250 OK: message queued", null],
])("the queue's id in %j is %j", (reply, id) => {
  expect(queueIdOf(reply)).toBe(id);
});
