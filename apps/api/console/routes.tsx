import type { Context } from "hono";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { inWorkspace } from "#db/database";
import { listCampaigns, workspaceFigures } from "#db/read-models/campaign-progress";
import { freezeWorkspace, unfreezeWorkspace } from "#flow/stops/freeze";
import type { Api, Services } from "../context.ts";
import { textOf } from "../form-fields.ts";
import { ASSETS } from "../pages/assets.ts";
import { HomePage } from "../pages/console/home.tsx";
import { LoginPage } from "../pages/console/login.tsx";
import { campaignFormPages } from "./campaign-form-pages.tsx";
import { campaignPages } from "./campaign-pages.tsx";
import { contactPages } from "./contact-pages.tsx";
import { decisionPages } from "./decision-pages.tsx";
import { dryRunPages } from "./dry-run-pages.tsx";
import { formEditorPages } from "./form-editor-pages.tsx";
import { formPages } from "./form-pages.tsx";
import { type ConsolePages, demandSameOrigin, demandWriter, visitOf } from "./guard.ts";
import { importPages } from "./import-pages.tsx";
import { inboxPages } from "./inbox-pages.tsx";
import { noticePages } from "./notice-pages.tsx";
import { renewalPages } from "./renewal-pages.tsx";
import { requestPages } from "./request-pages.tsx";
import { rulesPages } from "./rules-pages.tsx";
import { settingsPages } from "./settings-pages.tsx";
import { sourcePages } from "./source-pages.tsx";

const LOGINS_PER_MINUTE = 10;

/** The console: everything that staff see. Works without JavaScript; live parts are refreshed where there is some. */
export function consoleRoutes(app: Api, services: Services): void {
  for (const asset of ASSETS) {
    app.get(asset.url, (context) => {
      context.header("content-type", asset.contentType);
      context.header("cache-control", "public, max-age=31536000, immutable");
      return context.body(new Uint8Array(asset.content));
    });
  }
  loginRoutes(app, services);
  const pages = guarded(app, services);
  pages.get("/", async (context, visit) => {
    const { workspaceId } = visit.user;
    const { figures, campaigns } = await inWorkspace(services.deps.database, workspaceId, async (tx) => ({
      figures: await workspaceFigures(tx),
      campaigns: await listCampaigns(tx, 5, null),
    }));
    return context.html(
      String(<HomePage shell={visit.shell("Home", "home")} figures={figures} campaigns={campaigns} />),
    );
  });
  pages.post("/freeze", async (context, visit) => {
    await freezeWorkspace(services.deps, visit.user.workspaceId, visit.user.userId);
    return context.redirect("/", 303);
  });
  pages.post("/unfreeze", async (context, visit) => {
    await unfreezeWorkspace(services.deps, visit.user.workspaceId, visit.user.userId);
    return context.redirect("/", 303);
  });
  campaignFormPages(pages, services);
  campaignPages(pages, services);
  dryRunPages(pages, services);
  contactPages(pages, services);
  decisionPages(pages, services);
  formEditorPages(pages, services);
  formPages(pages, services);
  importPages(pages, services);
  renewalPages(pages, services);
  requestPages(pages, services);
  rulesPages(pages, services);
  noticePages(pages, services);
  sourcePages(pages, services);
  settingsPages(pages, services);
  inboxPages(pages, services);
}

function guarded(app: Api, services: Services): ConsolePages {
  return {
    get: (path, handler) => {
      app.get(path, async (context) => {
        const visit = await visitOf(services, context);
        context.header("cache-control", "no-store");
        return visit === null ? toLogin(context) : handler(context, visit);
      });
    },
    post: (path, handler) => {
      app.post(path, async (context) => {
        demandSameOrigin(services, context);
        const visit = await visitOf(services, context);
        if (visit === null) return toLogin(context);
        demandWriter(visit);
        return handler(context, visit);
      });
    },
  };
}

/** A part of a page that refreshes itself must not put the login form in its own place: the whole page goes there. */
function toLogin(context: Context): Response {
  if (context.req.header("hx-request") !== "true") return context.redirect("/login", 303);
  context.header("hx-redirect", "/login");
  return context.body(null, 204);
}

function loginRoutes(app: Api, services: Services): void {
  const tries = new RateLimiterMemory({ points: LOGINS_PER_MINUTE, duration: 60 });
  app.get("/login", (context) => context.html(String(<LoginPage problem={null} />)));
  app.post("/login", async (context) => {
    demandSameOrigin(services, context);
    const form = await context.req.parseBody();
    const email = textOf(form, "email");
    const password = textOf(form, "password");
    try {
      await tries.consume(email.toLowerCase());
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      context.header("retry-after", String(Math.ceil(error.msBeforeNext / 1000)));
      return context.html(
        String(<LoginPage problem="Too many tries for this account. Wait a minute." />),
        429,
      );
    }
    const result = await services.auth.login(email, password, context.req.raw.headers);
    if (result.kind !== "in") {
      return context.html(
        String(<LoginPage problem="That email and password do not belong together." />),
        401,
      );
    }
    await tries.delete(email.toLowerCase());
    for (const cookie of result.cookies) context.header("set-cookie", cookie, { append: true });
    return context.redirect("/", 303);
  });
  app.post("/logout", async (context) => {
    demandSameOrigin(services, context);
    for (const cookie of await services.auth.logout(context.req.raw.headers)) {
      context.header("set-cookie", cookie, { append: true });
    }
    return context.redirect("/login", 303);
  });
}
