import { type Language, languageOf } from "#core/language";
import { inWorkspace, outsideWorkspaces, type Tx } from "#db/database";
import { type FormRecord, readForm, workspaceOfForm } from "#db/queries/forms";
import { type NoticeRecord, readNotices, readPurposes } from "#db/queries/senders";
import { readServiceSpeaker, type ServiceSpeaker } from "#db/queries/service-senders";
import type { FlowDeps } from "../deps.ts";
import { noticesInForce } from "../senders/notices-in-force.ts";

/** One box of a form: what it stands for, and the exact wording shown beside it. */
export interface OfferedBox {
  readonly purposeId: string;
  readonly purposeName: string;
  readonly purposeDescription: string;
  readonly channel: "email" | "phone";
  readonly notice: NoticeRecord;
}

export interface OpenForm {
  readonly workspaceId: string;
  readonly form: FormRecord;
  readonly speaker: ServiceSpeaker;
  readonly boxes: readonly OfferedBox[];
}

/** A form as its public page shows it in a language; null when there is none of that id, or it is switched off. */
export async function openForm(deps: FlowDeps, formId: string, language: Language): Promise<OpenForm | null> {
  const workspaceId = await outsideWorkspaces(deps.database, (tx) => workspaceOfForm(tx, formId));
  if (workspaceId === null) return null;
  const open = await previewForm(deps, workspaceId, formId, language);
  return open?.form.isActive === true ? open : null;
}

/** The same for staff, who see a form that is switched off too. */
export async function previewForm(
  deps: FlowDeps,
  workspaceId: string,
  formId: string,
  language: Language,
): Promise<OpenForm | null> {
  return inWorkspace(deps.database, workspaceId, async (tx) => {
    const form = await readForm(tx, formId);
    if (form === null) return null;
    const speaker = await readServiceSpeaker(tx, form.senderId);
    if (speaker === null) return null;
    const boxes = await readBoxes(tx, form, language);
    return boxes.length === 0 ? null : { workspaceId, form, speaker, boxes };
  });
}

async function readBoxes(tx: Tx, form: FormRecord, language: Language): Promise<OfferedBox[]> {
  const purposes = new Map((await readPurposes(tx)).map((purpose) => [purpose.id, purpose]));
  // What was agreed to under words that mean something else now would permit nothing: they are not shown.
  const notices = new Map(noticesInForce(await readNotices(tx)).map((notice) => [notice.id, notice]));
  return form.offers.flatMap((offer) => {
    const purpose = purposes.get(offer.purposeId);
    const shown = inLanguage(
      offer.noticeIds.flatMap((id) => notices.get(id) ?? []),
      language,
    );
    if (purpose === undefined || shown === undefined) return [];
    return [
      {
        purposeId: offer.purposeId,
        purposeName: purpose.name,
        purposeDescription: purpose.description,
        channel: offer.channel,
        notice: shown,
      },
    ];
  });
}

/** The wording in the reader's language, else in English, else the first: the box is worth only what was shown. */
const inLanguage = (notices: readonly NoticeRecord[], language: Language): NoticeRecord | undefined =>
  notices.find((notice) => languageOf(notice.language) === language) ??
  notices.find((notice) => languageOf(notice.language) === "en") ??
  notices[0];
