import type { Context } from "hono";
import { inWorkspace } from "#db/database";
import { readSpeakerOfPurpose } from "#db/queries/candidates";
import { openContact } from "#flow/contacts/contacts";
import { ledgerSigner } from "#flow/ledger/receipt";
import { lastStopReceipt, signStopReceipt } from "#flow/ledger/stop-receipt";
import type { StopAnswer } from "#flow/stops/stop-answer";
import { stopPerson } from "#flow/stops/stop-person";
import { undoStop } from "#flow/stops/undo-stop";
import { readUnsubscribeToken, type UnsubscribeFields } from "#flow/stops/unsubscribe-token";
import type { Api, Services } from "../context.ts";
import {
  InvalidLinkPage,
  type PublicModel,
  StoppedPage,
  UndonePage,
  UnsubscribePage,
} from "../pages/public.tsx";

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
    if (link === null) return invalid(context);
    return page(context, <UnsubscribePage model={link.model} />);
  });
  app.get("/u/:token/receipt", async (context) => {
    const fields = readUnsubscribeToken(services.deps.keys.token, context.req.param("token"));
    if (fields === null) return invalid(context);
    const signer = await ledgerSigner(services.deps);
    const receipt = await inWorkspace(services.deps.database, fields.workspaceId, (tx) =>
      lastStopReceipt(tx, signer, fields),
    );
    if (receipt === null) return invalid(context);
    return context.body(`${JSON.stringify(receipt, null, 2)}\n`, 200, {
      ...NO_STORE,
      "content-type": "application/json; charset=utf-8",
      "content-disposition": 'attachment; filename="stop-receipt.json"',
    });
  });
  app.post("/u/:token", async (context) => {
    const requestedAt = new Date();
    const link = await openLink(services, context);
    if (link === null) return invalid(context);
    const wish = await readWish(context);
    if (wish.kind === "none") return page(context, <UnsubscribePage model={link.model} />);
    if (wish.kind === "undo") {
      const undone = await undoStop(services.deps, link.fields.workspaceId, wish.nonce);
      return page(context, <UndonePage model={link.model} undone={undone.kind === "undone"} />);
    }
    const { fields } = link;
    const stop = await stopPerson(services.deps, {
      workspaceId: fields.workspaceId,
      gateId: fields.gateId,
      channel: "email",
      contactId: fields.contactId,
      target:
        wish.kind === "everything"
          ? { kind: "everything" }
          : { kind: "topic", purposeId: fields.purposeId, senderId: link.senderId },
      method: wish.kind === "one-click" ? "one-click" : "link",
      actor: "person",
      claimed: false,
      campaignId: fields.campaignId,
      evidence: { userAgent: (context.req.header("user-agent") ?? "").slice(0, 300) },
      offersUndo: wish.kind !== "one-click",
      requestedAt,
    });
    if (wish.kind === "one-click") {
      const receipt = await receiptHeader(services, fields, stop);
      return context.text(`stopped; inFlight: ${stop.inFlight}\n`, 200, { ...NO_STORE, ...receipt });
    }
    return page(
      context,
      <StoppedPage
        model={{ ...link.model, scope: wish.kind, inFlight: stop.inFlight, undoNonce: stop.undoNonce }}
      />,
    );
  });
}

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

const NO_STORE = { "cache-control": "no-store", "x-robots-tag": "noindex" };

const page = (context: Context, body: unknown) => context.html(String(body), 200, NO_STORE);
const invalid = (context: Context) => context.html(String(<InvalidLinkPage />), 404, NO_STORE);

async function openLink(services: Services, context: Context) {
  const token = context.req.param("token") ?? "";
  const fields = readUnsubscribeToken(services.deps.keys.token, token);
  return fields === null ? null : linkOf(services, fields, `/u/${token}`);
}

async function linkOf({ deps }: Services, fields: UnsubscribeFields, action: string) {
  return inWorkspace(deps.database, fields.workspaceId, async (tx) => {
    const speaker = await readSpeakerOfPurpose(tx, fields.purposeId);
    if (speaker === null) return null;
    const contact = await openContact(tx, deps.keys, fields.contactId);
    const point = contact?.record.points.find((each) => each.gateId === fields.gateId);
    const value = point === undefined ? undefined : contact?.identity?.points[point.id];
    const model: PublicModel = {
      senderName: speaker.senderName,
      postalAddress: speaker.postalAddress,
      purposeName: speaker.purposeName,
      maskedAddress: masked(value),
      action,
    };
    return { fields, senderId: speaker.senderId, model };
  });
}

/** Links are forwarded: the page shows just enough of the address for its owner to know it. */
function masked(address: string | undefined): string {
  if (address === undefined) return "your address";
  const at = address.lastIndexOf("@");
  return `${address.slice(0, 1)}•••••••${address.slice(at)}`;
}

/** Reads the form whatever its encoding; fields it does not know, and JSON, are no wish. */
async function readWish(context: Context): Promise<Wish> {
  const type = (context.req.header("content-type") ?? "").toLowerCase();
  if (!type.startsWith("application/x-www-form-urlencoded") && !type.startsWith("multipart/form-data")) {
    return { kind: "none" };
  }
  let form: Record<string, unknown>;
  try {
    form = await context.req.parseBody();
  } catch {
    // A body that cannot be read asks for nothing.
    return { kind: "none" };
  }
  if (form["List-Unsubscribe"] === "One-Click") return { kind: "one-click" };
  if (typeof form["undo"] === "string") return { kind: "undo", nonce: form["undo"] };
  if (form["scope"] === "topic" || form["scope"] === "everything") return { kind: form["scope"] };
  return { kind: "none" };
}
