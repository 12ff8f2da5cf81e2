import type { Services } from "../context.ts";
import { InboxPage } from "../pages/console/inbox.tsx";
import { Problem } from "../problem.ts";
import type { ConsolePages } from "./guard.ts";

/** The captured mail of this machine. Message HTML is shown in a frame of its own without scripts or our styles. */
export function inboxPages(pages: ConsolePages, { inbox }: Services): void {
  if (inbox === null) return;
  pages.get("/inbox", async (context, visit) => {
    const { messages, total } = await inbox.list({ limit: 100, before: context.req.query("before") ?? null });
    return context.html(
      String(
        <InboxPage shell={visit.shell("Inbox", "inbox")} messages={messages} total={total} open={null} />,
      ),
    );
  });
  pages.get("/inbox/:id", async (context, visit) => {
    const open = await inbox.get(context.req.param("id") ?? "");
    if (open === null) throw new Problem(404, "There is no such message in the inbox");
    const { messages, total } = await inbox.list({ limit: 100, before: null });
    return context.html(
      String(
        <InboxPage shell={visit.shell("Inbox", "inbox")} messages={messages} total={total} open={open} />,
      ),
    );
  });
  pages.get("/inbox/:id/html", async (context) => {
    const open = await inbox.get(context.req.param("id") ?? "");
    if (open === null) throw new Problem(404, "There is no such message in the inbox");
    context.header(
      "content-security-policy",
      "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox allow-popups allow-top-navigation-by-user-activation; frame-ancestors 'self'",
    );
    context.header("x-frame-options", "SAMEORIGIN");
    return context.html(`<base target="_top">${open.html ?? ""}`);
  });
}
