import { type SmtpSink, startSmtpSink } from "../support/smtp-sink.ts";

/** Where a hand-over stands when its worker is killed. `any`: wherever it happens to be. */
export type Moment = "any" | "at-rcpt" | "after-354" | "in-body" | "after-dot" | "after-reply";

/** A message whose final dot reached a mail server. */
export interface Dot {
  readonly recipientId: number;
  readonly to: string;
  readonly place: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** What is done at the next such moment; called with the recipient, where the mail server can know it. */
export interface Aim {
  readonly moment: Moment;
  readonly fire: (recipientId: number | null) => void;
}

/** Milliseconds since 1970, in fractions: stops and dots are told apart below a millisecond. */
export const instant = (): number => performance.timeOrigin + performance.now();

export interface WatchedSink {
  readonly port: number;
  /** One at a time; null: no more. */
  aim(aim: Aim | null): void;
  stop(): Promise<void>;
}

/** After the reply has left us, long enough to be read and not long enough to be stored. */
const REPLY_READ_MS = 3;

/** A mail server that accepts everything, notes every final dot, and tells when a chosen moment has come. */
export async function watchedSink(
  place: number,
  delayMs: number,
  onDot: (dot: Dot) => void,
  onDataAsked: (to: string) => void = () => undefined,
): Promise<WatchedSink> {
  let aimed: Aim | null = null;
  const reach = (moment: Moment, recipientId: number | null) => {
    if (aimed?.moment !== moment) return;
    const { fire } = aimed;
    aimed = null;
    fire(recipientId);
  };
  const sink: SmtpSink = await startSmtpSink({
    delayMs,
    behaviour: () => {
      reach("at-rcpt", null);
      return "accept";
    },
    onDataAsked,
    onData: () => reach("after-354", null),
    onPart: () => reach("in-body", null),
    onDot: ({ messageId, to }) => {
      const recipientId = recipientOf(messageId);
      onDot({ recipientId, to, place, at: instant() });
      reach("after-dot", recipientId);
      if (aimed?.moment === "after-reply")
        setTimeout(() => reach("after-reply", recipientId), delayMs + REPLY_READ_MS);
    },
    keepMessages: true,
  });
  return {
    port: sink.port,
    aim: (aim) => {
      aimed = aim;
    },
    stop: () => sink.stop(),
  };
}

/** The recipient's id stands in the Message-ID, in base 36. */
function recipientOf(messageId: string): number {
  const [, id] = /^<r\.([0-9a-z]+)\./.exec(messageId) ?? [];
  if (id === undefined) throw new Error(`a message came whose Message-ID names no recipient: ${messageId}`);
  return Number.parseInt(id, 36);
}
