import { inWorkspace } from "#db/database";
import { recordAudit } from "#db/queries/audit";
import { setRelationship } from "#db/queries/contact-facts";
import { lockContacts, readContacts } from "#db/queries/contact-write";
import { bumpGates } from "#db/queries/gates";
import { type RelationshipRow, readRelationships } from "#db/queries/law-facts";
import { isSender } from "#db/queries/senders";
import type { FlowDeps } from "../deps.ts";

export type RelationshipResult =
  | { readonly kind: "set"; readonly relationship: RelationshipRow }
  | { readonly kind: "contact-unknown" }
  | { readonly kind: "sender-unknown" }
  | { readonly kind: "erased" };

/**
 * Says what a contact and a sender have to do with each other. Whole: what is not said is not so. Legal bases other
 * than consent rest on it, so every permit of the contact goes stale.
 */
export async function recordRelationship(
  deps: FlowDeps,
  request: {
    readonly workspaceId: string;
    readonly actor: string;
    readonly senderId: string;
    readonly relationship: RelationshipRow;
  },
): Promise<RelationshipResult> {
  const { workspaceId, senderId, relationship } = request;
  const { contactId } = relationship;
  return inWorkspace(deps.database, workspaceId, async (tx): Promise<RelationshipResult> => {
    await lockContacts(tx, [contactId]);
    const [contact] = await readContacts(tx, [contactId]);
    if (contact === undefined) return { kind: "contact-unknown" };
    if (contact.erasedAt !== null) return { kind: "erased" };
    if (!(await isSender(tx, senderId))) return { kind: "sender-unknown" };
    await setRelationship(tx, workspaceId, senderId, relationship);
    await bumpGates(
      tx,
      contact.points.map((point) => point.gateId),
    );
    // When somebody bought something is about the person; the audit names the fields alone.
    const said = Object.entries(relationship).filter(([, value]) => value !== null && value !== false);
    await recordAudit(tx, workspaceId, request.actor, "relationship-set", contactId, {
      senderId,
      fields: said.map(([field]) => field).filter((field) => field !== "contactId"),
    });
    const [stored] = await readRelationships(tx, senderId, [contactId]);
    if (stored === undefined) throw new Error("the relationship just stored cannot be read");
    return { kind: "set", relationship: stored };
  });
}
