import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { PRIVACY_REQUEST_KINDS } from "#core/rights/deadlines";
import { inWorkspace, outsideWorkspaces } from "#db/database";
import { workspaceOfSender } from "#db/queries/privacy-requests";
import { readPurposes, readSenders } from "#db/queries/senders";
import { readSources } from "#db/queries/sources";
import { openRequest } from "#flow/rights/requests/open-request";
import { retentionTable } from "#flow/rights/retain";
import type { Api, Services } from "../context.ts";
import { formFields, freeText } from "../form-fields.ts";
import { type CentreModel, CentrePage } from "../pages/privacy/centre.tsx";
import { PrivacyInvalidPage, PrivacySaying } from "../pages/privacy/frame.tsx";
import { ownAddress } from "../pages/public/frame.tsx";
import { clientAddress } from "./client-address.ts";
import { formLimits } from "./limits.ts";
import { page, privacyReaderOf } from "./reader.ts";

/** Known and unknown addresses take equally long: what is done about them is done within this time. */
const ANSWER_MS = 300;

/** The privacy centre: what a sender keeps, and the form for people's requests, without login and without script. */
export function privacyRoutes(app: Api, services: Services): void {
  const limits = formLimits(services.deps, "privacy");
  app.get("/.well-known/gpc.json", (context) => context.json({ gpc: true, lastUpdate: "2026-11-24" }));
  app.get("/privacy/:sender", async (context) => {
    const reader = privacyReaderOf(context);
    const centre = await centreOf(services, context.req.param("sender"));
    if (centre === null) return page(context, <PrivacyInvalidPage reader={reader} />, 404);
    return page(context, <CentrePage reader={reader} model={centre.model} />);
  });
  app.post("/privacy/:sender", async (context) => {
    const reader = privacyReaderOf(context);
    const centre = await centreOf(services, context.req.param("sender"));
    if (centre === null) return page(context, <PrivacyInvalidPage reader={reader} />, 404);
    const say = (title: string, line: string, status: 200 | 422 | 429 = 200) =>
      page(
        context,
        <PrivacySaying
          reader={reader}
          speaker={centre.model}
          title={title}
          lines={[line]}
          backTo={ownAddress(reader)}
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

const FORM = z.object({
  kind: z.enum(PRIVACY_REQUEST_KINDS),
  value: freeText(254),
  details: freeText(2_000),
  agent: freeText(500),
  website: freeText(500),
});

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
        // The table has a row for every class.
        days: days as CentreModel["days"],
      },
    };
  });
}
