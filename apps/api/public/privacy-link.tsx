import type { Context } from "hono";
import { z } from "zod";
import { inWorkspace } from "#db/database";
import { readServiceSpeaker } from "#db/queries/service-senders";
import { readRequestToken } from "#flow/rights/requests/request-token";
import { type Correction, requestOfLink, useRequest } from "#flow/rights/requests/use-request";
import type { Api, Services } from "../context.ts";
import { formFields, freeText } from "../form-fields.ts";
import { PrivacyInvalidPage, PrivacySaying } from "../pages/privacy/frame.tsx";
import { AnswerPage, ReportPage, RequestPage } from "../pages/privacy/request.tsx";
import { jsonFile, page, privacyReaderOf, recordSignal } from "./reader.ts";

const CORRECTION = z.object({ fullName: freeText(200), givenName: freeText(100), other: freeText(2_000) });

/** The link in the mail about a request: it says what its button does, and the button does it. */
export function privacyLinkRoutes(app: Api, services: Services): void {
  app.get("/privacy/r/:token", async (context) => {
    const reader = privacyReaderOf(context);
    const opened = await openLink(services, context);
    if (opened === null) return page(context, <PrivacyInvalidPage reader={reader} />, 404);
    const { request, text, speaker, link } = opened;
    const { contactId } = request;
    const optOutRecorded =
      contactId !== null && (await recordSignal(services, context, { ...link, contactId }));
    if (text.answer !== undefined)
      return page(context, <AnswerPage reader={reader} speaker={speaker} answer={text.answer} />);
    if (request.state !== "unverified" && request.kind !== "access")
      return page(
        context,
        <PrivacySaying
          reader={reader}
          speaker={speaker}
          title={reader.words.kinds[request.kind].title}
          lines={[reader.words.done]}
        />,
      );
    return page(
      context,
      <RequestPage reader={reader} speaker={speaker} kind={request.kind} optOutRecorded={optOutRecorded} />,
    );
  });
  app.post("/privacy/r/:token", async (context) => {
    const reader = privacyReaderOf(context);
    const { words } = reader;
    const opened = await openLink(services, context);
    const fields = (await formFields(context)) ?? {};
    const parsed = CORRECTION.safeParse(fields);
    if (opened === null || !parsed.success) return page(context, <PrivacyInvalidPage reader={reader} />, 404);
    const { speaker, link } = opened;
    const answer = await useRequest(services.deps, services.inbox, link, correctionOf(parsed.data));
    const say = (text: string) =>
      page(
        context,
        <PrivacySaying
          reader={reader}
          speaker={speaker}
          title={words.kinds[opened.request.kind].title}
          lines={[text]}
        />,
      );
    switch (answer.kind) {
      case "report":
        if (fields["format"] !== "json")
          return page(context, <ReportPage reader={reader} speaker={speaker} report={answer.report} />);
        return jsonFile(context, answer.report, "my-data.json");
      case "erased":
        return say(words.erased);
      case "restricted":
        return say(words.restricted);
      case "corrected":
        return say(answer.waits ? words.waits : words.corrected);
      case "not-valid":
        return page(context, <PrivacyInvalidPage reader={reader} />, 404);
      default:
        return answer satisfies never;
    }
  });
}

/** Empty fields say nothing. */
function correctionOf({ fullName, givenName, other }: z.infer<typeof CORRECTION>): Correction {
  const oneLine = (text: string) => text.replace(/[\p{Cc}\u2028\u2029]+/gu, " ").trim();
  return {
    ...(fullName === "" ? {} : { fullName: oneLine(fullName) }),
    ...(givenName === "" ? {} : { givenName: oneLine(givenName) }),
    ...(other === "" ? {} : { other }),
  };
}

async function openLink({ deps }: Services, context: Context) {
  const link = readRequestToken(deps.keys.token, context.req.param("token") ?? "");
  const linked = link === null ? null : await requestOfLink(deps, link);
  if (link === null || linked === null) return null;
  const speaker = await inWorkspace(deps.database, link.workspaceId, (tx) =>
    readServiceSpeaker(tx, linked.request.senderId),
  );
  return speaker === null ? null : { ...linked, link, speaker };
}
