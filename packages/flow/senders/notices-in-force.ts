import type { NoticeRecord } from "#db/queries/senders";

/** What notices compete for: the last meaning of a purpose and channel is the one that counts. */
const subjectOf = ({ purposeId, channel }: Pick<NoticeRecord, "purposeId" | "channel">): string =>
  `${purposeId}.${channel}`;

/** The notices that consent may rest on, in the order given: those whose meaning nothing has replaced. */
export function noticesInForce(notices: readonly NoticeRecord[]): NoticeRecord[] {
  const last = new Map<string, number>();
  for (const notice of notices) {
    const subject = subjectOf(notice);
    last.set(subject, Math.max(notice.meaning, last.get(subject) ?? 0));
  }
  return notices.filter((notice) => notice.meaning === last.get(subjectOf(notice)));
}
