import { type ChildProcess, fork } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { inWorkspace, openDatabase } from "#db/database";
import { EMPTY_HEAD, leafOfText, leafText, nextHead } from "#db/ledger/chain";
import { signCheckpoint } from "#db/ledger/checkpoint";
import { EMPTY_ROOT, emptyFrontier, entryHash } from "#db/ledger/merkle";
import { noteSigner, verifierKeys } from "#db/ledger/note";
import { appendConsentEvents } from "#db/queries/consent-events";
import { ledgerExport } from "#flow/ledger/export";
import { checkpointsFile, eventsFile, eventsHeader, SEGMENT_EVENTS } from "#flow/ledger/export-format";
import { sealBatch } from "#flow/ledger/seal";
import { draftFor, gatesOf } from "../support/consent-events.ts";
import { createWorkspace, TEST_SECRETS, type TestWorkspace } from "../support/product.ts";
import { peakRssOf } from "./child.ts";
import type { LedgerOrder, LedgerReport } from "./ledger.main.ts";

export interface SealingBench {
  readonly unsealedPerSecond: number;
  readonly sealedPerSecond: number;
  readonly ratio: number;
  readonly events: number;
}

const WRITERS = 16;
const KEYS = 2_000;
const SLICE_MS = 2_500;
/** Evidence to be sealed, as a form brings it. */
const PAYLOAD = { page: "https://acme.example/sign-up" };

/**
 * Consent events written by 16 writers, one event a transaction, with the sealer off and on in turns, so that what else
 * happens on the machine falls on both alike. The sealer seals and exports each second, in this process as in a worker's.
 */
export async function benchSealing(
  databaseUrl: string,
  rounds: number,
  directory: string,
): Promise<SealingBench> {
  const workspace = await createWorkspace(databaseUrl, WRITERS + 2);
  const ledgerDatabase = openDatabase(databaseUrl, { connectionsMax: 2, role: "consentry_ledger" });
  const files = ledgerExport(ledgerDatabase, TEST_SECRETS.ledger, directory);
  const seal = async () => {
    for (;;) {
      const sealed = await sealBatch(ledgerDatabase, TEST_SECRETS.ledger);
      const fresh = sealed.kind === "sealed" ? sealed : null;
      await files.catchUp(fresh);
      if (fresh === null || fresh.events.length < 10_000) return;
    }
  };
  try {
    const gates = await gatesOf(workspace, KEYS);
    const counts = { off: 0, on: 0 };
    const ms = { off: 0, on: 0 };
    await writeFor(workspace, gates, SLICE_MS);
    for (let round = 0; round < rounds * 2; round += 1) {
      const side = round % 4 === 0 || round % 4 === 3 ? "off" : "on";
      // What was written unsealed is sealed before its turn, so that each turn pays for its own events.
      await seal();
      const startedAt = performance.now();
      let isOver = false;
      const sealing = (async () => {
        while (side === "on" && !isOver) {
          await seal();
          await new Promise((resolve) => setTimeout(resolve, 1_000));
        }
      })();
      counts[side] += await writeFor(workspace, gates, SLICE_MS);
      ms[side] += performance.now() - startedAt;
      isOver = true;
      await sealing;
    }
    const rate = (side: "off" | "on") => (counts[side] / ms[side]) * 1_000;
    return {
      unsealedPerSecond: rate("off"),
      sealedPerSecond: rate("on"),
      ratio: rate("on") / rate("off"),
      events: counts.off + counts.on,
    };
  } finally {
    await ledgerDatabase.close();
    await workspace.close();
  }
}

async function writeFor(workspace: TestWorkspace, gates: readonly number[], ms: number): Promise<number> {
  const until = performance.now() + ms;
  let written = 0;
  await Promise.all(
    Array.from({ length: WRITERS }, async (_, writer) => {
      for (let turn = writer; performance.now() < until; turn += WRITERS) {
        await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
          appendConsentEvents(tx, TEST_SECRETS.master, workspace.workspaceId, [
            { ...draftFor(workspace, gates[turn % gates.length] ?? 0), payload: PAYLOAD },
          ]),
        );
        written += 1;
      }
    }),
  );
  return written;
}

export interface VerifyBench {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakRssBytes: number;
}

const BATCH = 2_000;

/** Verifies an export of so many events on as many keys as there are persons, in a process of its own. */
export async function benchVerify(events: number, persons: number, directory: string): Promise<VerifyBench> {
  const origin = "consentry-ledger/0198c0de-0000-7000-8000-000000000000";
  writeExport(events, persons, directory, origin);
  const child: ChildProcess = fork(new URL("./ledger.main.ts", import.meta.url), [], {
    execArgv: ["--import", "tsx"],
    env: { PATH: process.env["PATH"] ?? "" },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const order: LedgerOrder = { directory, keys: verifierKeys(TEST_SECRETS.ledger, origin) };
  child.send(order);
  const [report] = (await once(child, "message")) as [LedgerReport];
  const peakRssBytes = peakRssOf(child.pid ?? 0);
  child.kill("SIGTERM");
  if (report.events !== events || report.fault !== null)
    throw new Error(`verify said ${JSON.stringify(report)}`);
  return { seconds: report.seconds, cpuSeconds: report.cpuSeconds, peakRssBytes };
}

/** An export as the product writes it, without the hours of making a million events in a database. */
function writeExport(events: number, persons: number, directory: string, origin: string): void {
  mkdirSync(directory, { recursive: true });
  const signer = noteSigner(TEST_SECRETS.ledger, origin);
  const frontier = emptyFrontier();
  const tips = new Map<number, { seq: number; head: Buffer }>();
  const startedAt = Date.now() - events;
  let previous = { size: 0, root: EMPTY_ROOT };
  let newest = "";
  for (let segment = 0; segment * SEGMENT_EVENTS < events; segment += 1) {
    const file = openSync(eventsFile(directory, segment), "w");
    const notes: string[] = [];
    let text = eventsHeader(origin, segment);
    const last = Math.min(events, (segment + 1) * SEGMENT_EVENTS);
    for (let position = segment * SEGMENT_EVENTS; position < last; position += 1) {
      const gateId = 1 + ((position * 7_919) % persons);
      const tip = tips.get(gateId) ?? { seq: 0, head: EMPTY_HEAD };
      const event = leafText(
        fieldsAt(position, gateId, tip.seq + 1, startedAt),
        createHash("sha256").update(`${position}`).digest(),
      );
      const leaf = leafOfText(Buffer.from(event));
      const head = nextHead(tip.head, leaf);
      tips.set(gateId, { seq: tip.seq + 1, head });
      frontier.push(entryHash(WORKSPACE, gateId, tip.seq + 1, leaf));
      text += `${position} ${leaf.toString("hex")} ${head.toString("hex")} ${event}\n`;
      if ((position + 1) % BATCH === 0 || position + 1 === events) {
        const root = frontier.root();
        newest = signCheckpoint(
          {
            origin,
            size: position + 1,
            root,
            time: new Date(startedAt + position).toISOString(),
            previousSize: previous.size,
            previousRoot: previous.root,
          },
          signer,
        );
        previous = { size: position + 1, root };
        notes.push(`${newest}\n`);
      }
      if (text.length > 1_000_000) {
        writeSync(file, text);
        text = "";
      }
    }
    writeSync(file, text);
    closeSync(file);
    writeFileSync(checkpointsFile(directory, segment), notes.join(""));
  }
  writeFileSync(join(directory, "checkpoint"), newest);
}

const WORKSPACE = "0198c0de-0000-7000-8000-00000000c0de";

const fieldsAt = (position: number, gateId: number, seq: number, startedAt: number) => ({
  workspaceId: WORKSPACE,
  gateId,
  seq,
  type: "given",
  channel: "email",
  contactId: `0198c0de-0000-7000-8000-${String(gateId).padStart(12, "0")}`,
  contactPointId: `0198c0de-0000-7000-9000-${String(gateId).padStart(12, "0")}`,
  senderId: WORKSPACE,
  purposeId: WORKSPACE,
  occurredAt: new Date(startedAt + position - 1_000).toISOString(),
  recordedAt: new Date(startedAt + position).toISOString(),
  method: "double-opt-in",
  actor: "person",
  claimed: false,
  lifts: false,
  noticeId: WORKSPACE,
  expiresAt: null,
  campaignId: null,
  suppressionKind: null,
});
