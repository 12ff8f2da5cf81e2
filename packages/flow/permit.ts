declare const issuedByTheGate: unique symbol;

/**
 * A short-lived capability to contact one recipient once. Only the gate makes one, out of an `allow`; senders
 * demand it, and it is worth nothing until it is redeemed at the last instant before contact.
 */
export interface Permit {
  readonly [issuedByTheGate]: true;
  readonly permitId: string;
  readonly workspaceId: string;
  readonly campaignId: string;
  readonly month: string;
  readonly recipientId: number;
  readonly gateId: number;
  readonly contactId: string;
  readonly expiresAt: Date;
}

export type PermitFields = Omit<Permit, typeof issuedByTheGate>;

/** Makes a permit. Called by the screen alone, right where the gate said `allow`. */
export function issuePermit(fields: PermitFields): Permit {
  return Object.freeze({ ...fields }) as Permit;
}
