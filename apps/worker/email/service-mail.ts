import type { FlowDeps } from "#flow/deps";
import type { ServiceMailRun } from "#flow/service-mail/send-messages";
import { makeServiceMessage } from "./message.ts";
import { constantMessageId, type EmailSender, messageSource } from "./sender.ts";

/** Makes, signs and hands over the messages people asked for, on the same lanes as campaigns. */
export function serviceMailDelivery(
  deps: FlowDeps,
  sender: EmailSender,
  messageBytesMax: number,
): ServiceMailRun["deliver"] {
  return async ({ messageId, to, speaker, content, redeem }) => {
    const made = makeServiceMessage(
      messageSource(deps, speaker, messageBytesMax),
      {
        to,
        messageId: constantMessageId(
          deps,
          `s.${messageId.replaceAll("-", "")}`,
          messageId,
          speaker.fromAddress,
        ),
        dateMs: Date.now(),
      },
      content,
    );
    if (made.kind === "failed") return { kind: "not-composed", reason: made.reason };
    return sender.handOver({
      message: Buffer.from(made.bytes),
      from: speaker.fromAddress,
      to,
      redeem: async () => {
        const redeemedAtMs = performance.now();
        return (await redeem()) ? { kind: "go", redeemedAtMs } : { kind: "refused" };
      },
    });
  };
}
