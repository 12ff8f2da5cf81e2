import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { inWorkspace } from "#db/database";
import { mintConfirmToken } from "#flow/consent/confirm-token";
import { findContacts, type OpenContact } from "#flow/contacts/contacts";
import { createForm } from "#flow/forms/save-form";
import { mintPreferenceToken } from "#flow/preferences/preference-token";
import { createPurpose } from "#flow/senders/create-sender";
import { createNotice } from "#flow/senders/publish-notice";
import { sendServiceMail } from "#flow/service-mail/send-messages";
import type { TestApi } from "./api.ts";
import { TEST_SECRETS, type TestWorkspace } from "./product.ts";

export interface TestForm {
  readonly formId: string;
  /** `Product offers`, with a notice by email in English and German. */
  readonly offersId: string;
  readonly offersNoticeId: string;
  /** The boxes by name. */
  readonly boxes: { readonly newsletter: string; readonly offers: string; readonly calls: string };
}

/** A form that offers the newsletter and product offers by email, and calls about the newsletter. */
export async function createTestForm(workspace: TestWorkspace): Promise<TestForm> {
  const { deps, workspaceId, senderId, purposeId, noticeId } = workspace;
  const purpose = await createPurpose(deps, {
    workspaceId,
    actor: "test",
    senderId,
    key: "offers",
    name: "Product offers",
    description: "New goods and discounts",
    dpvTerm: "dpv:DirectMarketing",
    kind: "marketing",
    consentLifetimeDays: null,
  });
  if (purpose.kind !== "created") throw new Error("the purpose was not created");
  const offersId = purpose.record.id;
  const notice = async (of: string, channel: "email" | "phone", language: string, wording: string) => {
    const made = await createNotice(deps, {
      workspaceId,
      actor: "test",
      purposeId: of,
      channel,
      version: "2026-02",
      language,
      wording,
    });
    if (made.kind !== "created") throw new Error("the notice was not created");
    return made.record.id;
  };
  const offersNoticeId = await notice(offersId, "email", "en", "Email me Acme's product offers");
  const offersDe = await notice(offersId, "email", "de", "Senden Sie mir Angebote von Acme");
  const calls = await notice(purposeId, "phone", "en", "Call me with news");
  const saved = await createForm(deps, {
    workspaceId,
    actor: "test",
    fields: {
      senderId,
      name: "Website footer",
      offers: [
        { purposeId, channel: "email", noticeIds: [noticeId] },
        { purposeId: offersId, channel: "email", noticeIds: [offersNoticeId, offersDe] },
        { purposeId, channel: "phone", noticeIds: [calls] },
      ],
      asksName: true,
      asksPhone: true,
      isActive: true,
      thanks: {},
    },
  });
  if (saved.kind !== "saved") throw new Error(JSON.stringify(saved));
  return {
    formId: saved.form.id,
    offersId,
    offersNoticeId,
    boxes: {
      newsletter: `${purposeId}.email`,
      offers: `${offersId}.email`,
      calls: `${purposeId}.phone`,
    },
  };
}

let visitors = 0;

/** A browser somewhere else each time, so that the limit per network is no matter. */
export const fromElsewhere = () => {
  visitors += 1;
  return peer(`10.${(visitors >> 8) & 255}.${visitors & 255}.7`);
};

export const peer = (remoteAddress: string) => ({ incoming: { socket: { remoteAddress } } });

/** Posts a form as a browser does. */
export async function postForm(
  api: TestApi,
  path: string,
  fields: Readonly<Record<string, string | readonly string[]>>,
  headers: Readonly<Record<string, string>> = {},
  env: object = fromElsewhere(),
): Promise<Response> {
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    for (const each of typeof value === "string" ? [value] : value) body.append(name, each);
  }
  return api.app.request(
    path,
    {
      method: "POST",
      body: body.toString(),
      headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
    },
    env,
  );
}

/** Every letter that went out, kept by a hand in place of the mail server. */
export async function lettersSent(
  workspace: TestWorkspace,
): Promise<{ to: string; text: string; link: string }[]> {
  const letters: { to: string; text: string; link: string }[] = [];
  await sendServiceMail(
    {
      deps: workspace.deps,
      workerSession: randomUUID(),
      deliver: async (delivery) => {
        if (!(await delivery.redeem())) return { kind: "not-redeemed" };
        const { text } = delivery.content;
        letters.push({ to: delivery.to, text, link: /https?:\/\/\S+/.exec(text)?.[0] ?? "" });
        return { kind: "accepted", reply: "250 ok", queueId: null };
      },
      onError: (error) => {
        throw error;
      },
      signal: new AbortController().signal,
    },
    workspace.workspaceId,
  );
  return letters;
}

/** The path of a link in a letter. */
export const pathOf = (link: string): string => {
  const { pathname, search } = new URL(link);
  return pathname + search;
};

export async function person(workspace: TestWorkspace, email: string): Promise<OpenContact> {
  const [found] = await findContacts(workspace.database, workspace.deps.keys, workspace.workspaceId, {
    email,
  });
  if (found === undefined) throw new Error(`nobody has ${email}`);
  return found;
}

/** The ledger of a person, oldest first: `type purpose channel`. */
export async function ledgerOf(workspace: TestWorkspace, email: string): Promise<string[]> {
  const { record } = await person(workspace, email);
  const events = await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
    tx.execute<{ text: string }>(sql`
      select e.type || ' ' || coalesce(p.key, 'everything') || ' ' || e.channel as text
      from consent_event e left join purpose p on p.id = e.purpose_id
      where e.contact_id = ${record.id}::uuid order by e.id`),
  );
  return events.map((event) => event.text);
}

/** How many rows of everything that a public page could change there are. */
export async function everythingStored(workspace: TestWorkspace): Promise<unknown> {
  const [row] = await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
    tx.execute(sql`
      select (select count(*)::int from consent_event) as events, (select count(*)::int from suppression) as suppressions,
        (select count(*)::int from suppression where lifted_by_event_id is not null) as lifted,
        (select count(*)::int from contact_preference) as paces, (select count(*)::int from service_message) as mails,
        (select count(*)::int from sign_up) as "signUps",
        (select count(*)::int from sign_up where confirmed_at is not null) as confirmed,
        (select count(*)::int from contact) as contacts, (select sum(version)::int from gate) as versions`),
  );
  return row;
}

/** A person's link to the preference page. */
export async function preferencePath(workspace: TestWorkspace, email: string): Promise<string> {
  const { record } = await person(workspace, email);
  const point = record.points.find((each) => each.channel === "email");
  if (point === undefined) throw new Error("the person has no address");
  return `/p/${mintPreferenceToken(TEST_SECRETS.token, {
    workspaceId: workspace.workspaceId,
    senderId: workspace.senderId,
    contactId: record.id,
    gateId: point.gateId,
  })}`;
}

/** The confirmation link of a person's newest sign-up, whether or not it was mailed. */
export async function confirmPath(workspace: TestWorkspace, email: string): Promise<string> {
  const { record } = await person(workspace, email);
  const [row] = await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
    tx.execute<{ id: string }>(sql`
      select id from sign_up where contact_id = ${record.id}::uuid order by created_at desc, id desc limit 1`),
  );
  if (row === undefined) throw new Error("there is no sign-up");
  return `/c/${mintConfirmToken(TEST_SECRETS.token, { workspaceId: workspace.workspaceId, signUpId: row.id })}`;
}
