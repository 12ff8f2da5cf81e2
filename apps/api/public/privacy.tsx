import { setTimeout as sleep } from "node:timers/promises";
import type { Context } from "hono";
import { z } from "zod";
import { PRIVACY_REQUEST_KINDS } from "#core/rights/deadlines";
import { inWorkspace, outsideWorkspaces } from "#db/database";
import { workspaceOfSender } from "#db/queries/privacy-requests";
import { readPurposes, readSenders } from "#db/queries/senders";
import { readServiceSpeaker } from "#db/queries/service-senders";
import { readSources } from "#db/queries/sources";
import { recordOptOutSignal } from "#flow/rights/opt-out-signal";
import { openRequest } from "#flow/rights/requests/open-request";
import { readRequestToken } from "#flow/rights/requests/request-token";
import { type Correction, requestOfLink, useRequest } from "#flow/rights/requests/use-request";
import { retentionTable } from "#flow/rights/retain";
import type { Api, Services } from "../context.ts";
import { PRIVACY_WORDS } from "../pages/privacy/catalogue.ts";
import { type CentreModel, CentrePage } from "../pages/privacy/centre.tsx";
import { inLanguage, type PrivacyReader, PrivacySaying } from "../pages/privacy/frame.tsx";
import { AnswerPage, ReportPage, RequestPage } from "../pages/privacy/request.tsx";
import { clientAddress } from "./client-address.ts";
import { formLimits } from "./limits.ts";
import { formFields, NO_STORE, page, readerOf as publicReader } from "./reader.ts";

/** Known and unknown addresses take equally long: what is done about them is done within this time. */
const ANSWER_MS = 300;

/** The privacy centre: what a sender keeps, and the requests of people, without login and without script. */
export function privacyRoutes(app: Api, services: Services): void {
  const limits = formLimits(services.deps, "privacy");
  app.get("/.well-known/gpc.json", (context) => context.json({ gpc: true, lastUpdate: "2026-11-24" }));
  linkRoutes(app, services);
  app.get("/privacy/:sender", async (context) => {
    const reader = readerOf(context);
    const centre = await centreOf(services, context.req.param("sender"));
    if (centre === null) return invalid(context, reader);
    return page(context, <CentrePage reader={reader} model={centre.model} />);
  });
  app.post("/privacy/:sender", async (context) => {
    const reader = readerOf(context);
    const centre = await centreOf(services, context.req.param("sender"));
    if (centre === null) return invalid(context, reader);
    const say = (title: string, line: string, status: 200 | 422 | 429 = 200) =>
      page(
        context,
        <PrivacySaying
          reader={reader}
          speaker={centre.model}
          title={title}
          lines={[line]}
          backTo={inLanguage(reader)}
        />,
        status,
      );
    const { words } = reader;
    const form = FORM.safeParse((await formFields(context)) ?? {});
    if (!form.success) return say(words.problemTitle, words.addressInvalid, 422);
    const { kind, value, details, agent, website } = form.data;
    const isWithinLimits =
      (await limits.network(clientAddress(context, services.config.trustedProxies))) &&
      (await limits.address(value));
    if (!isWithinLimits) return say(words.problemTitle, words.tooMany, 429);
    // A machine filled in what no person sees; it learns nothing from the answer.
    if (website !== "") return say(words.mailedTitle, words.mailed);
    const [answer] = await Promise.all([
      openRequest(services.deps, {
        workspaceId: centre.workspaceId,
        senderId: centre.senderId,
        kind,
        channel: value.includes("@") ? "email" : "phone",
        value,
        language: reader.language,
        text: { ...(details === "" ? {} : { details }), ...(agent === "" ? {} : { agent }) },
        title: words.kinds[kind].title,
        publicUrl: services.config.publicUrl,
      }),
      sleep(ANSWER_MS),
    ]);
    switch (answer.kind) {
      case "stopped":
        return say(words.stoppedTitle, words.stopped);
      case "mailed":
        return say(words.mailedTitle, words.mailed);
      case "address-invalid":
        return say(words.problemTitle, words.addressInvalid, 422);
      case "needs-email":
        return say(words.problemTitle, words.needsEmail, 422);
      default:
        return answer satisfies never;
    }
  });
}

const line = (longest: number) =>
  z
    .string()
    .max(longest)
    .default("")
    .transform((text) => text.replace(/[^\S\n]+/g, " ").trim());
const FORM = z.object({
  kind: z.enum(PRIVACY_REQUEST_KINDS),
  value: line(254),
  details: line(2_000),
  agent: line(500),
  website: line(500),
});
const CORRECTION = z.object({ fullName: line(200), givenName: line(100), other: line(2_000) });

function linkRoutes(app: Api, services: Services): void {
  app.get("/privacy/r/:token", async (context) => {
    const reader = readerOf(context);
    const opened = await openLink(services, context);
    if (opened === null) return invalid(context, reader);
    const { request, text, speaker, link } = opened;
    const hasSignal = context.req.header("sec-gpc") === "1";
    const optOutRecorded =
      hasSignal && request.contactId !== null
        ? await recordOptOutSignal(services.deps, link.workspaceId, request.contactId)
        : false;
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
    const reader = readerOf(context);
    const { words } = reader;
    const opened = await openLink(services, context);
    const fields = (await formFields(context)) ?? {};
    const parsed = CORRECTION.safeParse(fields);
    if (opened === null || !parsed.success) return invalid(context, reader);
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
        return context.body(`${JSON.stringify(answer.report, null, 2)}\n`, 200, {
          ...NO_STORE,
          "content-type": "application/json; charset=utf-8",
          "content-disposition": 'attachment; filename="my-data.json"',
        });
      case "erased":
        return say(words.erased);
      case "restricted":
        return say(words.restricted);
      case "corrected":
        return say(answer.waits ? words.waits : words.corrected);
      case "not-valid":
        return invalid(context, reader);
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

async function centreOf(
  { deps }: Services,
  sender: string,
): Promise<{ workspaceId: string; senderId: string; model: CentreModel } | null> {
  const senderId = z.uuid().safeParse(sender);
  if (!senderId.success) return null;
  const workspaceId = await outsideWorkspaces(deps.database, (tx) => workspaceOfSender(tx, senderId.data));
  if (workspaceId === null) return null;
  const retention = await retentionTable(deps, workspaceId);
  return inWorkspace(deps.database, workspaceId, async (tx) => {
    const record = (await readSenders(tx)).find((each) => each.id === senderId.data);
    if (record === undefined) return null;
    const purposes = (await readPurposes(tx)).filter((purpose) => purpose.senderId === record.id);
    const days = Object.fromEntries(retention.map((row) => [row.dataClass, row.days]));
    return {
      workspaceId,
      senderId: record.id,
      model: {
        senderName: record.name,
        postalAddress: record.postalAddress,
        legalBasis: record.legalBasis,
        purposes,
        sources: (await readSources(tx)).map((source) => source.name),
        days: days as CentreModel["days"],
      },
    };
  });
}

function readerOf(context: Context): PrivacyReader {
  const { language, path } = publicReader(context);
  return { language, words: PRIVACY_WORDS[language], path };
}

/** The same for every link and address that is not ours, whatever is wrong with it. */
const invalid = (context: Context, reader: PrivacyReader) =>
  page(
    context,
    <PrivacySaying
      reader={reader}
      speaker={null}
      title={reader.words.invalidTitle}
      lines={[reader.words.invalid]}
    />,
    404,
  );
