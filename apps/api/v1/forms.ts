import { createRoute, z } from "@hono/zod-openapi";
import { inWorkspace } from "#db/database";
import { type FormRecord, readForm, readForms } from "#db/queries/forms";
import { changeForm, createForm, type SavedForm } from "#flow/forms/save-form";
import { needs } from "../authenticate.ts";
import type { Api, Services } from "../context.ts";
import { PAGE_QUERY, pageOf, placeOf } from "../cursor.ts";
import { missing, Problem } from "../problem.ts";
import { answer, idParams, jsonBody, singleLine, uuid } from "./schemas.ts";

const OFFER = z.strictObject({
  purposeId: uuid,
  channel: z.enum(["email", "phone"]),
  noticeIds: z
    .array(uuid)
    .min(1)
    .max(20)
    .describe("The wording shown beside the box: at most one notice per language"),
});

const ownWords = z.string().trim().min(1).max(2_000).optional();
const THANKS = z
  .strictObject({ en: ownWords, de: ownWords, fr: ownWords, es: ownWords, it: ownWords })
  .describe("What the page after a sign-up says first, per language; plain text");

const FIELDS = {
  name: singleLine(100),
  offers: z.array(OFFER).min(1).max(20),
  asksName: z.boolean(),
  asksPhone: z.boolean(),
  isActive: z.boolean(),
  thanks: THANKS,
};

const FORM = z
  .strictObject({
    ...FIELDS,
    senderId: uuid,
    asksName: FIELDS.asksName.default(false),
    asksPhone: FIELDS.asksPhone.default(false),
    isActive: FIELDS.isActive.default(true),
    thanks: FIELDS.thanks.default({}),
  })
  .openapi("NewForm");

/** Any part of a form but whose it is. */
export const CHANGE = z.strictObject(FIELDS).partial().openapi("FormChange");

/** Hosted sign-up forms: what each offers, in which words, and where it stands. */
export function formApiRoutes(api: Api, { deps, config }: Services): void {
  const shown = (form: FormRecord) => ({ ...form, url: `${config.publicUrl}/f/${form.id}` });
  api.openapi(
    createRoute({
      method: "get",
      path: "/v1/forms",
      middleware: [needs("senders:read")],
      request: { query: z.strictObject(PAGE_QUERY) },
      responses: answer(200, "Those of the workspace, oldest first"),
    }),
    async (context) => {
      const { workspaceId } = context.get("caller");
      const { limit, cursor } = context.req.valid("query");
      const forms = await inWorkspace(deps.database, workspaceId, (tx) =>
        readForms(tx, { limit, after: placeOf(cursor) }),
      );
      return context.json(pageOf(forms.map(shown), limit), 200);
    },
  );
  api.openapi(
    createRoute({
      method: "get",
      path: "/v1/forms/{id}",
      middleware: [needs("senders:read")],
      request: { params: idParams },
      responses: answer(200, "The form"),
    }),
    async (context) => {
      const { workspaceId } = context.get("caller");
      const { id } = context.req.valid("param");
      const form = await inWorkspace(deps.database, workspaceId, (tx) => readForm(tx, id));
      if (form === null) throw missing("form");
      return context.json(shown(form), 200);
    },
  );
  api.openapi(
    createRoute({
      method: "post",
      path: "/v1/forms",
      middleware: [needs("senders:write")],
      request: jsonBody(FORM),
      responses: answer(201, "The form, with the address of its page"),
    }),
    async (context) => {
      const { workspaceId, keyId } = context.get("caller");
      const fields = context.req.valid("json");
      return context.json(
        shown(savedForm(await createForm(deps, { workspaceId, actor: `api:${keyId}`, fields }))),
        201,
      );
    },
  );
  api.openapi(
    createRoute({
      method: "patch",
      path: "/v1/forms/{id}",
      middleware: [needs("senders:write")],
      request: { params: idParams, ...jsonBody(CHANGE) },
      responses: answer(200, "The form as it is now"),
    }),
    async (context) => {
      const { workspaceId, keyId } = context.get("caller");
      const change = context.req.valid("json");
      const formId = context.req.valid("param").id;
      return context.json(
        shown(savedForm(await changeForm(deps, { workspaceId, actor: `api:${keyId}`, formId, change }))),
        200,
      );
    },
  );
}

function savedForm(saved: SavedForm): FormRecord {
  switch (saved.kind) {
    case "saved":
      return saved.form;
    case "not-found":
      throw missing("form");
    case "invalid":
      throw new Problem(422, "The form cannot be saved", saved.problems);
    default:
      return saved satisfies never;
  }
}
