import type { NoticeText, ProofMessage, SpeakerText } from "#db/read-models/proof";
import type { OpenEvidence } from "./open-evidence.ts";

/** The form of a proof pack; the number changes with it. docs/ledger.md describes it. */
export const PACK_FORMAT = "consentry-proof/1";

export interface PackEvent {
  readonly seq: number;
  /** Hex. */
  readonly leaf: string;
  /** The text that the leaf hashes; null: the event is another person's on the same key. */
  readonly text: string | null;
  /** Null: another person's, or erased with the person. */
  readonly evidence: OpenEvidence | null;
  /** Place in the tree; null: not yet sealed, or another person's. */
  readonly position: number | null;
  /** The path to the checkpoint's root, from the leaf up; hex. */
  readonly proof: readonly string[];
}

/** A key's chain from its first event on. */
export interface PackChain {
  readonly gateId: number;
  readonly workspaceId: string;
  /** The head after the last event; hex. */
  readonly head: string;
  readonly events: readonly PackEvent[];
}

export type PackMessage = Omit<ProofMessage, "decision"> & {
  readonly decision: Omit<NonNullable<ProofMessage["decision"]>, "eventId"> | null;
  /** The consent event that the decision rests on. */
  readonly permission: { readonly gateId: number; readonly seq: number } | null;
};

export interface ProofPack {
  readonly format: typeof PACK_FORMAT;
  readonly origin: string;
  readonly madeAt: string;
  /** The signed note that the paths lead to; null while nothing is sealed. */
  readonly checkpoint: string | null;
  /** The public keys, for convenience: who checks takes them from elsewhere. */
  readonly keys: readonly string[];
  readonly person: {
    readonly contactId: string;
    /** Contacts that turned out to be the same person; what is on record of them is theirs too. */
    readonly mergedContactIds: readonly string[];
    readonly workspaceId: string;
    readonly erasedAt: string | null;
    readonly contactPoints: readonly {
      readonly id: string;
      readonly channel: "email" | "phone";
      readonly gateId: number;
      readonly value: string | null;
    }[];
  };
  readonly speakers: readonly SpeakerText[];
  readonly notices: readonly NoticeText[];
  readonly chains: readonly PackChain[];
  readonly messages: readonly PackMessage[];
}
