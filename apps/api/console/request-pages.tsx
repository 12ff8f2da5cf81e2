import { z } from "zod";
import { inWorkspace, readClock } from "#db/database";
import { listPrivacyRequests } from "#db/queries/privacy-requests";
import { answerRequest, extendRequest, viewRequest } from "#flow/rights/requests/staff";
import type { Services } from "../context.ts";
import { RequestListPage, RequestViewPage } from "../pages/console/requests.tsx";
import { missing, Problem } from "../problem.ts";
import { done } from "../v1/privacy-requests.ts";
import { type ConsolePages, idOf } from "./guard.ts";

/** The queue of people's requests: due dates, states, and what staff do about each. */
export function requestPages(pages: ConsolePages, { deps, config }: Services): void {
  pages.get("/requests", async (context, visit) => {
    const { requests, now } = await inWorkspace(deps.database, visit.user.workspaceId, async (tx) => ({
      requests: await listPrivacyRequests(tx, { state: null, limit: 200 }),
      now: await readClock(tx),
    }));
    const shell = visit.shell("Requests", "requests");
    return context.html(String(<RequestListPage shell={shell} requests={requests} now={now} />));
  });
  pages.get("/requests/:id", async (context, visit) => {
    const view = await viewRequest(deps, visit.user.workspaceId, idOf(context, "request"));
    if (view === null) throw missing("request");
    const shell = visit.shell("Request", "requests");
    return context.html(String(<RequestViewPage shell={shell} view={view} />));
  });
  pages.post("/requests/:id/extend", async (context, visit) => {
    const requestId = idOf(context, "request");
    const form = TEXT.safeParse(await context.req.parseBody());
    if (!form.success) throw new Problem(422, "Say why the answer needs longer");
    const { workspaceId, userId } = visit.user;
    done(await extendRequest(deps, { workspaceId, requestId, actor: userId, reason: form.data.text }));
    return context.redirect(`/requests/${requestId}`, 303);
  });
  pages.post("/requests/:id/answer", async (context, visit) => {
    const requestId = idOf(context, "request");
    const form = ANSWER.safeParse(await context.req.parseBody());
    if (!form.success) throw new Problem(422, "Write the answer, and say whether it was done or refused");
    const { workspaceId, userId } = visit.user;
    done(
      await answerRequest(deps, {
        workspaceId,
        requestId,
        actor: userId,
        outcome: form.data.outcome,
        answer: form.data.text,
        publicUrl: config.publicUrl,
      }),
    );
    return context.redirect(`/requests/${requestId}`, 303);
  });
}

const TEXT = z.object({ text: z.string().trim().min(1).max(5_000) });
const ANSWER = TEXT.extend({ outcome: z.enum(["answered", "refused"]) });
