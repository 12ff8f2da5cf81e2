import { randomUUID } from "node:crypto";
import type { PermittedRecipient } from "#flow/gate/screen";
import { issuePermit } from "#flow/permit";
import { startComposePool } from "../../apps/worker/email/compose-pool.ts";
import { startEmailSender } from "../../apps/worker/email/sender.ts";
import { smtpTarget } from "../../apps/worker/email/smtp-target.ts";
import { LANES, type SendOrder } from "./order.ts";

/**
 * The product's own sender without a gate: it composes, signs and hands over the same messages over the same lanes,
 * with nobody asked and nothing stored. What the gated campaign is slower than this is the price of the gate.
 */
const BATCH = 200;
/** Signs and names what is asked of nobody; no row has it. */
const NOBODYS_ID = "00000000-0000-7000-8000-000000000000";

process.once("message", (order) => void send(order as SendOrder));
process.on("disconnect", () => process.exit(0));

async function send(order: SendOrder): Promise<void> {
  const target = smtpTarget(`smtp://127.0.0.1:${order.port}`);
  if (target.kind === "problem") throw new Error(target.message);
  const pool = startComposePool();
  const sender = startEmailSender({
    // The sender touches the database through the redeemer alone; this one has none to ask.
    deps: { database: null as never, keys: order.secrets, ring: async () => undefined },
    pool,
    redeemer: {
      redeem: async ({ permit }) => ({ kind: "redeemed", permit, redeemedAtMs: performance.now() }),
    },
    target: target.target,
    publicUrl: "http://127.0.0.1:8080",
    lanes: LANES,
    messageBytesMax: 262_144,
  });
  const pending = new Set<Promise<unknown>>();
  for (let first = 0; first < order.count; first += BATCH) {
    const people = Array.from({ length: Math.min(BATCH, order.count - first) }, (_, place) =>
      person(first + place),
    );
    for (const ready of await sender.compose(order.variant, people)) {
      if (ready.kind !== "ready") throw new Error(ready.reason);
      await sender.whenFree();
      const delivery = sender.deliver(ready).then(({ handOver }) => {
        if (handOver.kind !== "accepted") throw new Error(handOver.kind);
        pending.delete(delivery);
      });
      pending.add(delivery);
    }
  }
  await Promise.all(pending);
  sender.close();
  await pool.close();
  process.exit(0);
}

function person(place: number): PermittedRecipient {
  return {
    permit: issuePermit({
      permitId: randomUUID(),
      workspaceId: NOBODYS_ID,
      campaignId: NOBODYS_ID,
      month: "2026-01-01",
      recipientId: place + 1,
      gateId: place + 1,
      contactId: randomUUID(),
      expiresAt: new Date(Date.now() + 30_000),
    }),
    to: `person${place}@example.com`,
    identity: { points: {}, fullName: `Person ${place}`, givenName: "Person" },
    attributes: { city: "Berlin" },
    language: "en",
    cap: "none",
    reason: "consent-express",
  };
}
