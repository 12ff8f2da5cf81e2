import type { Context } from "hono";
import { inWorkspace } from "#db/database";
import type { Pace } from "#db/queries/contact-preferences";
import { contactThatStays } from "#db/queries/merge-people";
import { readContactMessages } from "#db/read-models/contact-messages";
import { ledgerSigner, receiptsFor } from "#flow/ledger/receipt";
import { type PreferenceFields, readPreferenceToken } from "#flow/preferences/preference-token";
import { type Preferences, readPreferences } from "#flow/preferences/read-preferences";
import { type SaveRequest, savePreferences, stopEverything } from "#flow/preferences/save-preferences";
import { undoStop } from "#flow/stops/undo-stop";
import type { Api, Services } from "../context.ts";
import { formFields, textOf, textsOf } from "../form-fields.ts";
import { InvalidLinkPage } from "../pages/public/frame.tsx";
import { MessagesPage, WhyPage } from "../pages/public/history.tsx";
import { PACES } from "../pages/public/paces.ts";
import { type Done, PreferencesPage, pauseOf } from "../pages/public/preferences.tsx";
import { jsonFile, page, readerOf, recordSignal, visitorOf } from "./reader.ts";

interface Link {
  readonly fields: PreferenceFields;
  readonly model: Preferences;
}

const DAY_MS = 86_400_000;
const NOTHING: Done = {
  stopped: 0,
  everything: false,
  inFlight: 0,
  isPaced: false,
  isAsked: false,
  undo: "none",
  undoNonce: null,
};

/** The preference page: what is stored, and how to get less of it. Looking changes nothing; there is no login. */
export function preferenceRoutes(app: Api, services: Services): void {
  app.get("/p/:token", async (context) => {
    const link = await openLink(services, context);
    const reader = readerOf(context, link?.model.language ?? null);
    if (link === null) return page(context, <InvalidLinkPage reader={reader} />, 404);
    const optOutRecorded = await recordSignal(services, context, link.fields);
    return page(
      context,
      <PreferencesPage reader={reader} model={link.model} done={null} optOutRecorded={optOutRecorded} />,
    );
  });
  app.post("/p/:token", async (context) => {
    const requestedAt = new Date();
    const link = await openLink(services, context);
    const reader = readerOf(context, link?.model.language ?? null);
    if (link === null) return page(context, <InvalidLinkPage reader={reader} />, 404);
    const fields = await formFields(context);
    const done = fields === null ? null : await act(services, context, link, fields, requestedAt);
    // What is shown was read after the write, and after everything on the wire had ended.
    const model = done === null ? link.model : ((await read(services, link.fields)) ?? link.model);
    return page(context, <PreferencesPage reader={reader} model={model} done={done} />);
  });
  app.get("/p/:token/receipts", async (context) => {
    const { deps } = services;
    const link = await openLink(services, context);
    if (link === null) return page(context, <InvalidLinkPage reader={readerOf(context)} />, 404);
    const signer = await ledgerSigner(deps);
    const { workspaceId, contactId } = link.fields;
    const receipts = await inWorkspace(deps.database, workspaceId, (tx) =>
      receiptsFor(tx, signer, contactId),
    );
    if (receipts === null) return page(context, <InvalidLinkPage reader={readerOf(context)} />, 404);
    return jsonFile(context, receipts, "consent-receipts.json");
  });
  app.get("/p/:token/messages", async (context) => {
    const link = await openLink(services, context);
    const reader = readerOf(context, link?.model.language ?? null);
    if (link === null) return page(context, <InvalidLinkPage reader={reader} />, 404);
    return page(context, <MessagesPage reader={reader} model={link.model} />);
  });
  app.get("/p/:token/messages/:id", async (context) => {
    const link = await openLink(services, context);
    const reader = readerOf(context, link?.model.language ?? null);
    const id = /^[1-9]\d{0,14}$/.exec(context.req.param("id"))?.[0];
    const [message] =
      link === null || id === undefined
        ? []
        : await inWorkspace(services.deps.database, link.fields.workspaceId, (tx) =>
            readContactMessages(tx, link.fields.contactId, 1, Number(id)),
          );
    if (link === null || message === undefined || message.state === "blocked")
      return page(context, <InvalidLinkPage reader={reader} />, 404);
    return page(context, <WhyPage reader={reader} model={link.model} message={message} />);
  });
}

const read = ({ deps }: Services, fields: PreferenceFields): Promise<Preferences | null> =>
  inWorkspace(deps.database, fields.workspaceId, (tx) => readPreferences(tx, deps, fields));

async function openLink(services: Services, context: Context): Promise<Link | null> {
  const named = readPreferenceToken(services.deps.keys.token, context.req.param("token") ?? "");
  if (named === null) return null;
  const model = await read(services, named);
  if (model !== null) return { fields: named, model };
  const contactId = await inWorkspace(services.deps.database, named.workspaceId, (tx) =>
    contactThatStays(tx, named.contactId),
  );
  if (contactId === named.contactId) return null;
  const fields = { ...named, contactId };
  const stays = await read(services, fields);
  return stays === null ? null : { fields, model: stays };
}

/** Does what a form asks for. Null: it asks for nothing we know, and nothing was changed. */
async function act(
  services: Services,
  context: Context,
  link: Link,
  fields: Readonly<Record<string, unknown>>,
  requestedAt: Date,
): Promise<Done | null> {
  const { deps, config } = services;
  const how = { page: "/p", ...visitorOf(services, context) };
  const nonce = textOf(fields, "undo");
  if (nonce !== "") {
    const undone = await undoStop(deps, link.fields.workspaceId, nonce);
    return { ...NOTHING, undo: undone.kind };
  }
  if (textOf(fields, "act") === "everything") {
    const { inFlight, undoNonce, eventIds } = await stopEverything(deps, {
      fields: link.fields,
      points: link.model.points,
      how,
      method: "preference-page",
      campaignId: null,
      requestedAt,
    });
    return { ...NOTHING, everything: true, stopped: eventIds.length, inFlight, undoNonce };
  }
  if (textOf(fields, "act") !== "save") return null;
  const wanted = wantedBy(link.model, fields);
  const saved = await savePreferences(deps, {
    fields: link.fields,
    ...wanted,
    how,
    language: readerOf(context, link.model.language).language,
    publicUrl: config.publicUrl,
    requestedAt,
  });
  return {
    ...NOTHING,
    stopped: wanted.stopped.length,
    inFlight: saved.inFlight,
    isPaced: wanted.pace !== null,
    isAsked: saved.isAsked,
    undoNonce: saved.stop?.undoNonce ?? null,
  };
}

/** The differences between what is stored and what the form says; boxes that were not on the page say nothing. */
function wantedBy(
  model: Preferences,
  fields: Readonly<Record<string, unknown>>,
): Pick<SaveRequest, "stopped" | "asked" | "pace"> {
  const shown = new Set(textsOf(fields, "shown"));
  const on = new Set(textsOf(fields, "on"));
  const choices = model.topics.flatMap((topic) => topic.choices).filter((choice) => shown.has(choice.key));
  return {
    stopped: choices.filter((choice) => choice.isOn && !on.has(choice.key)),
    asked: choices.filter((choice) => !choice.isOn && choice.canAsk && on.has(choice.key)),
    pace: paceWanted(model, textOf(fields, "pace")),
  };
}

function paceWanted(model: Preferences, name: string): Pace | null {
  const option = PACES.find((pace) => pace.name === name);
  if (option === undefined) return null;
  const { pace, now } = model;
  const cap = { capMax: pace?.capMax ?? null, capWindowHours: pace?.capWindowHours ?? null };
  switch (option.kind) {
    case "pause":
      // The cap chosen before holds again when the break is over.
      return { ...cap, pausedUntil: new Date(now.getTime() + option.days * DAY_MS) };
    case "free":
      return pauseOf(model) === null && cap.capMax === null
        ? null
        : { pausedUntil: null, capMax: null, capWindowHours: null };
    case "cap":
      return pauseOf(model) === null && cap.capMax === option.max && cap.capWindowHours === option.windowHours
        ? null
        : { pausedUntil: null, capMax: option.max, capWindowHours: option.windowHours };
    default:
      return option satisfies never;
  }
}
