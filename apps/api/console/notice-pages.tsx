import type { Context } from "hono";
import { NOTICE_PARTS } from "#core/notice-text";
import { inWorkspace, readClock } from "#db/database";
import {
  type NoticeRecord,
  type PurposeRecord,
  readNotices,
  readPurposes,
  readSenders,
} from "#db/queries/senders";
import { auditTrail } from "#db/read-models/audit-trail";
import { movingCampaigns } from "#db/read-models/campaign-progress";
import { peopleUnderNotices } from "#db/read-models/notice-reach";
import type { FieldProblem } from "#flow/field-problems";
import { noticesInForce } from "#flow/senders/notices-in-force";
import { createNotice } from "#flow/senders/publish-notice";
import type { Services } from "../context.ts";
import { textOf } from "../form-fields.ts";
import {
  NoticeEditorPage,
  type NoticePreview,
  NoticePreviewPage,
  type NoticeValues,
} from "../pages/console/notice-editor.tsx";
import { type NoticeSubject, NoticesPage } from "../pages/console/notices.tsx";
import { problemOf } from "../v1/notices.ts";
import { type ConsolePages, demandOwner, type Visit } from "./guard.ts";
import { type AskedNotice, checkNotice, draftOf, valuesFrom } from "./notice-values.ts";
import { inFlightOf } from "./settings-pages.tsx";

const NAMES = ["subject", "version", "language", "statement", ...NOTICE_PARTS] as const;
const HISTORY_MAX = 1_000;

/** Notices in the console: what people are told, version by version; written, read as people will, then published. */
export function noticePages(pages: ConsolePages, { deps }: Services): void {
  const wordingsOf = (visit: Visit) =>
    inWorkspace(deps.database, visit.user.workspaceId, async (tx) => {
      const senders = new Map((await readSenders(tx)).map((sender) => [sender.id, sender.name]));
      const purposes = (await readPurposes(tx))
        .filter((purpose) => purpose.kind === "marketing")
        .map((purpose) => ({ ...purpose, senderName: senders.get(purpose.senderId) ?? "" }));
      return { purposes, notices: await readNotices(tx) };
    });
  pages.get("/settings/notices", async (context, visit) => {
    const { purposes, notices } = await wordingsOf(visit);
    const trail = await inWorkspace(deps.database, visit.user.workspaceId, (tx) =>
      auditTrail(
        tx,
        notices.map((notice) => notice.id),
        ["notice-created"],
        HISTORY_MAX,
      ),
    );
    const inForce = new Set(noticesInForce(notices).map((notice) => notice.id));
    const subjects = purposes.flatMap((purpose) =>
      (["email", "phone"] as const).flatMap((channel): NoticeSubject[] => {
        const own = notices.filter((notice) => notice.purposeId === purpose.id && notice.channel === channel);
        if (own.length === 0) return [];
        const shown = own.toReversed().map((notice) => ({
          notice,
          isInForce: inForce.has(notice.id),
          published: trail.find((entry) => entry.subject === notice.id) ?? null,
        }));
        return [{ purpose, senderName: purpose.senderName, channel, notices: shown }];
      }),
    );
    const shell = visit.shell("Notices", "settings");
    return context.html(
      String(<NoticesPage shell={shell} subjects={subjects} inFlight={inFlightOf(context)} />),
    );
  });

  const editor = async (
    context: Context,
    visit: Visit,
    values: NoticeValues,
    problems: readonly FieldProblem[],
  ) => {
    const { purposes } = await wordingsOf(visit);
    const shell = visit.shell("Write a notice", "settings");
    const page = <NoticeEditorPage shell={shell} values={values} purposes={purposes} problems={problems} />;
    return context.html(String(page), problems.length === 0 ? 200 : 422);
  };
  pages.get("/settings/notices/new", async (context, visit) => {
    const { notices } = await wordingsOf(visit);
    const from = notices.find((notice) => notice.id === context.req.query("from")) ?? null;
    return editor(context, visit, valuesFrom(from), []);
  });
  pages.post("/settings/notices/new", async (context, visit) => {
    demandOwner(visit);
    const fields = await context.req.parseBody();
    const values = Object.fromEntries(NAMES.map((name) => [name, textOf(fields, name)])) as NoticeValues;
    const act = textOf(fields, "act");
    if (act === "edit") return editor(context, visit, values, []);
    const checked = checkNotice(values, textOf(fields, "changesMeaning"));
    if (checked.kind === "problems") return editor(context, visit, values, checked.problems);
    const { asked } = checked;
    const { purposes, notices } = await wordingsOf(visit);
    const purpose = purposes.find((each) => each.id === asked.purposeId);
    if (purpose === undefined)
      return editor(context, visit, values, [{ path: "/subject", message: "choose what it is for" }]);
    if (act === "publish") {
      const { workspaceId, userId: actor } = visit.user;
      const created = await createNotice(deps, { ...asked, workspaceId, actor });
      if (created.kind === "created")
        return context.redirect(`/settings/notices?inFlight=${created.inFlight}`, 303);
      const { errors } = problemOf(created);
      if (created.kind !== "change-unanswered") return editor(context, visit, values, errors);
      return preview(context, visit, purpose, values, asked, notices, errors);
    }
    return preview(context, visit, purpose, values, asked, notices, []);
  });

  const preview = async (
    context: Context,
    visit: Visit,
    purpose: PurposeRecord & { readonly senderName: string },
    values: NoticeValues,
    asked: AskedNotice,
    notices: readonly NoticeRecord[],
    problems: readonly FieldProblem[],
  ) => {
    const { purposeId, channel, version, language } = asked;
    const own = notices.filter((notice) => notice.purposeId === purposeId && notice.channel === channel);
    if (own.some((notice) => notice.version === version && notice.language === language))
      return editor(context, visit, values, [{ path: "/version", message: "is taken in this language" }]);
    const inForce = noticesInForce(own);
    const isTranslation = own.some((notice) => notice.version === version);
    const latest = inForce.findLast((notice) => notice.language === language) ?? inForce.at(-1);
    const found = await inWorkspace(deps.database, visit.user.workspaceId, async (tx) => ({
      now: await readClock(tx),
      people: await peopleUnderNotices(
        tx,
        inForce.map((notice) => notice.id),
      ),
      touched: (await movingCampaigns(tx)).filter(({ senderId }) => senderId === purpose.senderId),
    }));
    const model: NoticePreview = {
      values,
      purpose,
      senderName: purpose.senderName,
      notice: draftOf(asked, found.now),
      follows: isTranslation ? null : (latest ?? null),
      people: found.people,
      touched: found.touched,
      problems,
    };
    const shell = visit.shell("Publish a notice", "settings");
    return context.html(
      String(<NoticePreviewPage shell={shell} model={model} />),
      problems.length === 0 ? 200 : 422,
    );
  };
}
