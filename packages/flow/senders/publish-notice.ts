import { createHash, randomUUIDv7 } from "node:crypto";
import { type NoticeInformation, noticeText } from "#core/notice-text";
import { inWorkspace, type Tx } from "#db/database";
import { recordAudit } from "#db/queries/audit";
import { insertNotice, lockPurpose, type NoticeRecord, readNotices } from "#db/queries/senders";
import type { FlowDeps } from "../deps.ts";
import { showOnForms } from "../forms/show-notice.ts";
import { stopByPolicy } from "../stops/stop-by-policy.ts";

/** The words: one text, or the sentence beside a box with what has to be told before somebody can agree. */
export type NoticeWords =
  | { readonly wording: string }
  | { readonly statement: string; readonly information: NoticeInformation };

export type NoticeRequest = NoticeWords & {
  readonly workspaceId: string;
  readonly actor: string;
  readonly purposeId: string;
  readonly channel: "email" | "phone";
  readonly version: string;
  readonly language: string;
  /** Does this version change what people agreed to? Has to be answered where there is an older version. */
  readonly changesMeaning?: boolean | undefined;
};

export interface PublishedNotice {
  readonly kind: "created";
  readonly record: NoticeRecord;
  /** Forms that showed an older version in this language and show this one now. */
  readonly formIds: readonly string[];
  /** Messages that the old consent had allowed and that are still on the wire. */
  readonly inFlight: number;
}

export type NoticeCreated =
  | PublishedNotice
  /** This version exists in this language. */
  | { readonly kind: "taken" }
  | { readonly kind: "parent-unknown" }
  /** There is an older version, and nobody said whether this one means the same. */
  | { readonly kind: "change-unanswered" }
  /** A translation of a version says what that version says; for the first version there is nothing to change. */
  | { readonly kind: "nothing-to-change" };

/**
 * Keeps a wording for good, with its SHA-256: what people were shown can be proved and not rewritten. A version that
 * changes what people agreed to ends every consent under the versions before, in all languages; that is a change of
 * policy, and it is answered after the barrier. Forms that showed an older version in this language show this one.
 */
export async function createNotice(deps: FlowDeps, request: NoticeRequest): Promise<NoticeCreated> {
  if (request.changesMeaning !== true) {
    return inWorkspace(deps.database, request.workspaceId, (tx) => publish(tx, request));
  }
  let published: NoticeCreated | undefined;
  const stop = await stopByPolicy(deps, request.workspaceId, async (tx) => {
    published = await publish(tx, request);
    return published.kind === "created" ? { record: published.record, didChange: true } : null;
  });
  if (published === undefined) throw new Error("the notice was not published");
  return published.kind === "created" ? { ...published, inFlight: stop?.inFlight ?? 0 } : published;
}

async function publish(tx: Tx, request: NoticeRequest): Promise<NoticeCreated> {
  const { workspaceId, actor, purposeId, channel, version, language, changesMeaning } = request;
  if (!(await lockPurpose(tx, purposeId))) return { kind: "parent-unknown" };
  const older = (await readNotices(tx)).filter(
    (notice) => notice.purposeId === purposeId && notice.channel === channel,
  );
  const meaning = meaningOf(older, version, changesMeaning);
  if (typeof meaning !== "number") return meaning;
  const words = wordsOf(request);
  const record = await insertNotice(tx, workspaceId, {
    id: randomUUIDv7(),
    purposeId,
    channel,
    version,
    language,
    meaning,
    ...words,
    hash: createHash("sha256").update(words.wording, "utf8").digest("hex"),
  });
  if (record === null) return { kind: "taken" };
  await recordAudit(tx, workspaceId, actor, "notice-created", record.id, {
    version,
    language,
    meaning,
    ...(changesMeaning === undefined ? {} : { changesMeaning }),
  });
  const formIds = isNewest(older, version)
    ? await showOnForms(tx, { workspaceId, actor, notice: record, older })
    : [];
  return { kind: "created", record, formIds, inFlight: 0 };
}

/** The number of what a new notice means, or why it cannot be told. */
function meaningOf(
  older: readonly NoticeRecord[],
  version: string,
  changesMeaning: boolean | undefined,
): number | Exclude<NoticeCreated, PublishedNotice> {
  const translated = older.find((notice) => notice.version === version);
  if (translated !== undefined)
    return changesMeaning === true ? { kind: "nothing-to-change" } : translated.meaning;
  if (older.length === 0) return changesMeaning === true ? { kind: "nothing-to-change" } : 1;
  if (changesMeaning === undefined) return { kind: "change-unanswered" };
  return Math.max(...older.map((notice) => notice.meaning)) + (changesMeaning ? 1 : 0);
}

/** True for a new version, and for a translation of the version that came last: ids tell the time. */
function isNewest(older: readonly NoticeRecord[], version: string): boolean {
  const firsts = new Map<string, string>();
  for (const notice of older) if (!firsts.has(notice.version)) firsts.set(notice.version, notice.id);
  return !firsts.has(version) || [...firsts.keys()].at(-1) === version;
}

const wordsOf = (request: NoticeRequest): Pick<NoticeRecord, "wording" | "statement" | "information"> =>
  "information" in request
    ? {
        wording: noticeText(request.language, request.statement, request.information),
        statement: request.statement,
        information: request.information,
      }
    : { wording: request.wording, statement: null, information: null };
