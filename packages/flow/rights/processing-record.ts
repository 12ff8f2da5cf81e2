import { PRIVACY_CLOCKS } from "#core/rights/deadlines";
import { inWorkspace } from "#db/database";
import { readNotices, readPurposes, readSenders } from "#db/queries/senders";
import { readSources } from "#db/queries/sources";
import type { FlowDeps } from "../deps.ts";
import { retentionTable } from "./retain.ts";

const CATEGORIES = [
  "names, email addresses and phone numbers (encrypted under a key of each person)",
  "consent and objection, with the notice shown and the evidence",
  "messages and calls: planned, decided, sent, held back, and why",
  "country, region, language, age and attributes the sender noted",
  "requests of people about their data, and the answers",
] as const;

const SAFEGUARDS = [
  "each person's data encrypted with AES-256-GCM under a key of their own, wrapped by a master key",
  "look-ups by keyed digests; nothing personal in logs, queues, metrics or addresses",
  "append-only, hash-chained consent ledger; erasure by destroying the person's key",
  "row-level security between workspaces; an audit entry with every change",
] as const;

/**
 * The record of processing activities (GDPR Art. 30), made from what is in force: one activity for each purpose, with
 * its controller, legal basis, people and data concerned, recipients, retention and safeguards.
 */
export async function processingRecord(deps: FlowDeps, workspaceId: string) {
  const retention = await retentionTable(deps, workspaceId);
  return inWorkspace(deps.database, workspaceId, async (tx) => {
    const senders = new Map((await readSenders(tx)).map((sender) => [sender.id, sender]));
    const notices = await readNotices(tx);
    return {
      format: "consentry.processing-record.v1",
      activities: (await readPurposes(tx)).flatMap((purpose) => {
        const sender = senders.get(purpose.senderId);
        if (sender === undefined) return [];
        const shown = notices.filter((notice) => notice.purposeId === purpose.id);
        return [
          {
            purpose: purpose.name,
            description: purpose.description,
            dpvTerm: purpose.dpvTerm,
            controller: { name: sender.name, postalAddress: sender.postalAddress },
            legalBasis:
              purpose.kind === "transactional"
                ? "contract (GDPR Art. 6(1)(b))"
                : sender.legalBasis === "consent-only"
                  ? "consent (GDPR Art. 6(1)(a))"
                  : "consent, or what the law of the person's place permits (GDPR Art. 6(1)(a), (f))",
            channels: [...new Set(shown.map((notice) => notice.channel))].sort(),
            notices: shown.map(({ channel, version, language, hash }) => ({
              channel,
              version,
              language,
              hash,
            })),
            consentLifetimeDays: purpose.consentLifetimeDays,
          },
        ];
      }),
      categoriesOfPeople: [
        "people who signed up, bought, asked or were listed; recipients of messages and calls",
      ],
      categoriesOfData: CATEGORIES,
      sources: (await readSources(tx)).map(({ name, kind, vendor, verifiedAt }) => ({
        name,
        kind,
        vendor,
        isVerified: verifiedAt !== null,
      })),
      recipients: ["the mail relay that delivers messages", "staff of the workspace, by role"],
      retention: retention.map(({ dataClass, covers, days, source }) => ({
        dataClass,
        covers,
        days,
        source,
      })),
      keptBeyond:
        "consent evidence, objections and erasure marks, as keyed digests (GDPR Art. 17(3)(b), (e), 21(3))",
      safeguards: SAFEGUARDS,
      rights: Object.values(PRIVACY_CLOCKS).map(({ name, citation }) => ({ law: name, citation })),
    };
  });
}

export type ProcessingRecord = Awaited<ReturnType<typeof processingRecord>>;
