/** What is wrong with a ledger. */
export type TamperKind =
  /** An event's text is not what was sealed. */
  | "event-altered"
  /** An event that was sealed is gone. */
  | "event-missing"
  /** An event stands where none was sealed. */
  | "event-inserted"
  /** Sealed events stand in another order. */
  | "events-reordered"
  /** An event does not continue its key's chain. */
  | "chain-broken"
  /** A key's last event in the database is not the last of its chain. */
  | "tip-mismatch"
  /** The events give another root than the checkpoint says. */
  | "root-mismatch"
  /** No key that was given signed a checkpoint. */
  | "checkpoint-not-signed"
  /** A checkpoint does not follow from the one before it, in size, time or root. */
  | "checkpoint-order"
  /** The newest checkpoints are gone. */
  | "checkpoint-rolled-back"
  /** A checkpoint in the database is not the one in the files. */
  | "checkpoint-altered"
  /** A file is not what the manifest says. */
  | "manifest-mismatch";

export type IncompleteKind =
  | "no-checkpoint"
  | "file-missing"
  | "half-written"
  /** Events that a checkpoint seals are not in the files yet. */
  | "events-not-exported"
  /** The database has sealed more than the files hold. */
  | "export-behind"
  /** Events wait too long to be sealed. */
  | "unsealed-tail"
  /** An event of a proof pack was not sealed when the pack was made. */
  | "not-yet-sealed";

/** The place of a bad event, as far as it is known. */
export interface EventPlace {
  /** From 0, in the order of the tree. */
  readonly position: number | null;
  readonly workspaceId: string | null;
  readonly gateId: number | null;
  readonly seq: number | null;
}

export type Finding =
  | {
      readonly kind: "tampered";
      readonly fault: TamperKind;
      readonly at: EventPlace;
      readonly detail: string;
    }
  | { readonly kind: "incomplete"; readonly fault: IncompleteKind; readonly detail: string };

export const tampered = (fault: TamperKind, at: Partial<EventPlace>, detail: string): Finding => ({
  kind: "tampered",
  fault,
  at: {
    position: at.position ?? null,
    workspaceId: at.workspaceId ?? null,
    gateId: at.gateId ?? null,
    seq: at.seq ?? null,
  },
  detail,
});

export const incomplete = (fault: IncompleteKind, detail: string): Finding => ({
  kind: "incomplete",
  fault,
  detail,
});
