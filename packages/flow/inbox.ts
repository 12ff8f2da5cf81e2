/** A message that the capture server of the all-in-one took instead of a mail server. */
export interface CapturedMessage {
  readonly id: string;
  readonly receivedAt: Date;
  /** The envelope, as the SMTP client gave it. */
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  /** Both are as sent, so untrusted: show HTML only in a sandboxed frame. */
  readonly html: string | null;
  readonly text: string | null;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  /** The first HTTPS or HTTP address of `List-Unsubscribe`. */
  readonly unsubscribeUrl: string | null;
  readonly sizeBytes: number;
}

/** What a list of captured messages shows. */
export type CapturedSummary = Pick<
  CapturedMessage,
  "id" | "receivedAt" | "from" | "to" | "subject" | "unsubscribeUrl" | "sizeBytes"
>;

/**
 * The messages captured so far, for people who try the product out. Exists only where the capture server runs; with
 * a real mail server there is none.
 */
export interface CapturedInbox {
  /** Newest first; `before` is the id of the last message of the page before, null for the first page. */
  list(page: { readonly limit: number; readonly before: string | null }): Promise<{
    readonly messages: readonly CapturedSummary[];
    readonly total: number;
  }>;
  /** Null when it was never captured or has been dropped as one of the oldest. */
  get(id: string): Promise<CapturedMessage | null>;
  /** Deletes every message whose recipients the question says yes to. Returns how many. */
  remove(isTheirs: (to: readonly string[]) => boolean): Promise<number>;
  /** Calls back for every message captured from now on. Returns the function that ends it. */
  onMessage(listener: (message: CapturedSummary) => void): () => void;
}
