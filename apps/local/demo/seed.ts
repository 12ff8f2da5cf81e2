import { generateKeyPairSync, randomUUIDv7 } from "node:crypto";
import { Readable } from "node:stream";
import { inWorkspace } from "#db/database";
import { insertCampaign } from "#db/queries/campaigns";
import { readSenders } from "#db/queries/senders";
import { recordConsent } from "#flow/consent/record-consent";
import { findContacts } from "#flow/contacts/contacts";
import { receiveImport } from "#flow/contacts/import/receive-import";
import { runImport } from "#flow/contacts/import/run-import";
import type { FlowDeps } from "#flow/deps";
import { createForm } from "#flow/forms/save-form";
import { createPurpose, createSender } from "#flow/senders/create-sender";
import { createNotice } from "#flow/senders/publish-notice";
import { stopPerson } from "#flow/stops/stop-person";
import { type DemoPerson, demoPeople } from "./people.ts";

const PEOPLE = 2_000;
const ACTOR = "demo";
const DAY_MS = 86_400_000;

/** Fills a workspace once: two senders, three purposes, 2,000 people with consent of every kind, a campaign to start, a form. */
export async function seedDemo(deps: FlowDeps, workspaceId: string): Promise<void> {
  if ((await inWorkspace(deps.database, workspaceId, readSenders)).length > 0) return;
  console.log("Making the demo data: 2,000 people, two senders, a campaign to start…");
  const { senderId, newsletterId, noticeId, boxes } = await seedSenders(deps, workspaceId);
  const people = demoPeople(PEOPLE);
  await seedPeople(deps, workspaceId, people);
  await seedActs(deps, workspaceId, people, newsletterId, noticeId);
  await seedCampaign(deps, workspaceId, senderId, newsletterId);
  await seedForm(deps, workspaceId, senderId, boxes);
}

async function seedSenders(deps: FlowDeps, workspaceId: string) {
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const base = { workspaceId, actor: ACTOR };
  const hollerbach = made(
    await createSender(deps, {
      ...base,
      key: "hollerbach",
      name: "Hollerbach Outdoor GmbH",
      postalAddress: "Lindenallee 14, 10115 Berlin, Germany",
      fromName: "Hollerbach Outdoor",
      fromAddress: "news@mail.hollerbach.example",
      replyTo: "hello@hollerbach.example",
      dkim: { domain: "mail.hollerbach.example", selector: "demo", privateKey },
    }),
  );
  const fernway = made(
    await createSender(deps, {
      ...base,
      key: "fernway",
      name: "Fernway Gear Inc.",
      postalAddress: "81 Mill Street, Burlington, VT 05401, USA",
      fromName: "Fernway Gear",
      fromAddress: "offers@mail.fernway.example",
      dkim: { domain: "mail.fernway.example", selector: "demo", privateKey },
    }),
  );
  const purpose = async (senderId: string, key: string, name: string, description: string) =>
    made(
      await createPurpose(deps, {
        ...base,
        senderId,
        key,
        name,
        description,
        dpvTerm: "dpv:DirectMarketing",
        kind: "marketing",
        consentLifetimeDays: null,
      }),
    );
  const newsletter = await purpose(
    hollerbach.id,
    "trail-news",
    "Trail news",
    "One message a month about walks and huts",
  );
  const offers = await purpose(hollerbach.id, "product-offers", "Product offers", "New goods and discounts");
  const fernwayOffers = await purpose(fernway.id, "gear-offers", "Gear offers", "Offers from Fernway Gear");
  const notice = async (purposeId: string, statement: string) =>
    made(
      await createNotice(deps, {
        ...base,
        purposeId,
        channel: "email",
        version: "2024-03",
        language: "en",
        statement,
        information: {
          collected: "Your email address, and your name if you give it.",
          why: "To send you what you ticked, and nothing else.",
          kept: "Until you withdraw; the proof of your consent three years longer.",
          recipients: "The sender alone, and the company that runs its mail server.",
          withdrawal: "With the link in every message, at any time and at no cost.",
        },
      }),
    );
  const noticeId = (
    await notice(
      newsletter.id,
      "Send me Trail news by email, once a month, from Hollerbach Outdoor GmbH. I can stop at any time with the link in every message.",
    )
  ).id;
  const offersNoticeId = (
    await notice(
      offers.id,
      "Send me product offers by email from Hollerbach Outdoor GmbH. I can stop at any time.",
    )
  ).id;
  await notice(fernwayOffers.id, "Send me offers by email from Fernway Gear Inc. I can stop at any time.");
  const boxes = [
    { purposeId: newsletter.id, noticeId },
    { purposeId: offers.id, noticeId: offersNoticeId },
  ];
  return { senderId: hollerbach.id, newsletterId: newsletter.id, noticeId, boxes };
}

function made<T>(
  created:
    | { readonly kind: "created"; readonly record: T }
    | { readonly kind: string; readonly record?: never },
): T {
  if (created.record === undefined) throw new Error(`the demo could not be made: ${created.kind}`);
  return created.record;
}

/** The people come as a file, as they would for a marketer; the file's evidence raises consent where it has any. */
async function seedPeople(deps: FlowDeps, workspaceId: string, people: readonly DemoPerson[]): Promise<void> {
  const now = Date.now();
  const at = (daysAgo: number) => new Date(now - daysAgo * DAY_MS).toISOString();
  const lines = people.map((person) => {
    const hasGiven = ["given", "withdrawn", "expired", "unsubscribed", "complained", "bounced"].includes(
      person.consent,
    );
    const given = hasGiven
      ? [at(person.daysAgo + 10), "sign-up form at hollerbach.example", "2024-03"]
      : ["", "", ""];
    const withdrawn =
      person.consent === "withdrawn" || person.consent === "requested" ? at(person.daysAgo) : "";
    return [
      person.email,
      person.fullName,
      person.country,
      person.language,
      person.city,
      person.plan,
      ...given,
      withdrawn,
    ].join(",");
  });
  const header =
    "email,full_name,country,language,attributes.city,attributes.plan,consent_given_at,consent_source,notice_version,consent_withdrawn_at";
  const received = await receiveImport(deps, {
    workspaceId,
    mapping: { consentPurpose: "trail-news" },
    csv: Readable.from([Buffer.from(`${header}\n${lines.join("\n")}\n`)]),
    actor: ACTOR,
  });
  if (received.kind === "refused") throw new Error("the demo's people could not be imported");
  await runImport(deps, { workspaceId, importId: received.importId });
}

/** What people did themselves: confirmed, pressed stop, complained; and what mail servers said. */
async function seedActs(
  deps: FlowDeps,
  workspaceId: string,
  people: readonly DemoPerson[],
  purposeId: string,
  noticeId: string,
): Promise<void> {
  const acting = people.filter(
    (person) => !["given", "withdrawn", "expired", "never-asked"].includes(person.consent),
  );
  for (const person of acting) {
    const [contact] = await findContacts(deps.database, deps.keys, workspaceId, { email: person.email });
    const point = contact?.record.points[0];
    if (contact === undefined || point === undefined) throw new Error("a person of the demo is missing");
    const occurredAt = new Date(Date.now() - (person.daysAgo - 1) * DAY_MS);
    if (person.consent === "double-opt-in" || person.consent === "requested") {
      await recordConsent(deps, {
        workspaceId,
        contactPointId: point.id,
        purposeId,
        act: "grant",
        occurredAt,
        method: "double-opt-in",
        evidence: { page: "https://hollerbach.example/trail-news", checkboxDefault: false },
        noticeId,
        actor: ACTOR,
        claimed: true,
        byThePerson: person.consent === "double-opt-in",
      });
      continue;
    }
    await stopPerson(deps, {
      workspaceId,
      gateId: point.gateId,
      channel: "email",
      contactId: contact.record.id,
      target: { kind: "everything" },
      suppression:
        person.consent === "unsubscribed"
          ? "unsubscribe"
          : person.consent === "complained"
            ? "complaint"
            : "hard-bounce",
      method: person.consent === "unsubscribed" ? "link" : "api",
      actor: ACTOR,
      claimed: true,
      occurredAt,
      campaignId: null,
      offersUndo: false,
      requestedAt: new Date(),
    });
  }
}

const HTML = `<!doctype html><html lang="en"><body>
<p><strong>Good day {{ contact.given_name }},</strong></p>
<p>Three autumn walks that stay dry underfoot{% if attributes.city %}, none of them far from {{ attributes.city }}{% endif %}, and how to look after leather after rain.</p>
{% if attributes.plan == "club" %}<p>As a member of the club you may bring a friend on the November hut tour.</p>{% endif %}
<p>The long read this month is about the hut keepers of the Karwendel.</p>
<hr>
<p>You get this because you agreed to {{ purpose.name }}. <a href="{{ unsubscribe_url }}">Unsubscribe</a></p>
<p>{{ sender.name }}, {{ sender.postal_address }}</p>
</body></html>`;

/** Slow enough to press an unsubscribe in the inbox while it runs and to watch the counts change. */
async function seedCampaign(
  deps: FlowDeps,
  workspaceId: string,
  senderId: string,
  purposeId: string,
): Promise<void> {
  await inWorkspace(deps.database, workspaceId, (tx) =>
    insertCampaign(tx, workspaceId, {
      id: randomUUIDv7(),
      name: "Trail news, November",
      channel: "email",
      senderId,
      purposeId,
      audience: { all: [] },
      circumstances: {},
      content: { subject: "Three dry walks for November, {{ contact.given_name }}", html: HTML },
      ratePerSecond: 5,
      frequencyCap: null,
      endsAt: null,
    }),
  );
}

/** A sign-up form: confirming it shows in the captured inbox. */
async function seedForm(
  deps: FlowDeps,
  workspaceId: string,
  senderId: string,
  boxes: readonly { readonly purposeId: string; readonly noticeId: string }[],
): Promise<void> {
  const saved = await createForm(deps, {
    workspaceId,
    actor: ACTOR,
    fields: {
      senderId,
      name: "Sign up for trail news",
      offers: boxes.map(({ purposeId, noticeId }) => ({
        purposeId,
        channel: "email",
        noticeIds: [noticeId],
      })),
      asksName: true,
      asksPhone: false,
      isActive: true,
      thanks: {
        en: "Good to have you. Until then: the huts are open from May to October.",
        de: "Schön, dass Sie dabei sind. Bis dahin: Die Hütten sind von Mai bis Oktober offen.",
      },
    },
  });
  if (saved.kind !== "saved") throw new Error(`the demo's form could not be made: ${saved.kind}`);
}
