import { inWorkspace } from "#db/database";
import type { ConsentEventDraft } from "#db/queries/consent-events";
import { ensureGates } from "#db/queries/gates";
import { blindDigests } from "#db/vault/blind-index";
import { TEST_SECRETS, type TestWorkspace } from "./product.ts";

/** Gate rows of so many addresses of nobody in particular. */
export const gatesOf = ({ database, workspaceId }: TestWorkspace, count: number): Promise<number[]> =>
  inWorkspace(database, workspaceId, (tx) =>
    ensureGates(
      tx,
      workspaceId,
      Array.from({ length: count }, (_, place) => ({
        channel: "email" as const,
        digests: blindDigests(TEST_SECRETS.index, workspaceId, "gate", `p${place}@example.com`),
      })),
    ),
  );

const CONTACT = "0198c0de-0000-7000-8000-00000000c0de";

/** An event of one of these keys, as a form on the web makes it. */
export const draftFor = (
  { senderId, purposeId, noticeId }: TestWorkspace,
  gateId: number,
  type: ConsentEventDraft["type"] = "given",
): ConsentEventDraft => ({
  gateId,
  channel: "email",
  type,
  contactId: CONTACT,
  contactPointId: null,
  senderId,
  purposeId,
  occurredAt: new Date(),
  method: "web-form",
  actor: "person",
  claimed: false,
  lifts: false,
  noticeId,
  expiresAt: null,
  campaignId: null,
  suppressionKind: null,
  payload: {},
  personKey: null,
});
