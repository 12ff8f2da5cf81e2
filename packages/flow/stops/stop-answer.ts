import type { LastStop } from "#db/queries/last-stop";

/** What the person or operator who pressed "stop" is told. */
export interface StopAnswer {
  /** 0: nothing more will be completed. n: this many were already on the wire and may still arrive. */
  readonly inFlight: number;
  /** From when the stop binds. */
  readonly since: Date;
  /** The consent events that recorded it; empty when the same stop was already in force. */
  readonly eventIds: readonly number[];
  /** One-time undo, valid for 15 minutes; only in the answer to the person's own press. */
  readonly undoNonce: string | null;
  /** The event that holds the stop, for its receipt; a second press has the first one's. Null: stops on several keys. */
  readonly recorded: LastStop | null;
  readonly waitedMs: number;
}
