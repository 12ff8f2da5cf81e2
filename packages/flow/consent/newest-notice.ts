import { type Language, languageOf } from "#core/language";
import type { NoticeRecord } from "#db/queries/senders";
import { noticesInForce } from "../senders/notices-in-force.ts";

/** The wording to ask with: of those in force the newest one in this language, else the newest; null where there is none. */
export function newestNotice(
  notices: readonly NoticeRecord[],
  purposeId: string,
  channel: "email" | "phone",
  language: Language,
): NoticeRecord | null {
  const fitting = noticesInForce(notices)
    .reverse()
    .filter((notice) => notice.purposeId === purposeId && notice.channel === channel);
  return fitting.find((notice) => languageOf(notice.language) === language) ?? fitting[0] ?? null;
}
