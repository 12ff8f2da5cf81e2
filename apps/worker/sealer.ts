import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import { openDatabase } from "#db/database";
import type { Config } from "#flow/config";
import { announceCheckpoint } from "#flow/ledger/announce";
import { type LedgerExport, ledgerExport } from "#flow/ledger/export";
import { BATCH_EVENTS_MAX, type Sealed, sealBatch } from "#flow/ledger/seal";

const SEAL_EVERY_MS = 1_000;
/** A webhook that does not take a checkpoint is tried again with the newest one then. */
const ANNOUNCE_PAUSE_MS = 60_000;

export interface RunningSealer {
  /** Finishes the batch under way. */
  stop(): Promise<void>;
}

/**
 * Seals the ledger about each second, writes the export and tells the webhook. Every worker runs one; a lock in the
 * database lets one of them seal at a time.
 */
export function startSealer(config: Config, log: Logger): RunningSealer {
  const { webhookUrl, webhookMayBePrivate } = config.ledger;
  const exportDirectory = config.ledgerExportDir;
  const database = openDatabase(config.databaseUrl, {
    connectionsMax: 2,
    role: "consentry_ledger",
    applicationName: "consentry sealer",
  });
  const stopping = new AbortController();
  if (exportDirectory === null) log.warn("LEDGER_EXPORT_DIR is not set: the ledger is sealed, not exported");
  const files =
    exportDirectory === null ? null : ledgerExport(database, config.secrets.ledger, exportDirectory);
  let nextAnnounceAt = 0;
  const announce = async (note: string) => {
    if (webhookUrl === null || Date.now() < nextAnnounceAt) return;
    const announced = await announceCheckpoint(webhookUrl, note, { mayBePrivate: webhookMayBePrivate });
    nextAnnounceAt = announced.kind === "taken" ? 0 : Date.now() + ANNOUNCE_PAUSE_MS;
    if (announced.kind !== "taken") log.warn({ announced }, "the webhook did not take a checkpoint");
  };

  const round = async (): Promise<boolean> => {
    const sealed = await sealBatch(database, config.secrets.ledger);
    if (sealed.kind === "numbers-went-back")
      log.error("the database's transaction numbers went back: nothing is sealed; see docs/ledger.md");
    const fresh = sealed.kind === "sealed" ? sealed : null;
    await writeOut(files, fresh, log);
    // In the background: a slow receiver must not hold up sealing.
    if (fresh !== null) void announce(fresh.note);
    return fresh !== null && fresh.events.length === BATCH_EVENTS_MAX;
  };
  const running = (async () => {
    while (!stopping.signal.aborted) {
      const isBehind = await round().catch((error: unknown) => {
        log.error({ err: error }, "the ledger could not be sealed or exported and will be tried again");
        return false;
      });
      if (!isBehind)
        await sleep(SEAL_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();
  return {
    stop: async () => {
      stopping.abort();
      await running;
      await database.close();
    },
  };
}

async function writeOut(
  files: LedgerExport | null,
  fresh: Extract<Sealed, { kind: "sealed" }> | null,
  log: Logger,
): Promise<void> {
  const exported = await files?.catchUp(fresh);
  if (exported?.kind === "differs" || exported?.kind === "ahead")
    log.error({ exported }, "the ledger's export is not the database's: nothing more is written into it");
}
