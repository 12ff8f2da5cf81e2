import { z } from "@hono/zod-openapi";
import { NOTICE_PARTS, type NoticeInformation, type NoticePart } from "#core/notice-text";
import type { NoticeWords } from "#flow/senders/publish-notice";
import { uuid } from "./schemas.ts";

const words = (longest: number) => z.string().trim().min(1).max(longest);
/** A part is one paragraph: a line of its own must not pass for another part. */
const paragraph = words(2_000).overwrite((text) => text.replace(/\s+/g, " "));

const PARTS = Object.fromEntries(NOTICE_PARTS.map((part) => [part, paragraph])) as Record<
  NoticePart,
  typeof paragraph
>;

const WORDS = {
  wording: words(20_000).optional().describe("All that people read, where it is one text"),
  statement: paragraph.optional().describe("The sentence beside the box; goes with `information`"),
  information: z
    .strictObject(PARTS)
    .optional()
    .describe("What is collected, why, how long it is kept, who receives it, how to withdraw"),
};

interface GivenWords {
  readonly wording?: string | undefined;
  readonly statement?: string | undefined;
  readonly information?: NoticeInformation | undefined;
}

export const NOTICE = z
  .strictObject({
    purposeId: uuid,
    channel: z.enum(["email", "phone"]),
    version: z.string().regex(/^[A-Za-z0-9._-]{1,40}$/),
    language: z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/),
    changesMeaning: z
      .boolean()
      .optional()
      .describe(
        "Does this version change what people agreed to? No default: it must be answered where there is an older " +
          "version of the purpose and channel. `true` ends every consent given under the versions before",
      ),
    ...WORDS,
  })
  .superRefine((given, context) => {
    if ((given.statement === undefined) !== (given.information === undefined))
      context.addIssue({
        code: "custom",
        path: [given.statement === undefined ? "statement" : "information"],
        message: "statement and information go together",
      });
    if ((given.wording === undefined) === (given.statement === undefined && given.information === undefined))
      context.addIssue({
        code: "custom",
        path: ["wording"],
        message: "give either wording, or statement and information",
      });
  })
  .openapi("Notice");

/** The words of a body that was checked. */
export function noticeWords({ wording, statement, information }: GivenWords): NoticeWords {
  if (statement !== undefined && information !== undefined) return { statement, information };
  if (wording === undefined) throw new Error("the words of a notice were not checked");
  return { wording };
}
