import { sql } from "drizzle-orm";
import { rows, type Tx } from "../database.ts";
import { EVERYTHING, type Page, pageById } from "../page.ts";
import type { FormOffer, FormThanks } from "../schema/front-door.ts";

export interface FormRecord {
  readonly id: string;
  readonly senderId: string;
  readonly name: string;
  readonly offers: readonly FormOffer[];
  readonly asksName: boolean;
  readonly asksPhone: boolean;
  readonly isActive: boolean;
  readonly thanks: FormThanks;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export type FormDraft = Omit<FormRecord, "createdAt" | "updatedAt">;

const COLUMNS = sql`id, sender_id as "senderId", name, offers, asks_name as "asksName", asks_phone as "asksPhone",
  is_active as "isActive", thanks, created_at as "createdAt", updated_at as "updatedAt"`;

export async function insertForm(tx: Tx, workspaceId: string, draft: FormDraft): Promise<void> {
  await tx.execute(sql`
    insert into form (id, workspace_id, sender_id, name, offers, asks_name, asks_phone, is_active, thanks,
      created_at, updated_at)
    values (${draft.id}::uuid, ${workspaceId}::uuid, ${draft.senderId}::uuid, ${draft.name},
      ${rows(draft.offers)}, ${draft.asksName}, ${draft.asksPhone}, ${draft.isActive},
      ${JSON.stringify(draft.thanks)}::jsonb, consentry_now(), consentry_now())`);
}

/** Changes everything but whose form it is. */
export async function updateForm(tx: Tx, draft: FormDraft): Promise<void> {
  await tx.execute(sql`
    update form set name = ${draft.name}, offers = ${rows(draft.offers)},
      asks_name = ${draft.asksName}, asks_phone = ${draft.asksPhone}, is_active = ${draft.isActive},
      thanks = ${JSON.stringify(draft.thanks)}::jsonb, updated_at = consentry_now()
    where id = ${draft.id}::uuid`);
}

export async function readForm(tx: Tx, formId: string): Promise<FormRecord | null> {
  const [row] = await tx.execute<Record<string, unknown> & FormRecord>(
    sql`select ${COLUMNS} from form where id = ${formId}::uuid`,
  );
  return row ?? null;
}

/** The forms of the workspace, oldest first. */
export async function readForms(tx: Tx, page: Page = EVERYTHING): Promise<FormRecord[]> {
  const found = await tx.execute<Record<string, unknown> & FormRecord>(
    sql`select ${COLUMNS} from form ${pageById(page)}`,
  );
  return [...found];
}

/** Whose form this is; asked outside workspaces, because a public page knows only the form. */
export async function workspaceOfForm(tx: Tx, formId: string): Promise<string | null> {
  const [row] = await tx.execute<{ id: string | null }>(sql`select form_workspace(${formId}::uuid) as id`);
  return row?.id ?? null;
}
