import type { Context } from "hono";
import { inWorkspace, type Tx } from "#db/database";
import { readSpeakerOfPurpose } from "#db/queries/candidates";
import { contactThatStays } from "#db/queries/merge-people";
import { openContact } from "#flow/contacts/contacts";
import { masked } from "#flow/contacts/masked";
import { ledgerSigner } from "#flow/ledger/receipt";
import { lastStopReceipt, signStopReceipt } from "#flow/ledger/stop-receipt";
import { mintPreferenceToken } from "#flow/preferences/preference-token";
import { ownPoints } from "#flow/preferences/read-preferences";
import { stopEverything } from "#flow/preferences/save-preferences";
import type { StopAnswer } from "#flow/stops/stop-answer";
import { stopPerson } from "#flow/stops/stop-person";
import { undoStop } from "#flow/stops/undo-stop";
import { readUnsubscribeToken, type UnsubscribeFields } from "#flow/stops/unsubscribe-token";
import type { Api, Services } from "../context.ts";
import { formFields } from "../form-fields.ts";
import { InvalidLinkPage } from "../pages/public/frame.tsx";
import {
  StoppedPage,
  UndonePage,
  type UnsubscribeModel,
  UnsubscribePage,
} from "../pages/public/unsubscribe.tsx";
import { jsonFile, NO_STORE, page, readerOf, recordSignal, visitorOf } from "./reader.ts";

/** What a POST asks for. Anything else shows the page again and changes nothing. */
type Wish =
  | { readonly kind: "one-click" }
  | { readonly kind: "topic" }
  | { readonly kind: "everything" }
  | { readonly kind: "undo"; readonly nonce: string }
  | { readonly kind: "none" };

/**
 * The unsubscribe link. GET and HEAD show a page and change nothing, however often a scanner fetches them. POST acts
 * from the address alone: RFC 8058's body, urlencoded or multipart, without cookies, login or redirect.
 */
export function unsubscribeRoutes(app: Api, services: Services): void {
  app.get("/u/:token", async (context) => {
    const link = await openLink(services, context);
    if (link === null) return page(context, <InvalidLinkPage reader={readerOf(context)} />, 404);
    const optOutRecorded = await recordSignal(services, context, link.fields);
    return page(
      context,
      <UnsubscribePage
        reader={readerOf(context, link.personLanguage)}
        model={link.model}
        optOutRecorded={optOutRecorded}
      />,
    );
  });
  app.get("/u/:token/receipt", async (context) => {
    const fields = readUnsubscribeToken(services.deps.keys.token, context.req.param("token"));
    if (fields === null) return page(context, <InvalidLinkPage reader={readerOf(context)} />, 404);
    const signer = await ledgerSigner(services.deps);
    const receipt = await inWorkspace(services.deps.database, fields.workspaceId, (tx) =>
      lastStopReceipt(tx, signer, fields),
    );
    if (receipt === null) return page(context, <InvalidLinkPage reader={readerOf(context)} />, 404);
    return jsonFile(context, receipt, "stop-receipt.json");
  });
  app.post("/u/:token", async (context) => {
    const requestedAt = new Date();
    const link = await openLink(services, context);
    if (link === null) return page(context, <InvalidLinkPage reader={readerOf(context)} />, 404);
    const reader = readerOf(context, link.personLanguage);
    const wish = await readWish(context);
    if (wish.kind === "none") return page(context, <UnsubscribePage reader={reader} model={link.model} />);
    if (wish.kind === "undo") {
      const undone = await undoStop(services.deps, link.fields.workspaceId, wish.nonce);
      return page(
        context,
        <UndonePage reader={reader} speaker={link.model} undone={undone.kind === "undone"} />,
      );
    }
    const stop = await stopAsked(services, context, link, wish.kind, requestedAt);
    if (wish.kind === "one-click") {
      const receipt = await receiptHeader(services, link.fields, stop);
      return context.text(`stopped; inFlight: ${stop.inFlight}\n`, 200, { ...NO_STORE, ...receipt });
    }
    const { since, inFlight, undoNonce } = stop;
    return page(
      context,
      <StoppedPage
        reader={reader}
        model={{
          ...link.model,
          scope: wish.kind,
          since,
          inFlight,
          undoNonce,
          receiptPath: `/u/${context.req.param("token")}/receipt`,
        }}
      />,
    );
  });
}

type Link = NonNullable<Awaited<ReturnType<typeof openLink>>>;

/** The signed receipt of a one-click stop: a mail program may keep it, and nobody has to read a page. */
async function receiptHeader(
  services: Services,
  { workspaceId, gateId }: UnsubscribeFields,
  { recorded }: StopAnswer,
): Promise<Record<string, string>> {
  if (recorded === null) return {};
  const receipt = signStopReceipt(await ledgerSigner(services.deps), workspaceId, gateId, recorded);
  return { "consent-receipt": Buffer.from(JSON.stringify(receipt)).toString("base64url") };
}

async function stopAsked(
  services: Services,
  context: Context,
  link: Link,
  wish: "one-click" | "topic" | "everything",
  requestedAt: Date,
): Promise<StopAnswer> {
  const { deps } = services;
  const { fields } = link;
  const how = { page: "/u", ...visitorOf(services, context) };
  if (wish === "everything" && link.points.length > 0) {
    return stopEverything(deps, {
      fields: { ...fields, senderId: link.senderId },
      points: link.points,
      how,
      method: "link",
      campaignId: fields.campaignId,
      requestedAt,
    });
  }
  return stopPerson(deps, {
    workspaceId: fields.workspaceId,
    gateId: fields.gateId,
    channel: "email",
    contactId: fields.contactId,
    target:
      wish === "everything"
        ? { kind: "everything" }
        : { kind: "topic", purposeId: fields.purposeId, senderId: link.senderId },
    method: wish === "one-click" ? "one-click" : "link",
    actor: "person",
    claimed: false,
    campaignId: fields.campaignId,
    evidence: how,
    offersUndo: wish !== "one-click",
    requestedAt,
  });
}

async function openLink(services: Services, context: Context) {
  const fields = readUnsubscribeToken(services.deps.keys.token, context.req.param("token") ?? "");
  return fields === null ? null : linkOf(services, fields);
}

async function linkOf({ deps }: Services, named: UnsubscribeFields) {
  return inWorkspace(deps.database, named.workspaceId, async (tx) => {
    const speaker = await readSpeakerOfPurpose(tx, named.purposeId);
    if (speaker === null) return null;
    const contact = await openWhoStays(tx, deps, named.contactId);
    const fields = { ...named, contactId: contact?.record.id ?? named.contactId };
    const points = ownPoints(contact?.record.points ?? [], contact?.identity?.points ?? {});
    const value = points.find((each) => each.gateId === fields.gateId)?.value;
    const model: UnsubscribeModel = {
      senderId: speaker.senderId,
      senderName: speaker.senderName,
      postalAddress: speaker.postalAddress,
      purposeName: speaker.purposeName,
      maskedAddress: value === undefined ? null : masked(value),
      choicesPath:
        contact?.identity == null
          ? null
          : `/p/${mintPreferenceToken(deps.keys.token, { ...fields, senderId: speaker.senderId })}`,
    };
    return {
      fields,
      senderId: speaker.senderId,
      // An address that is not this person's any more is stopped by itself.
      points: value === undefined ? [] : points,
      personLanguage: contact?.record.language ?? null,
      model,
    };
  });
}

/** The person whom a link names, opened. Only who was merged or erased has no identity: who stays is asked for then alone. */
async function openWhoStays(tx: Tx, { keys }: Services["deps"], contactId: string) {
  const named = await openContact(tx, keys, contactId);
  if (named === null || named.identity !== null) return named;
  return openContact(tx, keys, await contactThatStays(tx, contactId));
}

/** Reads the form whatever its encoding; fields it does not know, and JSON, are no wish. */
async function readWish(context: Context): Promise<Wish> {
  const form = await formFields(context);
  if (form === null) return { kind: "none" };
  if (form["List-Unsubscribe"] === "One-Click") return { kind: "one-click" };
  if (typeof form["undo"] === "string") return { kind: "undo", nonce: form["undo"] };
  if (form["scope"] === "topic" || form["scope"] === "everything") return { kind: form["scope"] };
  return { kind: "none" };
}
