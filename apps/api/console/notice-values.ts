import type { z } from "zod";
import { NOTICE_PARTS, type NoticeInformation, noticeText } from "#core/notice-text";
import type { NoticeRecord } from "#db/queries/senders";
import type { FieldProblem } from "#flow/field-problems";
import type { NoticeValues } from "../pages/console/notice-editor.tsx";
import { checkFailed } from "../problem.ts";
import { NOTICE } from "../v1/notice-schema.ts";

/** A notice of parts, as the console writes them: one text that has everything somewhere in it is for programs. */
export type AskedNotice = z.infer<typeof NOTICE> & {
  readonly statement: string;
  readonly information: NoticeInformation;
};

export type CheckedNotice =
  | { readonly kind: "checked"; readonly asked: AskedNotice }
  | { readonly kind: "problems"; readonly problems: readonly FieldProblem[] };

/** What the form asks for, checked by the schema that the API checks with. @param changes `yes`, `no` or no answer. */
export function checkNotice(values: NoticeValues, changes: string): CheckedNotice {
  const [purposeId = "", channel = ""] = values.subject.split(".");
  const checked = NOTICE.safeParse({
    purposeId,
    channel,
    version: values.version.trim(),
    language: values.language,
    statement: values.statement,
    information: Object.fromEntries(NOTICE_PARTS.map((part) => [part, values[part]])),
    ...(changes === "yes" || changes === "no" ? { changesMeaning: changes === "yes" } : {}),
  });
  if (!checked.success) return { kind: "problems", problems: checkFailed(checked.error).errors };
  const { statement, information, ...rest } = checked.data;
  if (statement === undefined || information === undefined) throw new Error("a notice has lost its parts");
  return { kind: "checked", asked: { ...rest, statement, information } };
}

/** The notice as it would be published. */
export const draftOf = (asked: AskedNotice, now: Date): NoticeRecord => ({
  id: "",
  purposeId: asked.purposeId,
  channel: asked.channel,
  version: asked.version,
  language: asked.language,
  wording: noticeText(asked.language, asked.statement, asked.information),
  statement: asked.statement,
  information: asked.information,
  meaning: 1,
  hash: "",
  createdAt: now,
});

/** A new notice begins with the words of the one it follows; its version is the writer's to name. */
export const valuesFrom = (from: NoticeRecord | null): NoticeValues => ({
  subject: from === null ? "" : `${from.purposeId}.${from.channel}`,
  version: "",
  language: from?.language ?? "en",
  statement: from === null ? "" : (from.statement ?? from.wording),
  ...(Object.fromEntries(NOTICE_PARTS.map((part) => [part, from?.information?.[part] ?? ""])) as Record<
    (typeof NOTICE_PARTS)[number],
    string
  >),
});
