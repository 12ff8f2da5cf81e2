import { randomUUIDv7 } from "node:crypto";
import { type ConsentStatus, consentStatus } from "#core/consent-state";
import { DATA_CLASSES, type DataClass, RETENTION, retentionDays } from "#core/rights/retention";
import { inWorkspace, outsideWorkspaces, readClock, type Tx } from "#db/database";
import { recordAudit } from "#db/queries/audit";
import { readConsentEvents } from "#db/queries/consent-events";
import { lockContacts, readContacts } from "#db/queries/contact-write";
import { shredContacts } from "#db/queries/erasure";
import { bumpGates } from "#db/queries/gates";
import {
  chooseRetention,
  chosenRetention,
  dropPastMonth,
  inactiveContacts,
  monthsPastRetention,
  oldAnswers,
  oldImportFiles,
  oldRequestTexts,
  recordRetentionRun,
  workspacesToRetain,
} from "#db/queries/retention";
import type { FlowDeps } from "../deps.ts";
import { ledgerEvents } from "../gate/consent-facts.ts";
import type { CapturedInbox } from "../inbox.ts";

const BATCH = 500;
const DAY_MS = 86_400_000;

export type Removed = Readonly<Record<DataClass, number>>;

export interface RetentionAsk {
  readonly workspaceId: string;
  /** True: counts what would be removed, and removes nothing. */
  readonly dryRun: boolean;
  readonly actor: string;
}

/**
 * Removes what was kept long enough, class by class, and records how much; a dry run only counts. Consent evidence,
 * tombstones and the ledger are no class: they stay. `contact-history` is counted in months of all workspaces.
 */
export async function retain(
  deps: FlowDeps,
  inbox: CapturedInbox | null,
  ask: RetentionAsk,
): Promise<Removed> {
  const { workspaceId } = ask;
  const chosen = await inWorkspace(deps.database, workspaceId, chosenRetention);
  const days = (dataClass: DataClass) => retentionDays(chosen, dataClass);
  const simple = (query: typeof oldAnswers, dataClass: DataClass) =>
    inWorkspace(deps.database, workspaceId, (tx) => query(tx, days(dataClass), !ask.dryRun));
  const removed: Removed = {
    "stored-answers": await simple(oldAnswers, "stored-answers"),
    "import-files": await simple(oldImportFiles, "import-files"),
    "captured-messages": await oldCaptured(deps, inbox, days("captured-messages"), ask.dryRun),
    "privacy-request-texts": await simple(oldRequestTexts, "privacy-request-texts"),
    "inactive-contacts": await oldContacts(deps, ask, days("inactive-contacts")),
    "contact-history": await oldMonths(deps, ask.dryRun),
  };
  if (!ask.dryRun) {
    await inWorkspace(deps.database, workspaceId, async (tx) => {
      await recordRetentionRun(tx, workspaceId, randomUUIDv7(), removed);
      await recordAudit(tx, workspaceId, ask.actor, "retention-run", workspaceId, removed);
    });
  }
  return removed;
}

/** The daily run of every workspace that is due. */
export async function retainWhereDue(deps: FlowDeps, inbox: CapturedInbox | null): Promise<number> {
  const due = await outsideWorkspaces(deps.database, workspacesToRetain);
  for (const workspaceId of due)
    await retain(deps, inbox, { workspaceId, dryRun: false, actor: "retention" });
  return due.length;
}

async function oldCaptured(
  deps: FlowDeps,
  inbox: CapturedInbox | null,
  days: number,
  dryRun: boolean,
): Promise<number> {
  if (inbox === null) return 0;
  const now = await outsideWorkspaces(deps.database, readClock);
  return inbox.removeBefore(new Date(now.getTime() - days * DAY_MS), dryRun);
}

async function oldMonths(deps: FlowDeps, dryRun: boolean): Promise<number> {
  const { daysDefault } = RETENTION["contact-history"];
  const months = await outsideWorkspaces(deps.database, (tx) => monthsPastRetention(tx, daysDefault));
  for (const month of dryRun ? [] : months)
    await outsideWorkspaces(deps.database, (tx) => dropPastMonth(tx, month, daysDefault));
  return months.length;
}

/**
 * People with whom nothing happened for so long. They are shredded as after an erasure, but nobody asked for it: no
 * tombstone keeps them away. A stop of theirs stays in force on the key.
 */
async function oldContacts(deps: FlowDeps, ask: RetentionAsk, days: number): Promise<number> {
  const { workspaceId } = ask;
  const candidates = await inWorkspace(deps.database, workspaceId, (tx) =>
    inactiveContacts(tx, days, ask.dryRun ? 1_000_000 : BATCH * 20),
  );
  let count = 0;
  for (let place = 0; place < candidates.length; place += BATCH) {
    const ids = candidates.slice(place, place + BATCH);
    count += await inWorkspace(deps.database, workspaceId, async (tx) => {
      await lockContacts(tx, ids);
      const gone = await withoutPermission(tx, ids);
      if (ask.dryRun) return gone.length;
      await bumpGates(
        tx,
        gone.flatMap((record) => record.points.map((point) => point.gateId)),
      );
      await shredContacts(
        tx,
        gone.map((record) => record.id),
      );
      return gone.length;
    });
  }
  return count;
}

/** Kept: consent is in force, or waits to be asked for again because its notice has changed. */
const KEEPS: ReadonlySet<ConsentStatus> = new Set(["yes", "notice-changed"]);

/** Those of these contacts who have no consent in force for anything. */
async function withoutPermission(tx: Tx, contactIds: readonly string[]) {
  const now = (await readClock(tx)).toISOString();
  const records = await readContacts(tx, contactIds);
  const events = await readConsentEvents(tx, [
    ...new Set(records.flatMap((record) => record.points.map((point) => point.gateId))),
  ]);
  return records.filter((record) => {
    const gateIds = new Set(record.points.map((point) => point.gateId));
    const own = events.filter((event) => gateIds.has(event.gateId));
    const topics = Map.groupBy(own, (event) => `${event.purposeId} ${event.channel}`);
    return ![...topics.values()].some((topic) => KEEPS.has(consentStatus(ledgerEvents(topic), now)));
  });
}

export type ChooseRetentionResult =
  | { readonly kind: "chosen" }
  | { readonly kind: "out-of-range"; readonly min: number; readonly max: number };

/** Sets how long a class is kept in a workspace. */
export async function setRetention(
  deps: FlowDeps,
  choice: {
    readonly workspaceId: string;
    readonly dataClass: DataClass;
    readonly days: number;
    readonly actor: string;
  },
): Promise<ChooseRetentionResult> {
  const { workspaceId, dataClass, days } = choice;
  const { daysMin, daysMax } = RETENTION[dataClass];
  if (days < daysMin || days > daysMax) return { kind: "out-of-range", min: daysMin, max: daysMax };
  await inWorkspace(deps.database, workspaceId, async (tx) => {
    const before = retentionDays(await chosenRetention(tx), dataClass);
    await chooseRetention(tx, workspaceId, dataClass, days);
    await recordAudit(tx, workspaceId, choice.actor, "retention-changed", dataClass, { before, after: days });
  });
  return { kind: "chosen" };
}

/** Every class with what it covers and how long it is kept. */
export async function retentionTable(deps: FlowDeps, workspaceId: string) {
  const chosen = await inWorkspace(deps.database, workspaceId, chosenRetention);
  return DATA_CLASSES.map((dataClass) => ({
    dataClass,
    ...RETENTION[dataClass],
    days: retentionDays(chosen, dataClass),
  }));
}
