import { Readable } from "node:stream";

/** How far a message got. `pre`: nothing was read, no permit spent. `complete`: all of it was given to the socket. */
export type BodyPhase = "pre" | "started" | "complete";

/** More than this between redeem and the last chunk aborts before the dot: the gate's answer has grown old. */
const REDEEM_AGE_MAX_MS = 2_000;
const CHUNK_BYTES = 16 * 1024;

export type RedeemAnswer =
  | { readonly kind: "go"; readonly redeemedAtMs: number }
  | { readonly kind: "refused" };

/**
 * A message body that asks the gate before its first byte. nodemailer reads it only after the server's `354`, so
 * everything that fails before spends nothing. When the gate refuses, or the answer has grown older than 2 s, the
 * stream is destroyed and the server never sees the final dot.
 */
export class GuardedBody extends Readable {
  phase: BodyPhase = "pre";
  redeemed = false;
  refused = false;
  /** Resolves when the gate has answered, so that a drop during the question is still accounted for. */
  asked: Promise<void> = Promise.resolve();
  readonly #message: Buffer;
  readonly #redeem: () => Promise<RedeemAnswer>;
  #offset = 0;
  #redeemedAtMs = 0;
  #redeemedAtWallMs = 0;

  constructor(message: Buffer, redeem: () => Promise<RedeemAnswer>) {
    super({ highWaterMark: CHUNK_BYTES });
    this.#message = message;
    this.#redeem = redeem;
  }

  override _read(): void {
    if (this.phase !== "pre") {
      this.#pushNext();
      return;
    }
    this.phase = "started";
    this.asked = this.#redeem().then(
      (answer) => {
        if (answer.kind === "refused") {
          this.refused = true;
          this.destroy(new Error("the gate refused"));
          return;
        }
        this.redeemed = true;
        this.#redeemedAtMs = answer.redeemedAtMs;
        this.#redeemedAtWallMs = Date.now() - (performance.now() - answer.redeemedAtMs);
        if (!this.destroyed) this.#pushNext();
      },
      (error: unknown) => {
        this.refused = true;
        this.destroy(error instanceof Error ? error : new Error("the gate did not answer"));
      },
    );
  }

  #pushNext(): void {
    if (this.#offset >= this.#message.length) {
      this.phase = "complete";
      this.push(null);
      return;
    }
    // Both clocks: the monotonic one may stand still while the machine sleeps, the wall clock may be set back.
    const ageMs = Math.max(performance.now() - this.#redeemedAtMs, Date.now() - this.#redeemedAtWallMs);
    if (ageMs > REDEEM_AGE_MAX_MS) {
      this.destroy(new Error("the permit was redeemed too long ago"));
      return;
    }
    const chunk = this.#message.subarray(this.#offset, this.#offset + CHUNK_BYTES);
    this.#offset += chunk.length;
    this.push(chunk);
  }
}
