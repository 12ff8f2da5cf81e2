import type { Context } from "hono";
import { type ConfirmResult, confirmSignUp } from "#flow/consent/confirm-sign-up";
import { type ConfirmFields, readConfirmToken } from "#flow/consent/confirm-token";
import { type OpenSignUp, openSignUp } from "#flow/consent/open-sign-up";
import { mintPreferenceToken } from "#flow/preferences/preference-token";
import type { Api, Services } from "../context.ts";
import { formFields } from "../form-fields.ts";
import { ConfirmPage } from "../pages/public/confirm.tsx";
import { InvalidLinkPage, ownAddress, type Reader, SayingPage } from "../pages/public/frame.tsx";
import { page, readerOf, visitorOf } from "./reader.ts";

interface Link {
  readonly token: string;
  readonly fields: ConfirmFields;
  readonly open: OpenSignUp;
}

/** The confirmation link. Looking changes nothing; the button confirms, once and not for ever. */
export function confirmRoutes(app: Api, services: Services): void {
  app.get("/c/:token", async (context) => {
    const link = await openLink(services, context);
    const reader = readerOf(context, link?.open.language ?? null);
    if (link === null) return page(context, <InvalidLinkPage reader={reader} />, 404);
    const { open } = link;
    if (open.state === "open") return page(context, <ConfirmPage reader={reader} open={open} />);
    return answer(services, context, reader, link, {
      kind: open.state === "confirmed" ? "already" : "expired",
    });
  });
  app.post("/c/:token", async (context) => {
    const link = await openLink(services, context);
    const reader = readerOf(context, link?.open.language ?? null);
    if (link === null) return page(context, <InvalidLinkPage reader={reader} />, 404);
    const fields = await formFields(context);
    if (fields?.["confirm"] !== "yes" && link.open.state === "open")
      return page(context, <ConfirmPage reader={reader} open={link.open} />);
    const result = await confirmSignUp(services.deps, link.fields, {
      token: link.token,
      ...visitorOf(services, context),
    });
    return answer(services, context, reader, link, result);
  });
}

async function openLink(services: Services, context: Context): Promise<Link | null> {
  const token = context.req.param("token") ?? "";
  const fields = readConfirmToken(services.deps.keys.token, token);
  if (fields === null) return null;
  const open = await openSignUp(services.deps, fields);
  return open === null ? null : { token, fields, open };
}

function answer(services: Services, context: Context, reader: Reader, link: Link, result: ConfirmResult) {
  const { confirm, common } = reader.words;
  const { open } = link;
  const hasPhone = open.wishes.some(({ wish }) => wish.channel === "phone");
  const say = (title: string, lines: readonly string[], hasChoices: boolean) =>
    page(
      context,
      <SayingPage reader={reader} speaker={open.speaker} title={title} lines={lines}>
        {hasChoices ? (
          <p>
            <a href={ownAddress(reader, choicesPath(services, link))}>{common.choices}</a>
          </p>
        ) : null}
      </SayingPage>,
    );
  switch (result.kind) {
    case "confirmed":
      return say(confirm.doneTitle, [confirm.done, ...(hasPhone ? [confirm.donePhone] : [])], true);
    case "already":
      return say(confirm.alreadyTitle, [confirm.already], true);
    case "expired":
      return say(confirm.expiredTitle, [confirm.expired], false);
    case "objection-stands":
      return say(confirm.objectionTitle, [confirm.objection(open.speaker.senderName)], false);
    case "not-valid":
      return page(context, <InvalidLinkPage reader={reader} />, 404);
    default:
      return result satisfies never;
  }
}

const choicesPath = ({ deps }: Services, { fields, open }: Link): string =>
  `/p/${mintPreferenceToken(deps.keys.token, {
    workspaceId: fields.workspaceId,
    senderId: open.speaker.senderId,
    contactId: open.contactId,
    gateId: open.gateId,
  })}`;
