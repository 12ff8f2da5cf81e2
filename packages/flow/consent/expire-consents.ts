import { type Database, inWorkspace, outsideWorkspaces } from "#db/database";
import { appendConsentEvents } from "#db/queries/consent-events";
import { lockGates } from "#db/queries/gates";
import { type LapsedConsent, lapsedConsents } from "#db/queries/lapses";
import { personKeyOfContact } from "#db/queries/person-keys";
import { listWorkspaces } from "#db/queries/workspaces";
import type { Keyring } from "#db/vault/keyring";

const AT_ONCE = 200;

export interface ExpiryDeps {
  readonly database: Database;
  readonly keys: { readonly master: Keyring };
}

/**
 * Puts an `expired` event on record for every consent whose own date, or whose purpose's term, is over: both were fixed
 * when it was given. The gate blocks such a consent by itself from the instant on; the event says so in the person's
 * history. A lifetime of the policy makes no event: a policy may be changed back, an event may not, so that such a lapse
 * is derived wherever it is shown (`readStandings`). Repeating it, or several at once, adds nothing.
 * @returns how many events were recorded.
 */
export async function expireConsents(deps: ExpiryDeps): Promise<number> {
  let recorded = 0;
  for (const { id: workspaceId } of await outsideWorkspaces(deps.database, listWorkspaces)) {
    for (;;) {
      const count = await expireSome(deps, workspaceId);
      recorded += count;
      if (count < AT_ONCE) break;
    }
  }
  return recorded;
}

async function expireSome(deps: ExpiryDeps, workspaceId: string): Promise<number> {
  return inWorkspace(deps.database, workspaceId, async (tx) => {
    const seen = await lapsedConsents(tx, null, AT_ONCE);
    if (seen.length === 0) return 0;
    const gateIds = [...new Set(seen.map((lapsed) => lapsed.gateId))];
    await lockGates(tx, gateIds);
    // Asked again under the lock: the person may have renewed, or another process recorded it.
    const lapsed = await lapsedConsents(tx, gateIds, AT_ONCE);
    const drafts = [];
    for (const each of lapsed) {
      const personKey = await personKeyOfContact(tx, deps.keys.master, each.contactId);
      drafts.push(expiredEvent(each, personKey));
    }
    await appendConsentEvents(tx, deps.keys.master, workspaceId, drafts);
    return drafts.length;
  });
}

const expiredEvent = (lapsed: LapsedConsent, personKey: Buffer | null) => ({
  gateId: lapsed.gateId,
  channel: lapsed.channel,
  type: "expired" as const,
  contactId: lapsed.contactId,
  contactPointId: lapsed.contactPointId,
  senderId: lapsed.senderId,
  purposeId: lapsed.purposeId,
  occurredAt: lapsed.lapsedAt,
  method: "lapse",
  actor: "system",
  claimed: false,
  lifts: false,
  noticeId: null,
  expiresAt: null,
  campaignId: null,
  suppressionKind: null,
  payload: {},
  personKey,
});
