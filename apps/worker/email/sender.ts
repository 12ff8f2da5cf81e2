import { createHmac } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { isEmailAddress } from "#core/canonical-key";
import { languageOf } from "#core/language";
import type { ServiceSpeaker } from "#db/queries/service-senders";
import { derivedKey, keyBytes, unseal } from "#db/vault/keyring";
import { groundOf } from "#flow/content/footer";
import type { FlowDeps } from "#flow/deps";
import type { Redeemer } from "#flow/gate/redeem-permits";
import type { PermittedRecipient } from "#flow/gate/screen";
import { mintPreferenceToken } from "#flow/preferences/preference-token";
import type { HandOver } from "#flow/send/hand-over";
import type { CampaignVariant, ChannelSender, ReadyMessage } from "#flow/send/run-slice";
import { mintUnsubscribeToken } from "#flow/stops/unsubscribe-token";
import type { ComposePool } from "./compose-pool.ts";
import { type Delivery, type Lane, openLane } from "./lane.ts";
import type { MessageOrder, MessageSource, VariantSource } from "./message.ts";
import type { SmtpTarget } from "./smtp-target.ts";

export interface EmailSenderOptions {
  readonly deps: FlowDeps;
  readonly pool: ComposePool;
  readonly redeemer: Redeemer;
  readonly target: SmtpTarget;
  readonly publicUrl: string;
  /** SMTP connections held open. */
  readonly lanes: number;
  readonly messageBytesMax: number;
}

export interface EmailSender extends ChannelSender<EmailMessage> {
  /** Hands over what is no campaign's, on the next free lane. Never rejects. */
  handOver(delivery: Delivery): Promise<HandOver>;
  /** Ends the connections; nothing may be under way. */
  close(): void;
}

export interface EmailMessage {
  readonly bytes: Buffer;
  readonly from: string;
}

const RELAY_BACKOFF_FIRST_MS = 500;
const RELAY_BACKOFF_MAX_MS = 60_000;

/** The email sender: composes in its thread, hands over on lanes, and asks the gate after every `354`. */
export function startEmailSender(options: EmailSenderOptions): EmailSender {
  const lanes = Array.from({ length: options.lanes }, () => openLane(options.target));
  const free: Lane[] = [...lanes];
  const waiting: ((lane: Lane) => void)[] = [];
  const relay = { faults: 0 };

  const take = (): Promise<Lane> => {
    const lane = free.pop();
    return lane === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(lane);
  };
  const giveBack = (lane: Lane) => {
    const next = waiting.shift();
    if (next === undefined) free.push(lane);
    else next(lane);
  };

  const handOver = async (delivery: Delivery): Promise<HandOver> => {
    const lane = await take();
    const ended = await lane.deliver(delivery);
    if (ended.kind === "relay-fault") {
      relay.faults += 1;
      // The lane stays closed for a while; other lanes find out for themselves.
      void sleep(relayBackoffMs(relay.faults), undefined, { ref: false }).then(() => giveBack(lane));
    } else {
      relay.faults = 0;
      giveBack(lane);
    }
    return ended;
  };

  return {
    handOver,
    compose: (variant, recipients) => compose(options, variant, recipients),
    whenFree: async () => giveBack(await take()),
    deliver: async (ready) => {
      let { permit } = ready.recipient;
      const ended = await handOver({
        message: ready.message.bytes,
        from: ready.message.from,
        to: ready.recipient.to,
        redeem: async () => {
          const answer = await options.redeemer.redeem(ready.recipient);
          permit = answer.permit;
          return answer.kind === "redeemed"
            ? { kind: "go", redeemedAtMs: answer.redeemedAtMs }
            : { kind: "refused" };
        },
      });
      return { handOver: ended, permit };
    },
    close: () => {
      for (const lane of lanes) lane.close();
    },
  };
}

/** Exponential with jitter, so that lanes do not come back all at once. */
const relayBackoffMs = (faults: number): number =>
  Math.min(RELAY_BACKOFF_MAX_MS, RELAY_BACKOFF_FIRST_MS * 2 ** Math.min(faults, 10)) *
  (0.5 + Math.random() / 2);

async function compose(
  options: EmailSenderOptions,
  variant: CampaignVariant,
  recipients: readonly PermittedRecipient[],
): Promise<readonly ReadyMessage<EmailMessage>[]> {
  const sendable = recipients.filter((recipient) => isEmailAddress(recipient.to));
  const orders = sendable.map((recipient) => orderFor(options, variant, recipient));
  const made = await options.pool.compose(
    `${variant.campaignId}:${variant.version}`,
    variantSource(options, variant),
    orders,
  );
  const ready = new Map<number, ReadyMessage<EmailMessage>>();
  for (const [place, recipient] of sendable.entries()) {
    const message = made[place];
    ready.set(
      recipient.permit.recipientId,
      message?.kind === "made"
        ? {
            kind: "ready",
            recipient,
            message: { bytes: Buffer.from(message.bytes), from: variant.speaker.fromAddress },
          }
        : { kind: "not-composed", recipient, reason: message?.reason ?? "template-error" },
    );
  }
  return recipients.map(
    (recipient) =>
      ready.get(recipient.permit.recipientId) ?? {
        kind: "not-composed",
        recipient,
        reason: "address-not-sendable",
      },
  );
}

function variantSource(options: EmailSenderOptions, variant: CampaignVariant): VariantSource {
  return {
    content: variant.content,
    ...messageSource(options.deps, variant.speaker, options.messageBytesMax),
  };
}

/** Who a message is from, with the sender's signing key opened. */
export function messageSource(
  deps: FlowDeps,
  speaker: ServiceSpeaker,
  messageBytesMax: number,
): MessageSource {
  const hasDkim = speaker.dkimDomain !== null && speaker.dkimSelector !== null && speaker.dkimKey !== null;
  return {
    fromName: speaker.fromName,
    fromAddress: speaker.fromAddress,
    replyTo: speaker.replyTo,
    dkim: hasDkim
      ? {
          domainName: speaker.dkimDomain,
          keySelector: speaker.dkimSelector,
          privateKeyPem: unseal(deps.keys.master, speaker.dkimKey, `dkim:${speaker.senderId}`).toString(),
        }
      : null,
    messageBytesMax,
  };
}

function orderFor(
  options: EmailSenderOptions,
  variant: CampaignVariant,
  recipient: PermittedRecipient,
): MessageOrder {
  const { permit, identity } = recipient;
  const { speaker } = variant;
  const token = mintUnsubscribeToken(options.deps.keys.token, {
    workspaceId: permit.workspaceId,
    purposeId: speaker.purposeId,
    campaignId: permit.campaignId,
    contactId: permit.contactId,
    gateId: permit.gateId,
  });
  const choices = mintPreferenceToken(options.deps.keys.token, {
    workspaceId: permit.workspaceId,
    senderId: speaker.senderId,
    contactId: permit.contactId,
    gateId: permit.gateId,
  });
  return {
    to: recipient.to,
    messageId: messageIdFor(options.deps, recipient, speaker.fromAddress),
    dateMs: Date.now(),
    footer: { language: languageOf(recipient.language) ?? "en", ground: groundOf(recipient.reason) },
    variables: {
      contact: {
        full_name: identity.fullName ?? "",
        given_name: identity.givenName ?? identity.fullName?.split(" ")[0] ?? "",
        email: recipient.to,
      },
      attributes: recipient.attributes,
      sender: { name: speaker.senderName, postal_address: speaker.postalAddress },
      purpose: { name: speaker.purposeName },
      unsubscribe_url: `${options.publicUrl}/u/${token}`,
      preferences_url: `${options.publicUrl}/p/${choices}`,
    },
  };
}

function messageIdFor(deps: FlowDeps, recipient: PermittedRecipient, fromAddress: string): string {
  const { permit } = recipient;
  return constantMessageId(
    deps,
    `r.${permit.recipientId.toString(36)}`,
    `${permit.workspaceId}:${permit.campaignId}:${permit.recipientId}`,
    fromAddress,
  );
}

/**
 * The same for every attempt at one message, so that a relay may recognise a repeat and an operator can search for
 * it; tells nothing about the contact.
 */
export function constantMessageId(
  deps: FlowDeps,
  name: string,
  subject: string,
  fromAddress: string,
): string {
  const { token } = deps.keys;
  const key = derivedKey(keyBytes(token, Object.keys(token.keys)[0] ?? token.current), "message-id");
  const mark = createHmac("sha256", key).update(subject).digest("hex").slice(0, 16);
  const domain = fromAddress.slice(fromAddress.lastIndexOf("@") + 1);
  return `<${name}.${mark}@${domain}>`;
}
