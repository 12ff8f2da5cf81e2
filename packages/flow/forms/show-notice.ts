import type { Tx } from "#db/database";
import { recordAudit } from "#db/queries/audit";
import { readForms, updateForm } from "#db/queries/forms";
import type { NoticeRecord } from "#db/queries/senders";

/**
 * Lets forms that show an older version of a notice in its language show this one. What they show in other languages
 * stays until that translation is published; where its meaning was replaced, it is not shown meanwhile.
 * @returns the ids of the forms that were changed.
 */
export async function showOnForms(
  tx: Tx,
  published: {
    readonly workspaceId: string;
    readonly actor: string;
    readonly notice: NoticeRecord;
    /** The notices of its purpose and channel before it. */
    readonly older: readonly NoticeRecord[];
  },
): Promise<string[]> {
  const { workspaceId, actor, notice, older } = published;
  const replaced = new Set(older.filter((each) => each.language === notice.language).map((each) => each.id));
  const changed: string[] = [];
  for (const form of await readForms(tx)) {
    const offers = form.offers.map((offer) => ({
      ...offer,
      noticeIds: offer.noticeIds.map((id) => (replaced.has(id) ? notice.id : id)),
    }));
    if (offers.every((offer) => !offer.noticeIds.includes(notice.id))) continue;
    await updateForm(tx, { ...form, offers });
    await recordAudit(tx, workspaceId, actor, "form-changed", form.id, {
      fields: ["offers"],
      noticeId: notice.id,
    });
    changed.push(form.id);
  }
  return changed;
}
