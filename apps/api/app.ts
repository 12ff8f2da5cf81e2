import { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import { secureHeaders } from "hono/secure-headers";
import { authenticate } from "./authenticate.ts";
import { consoleRoutes } from "./console/routes.tsx";
import type { ApiEnv, Services } from "./context.ts";
import { docsRoutes } from "./docs.ts";
import { healthRoutes } from "./health.ts";
import { idempotent } from "./idempotency.ts";
import { limitBody } from "./limit-body.ts";
import { ProblemPage } from "./pages/problem-page.tsx";
import { checkFailed, Problem, problemAnswer, titleOf } from "./problem.ts";
import { confirmRoutes } from "./public/confirm.tsx";
import { formRoutes } from "./public/forms.tsx";
import { ledgerKeyRoutes } from "./public/ledger-keys.ts";
import { preferenceRoutes } from "./public/preferences.tsx";
import { privacyRoutes } from "./public/privacy.tsx";
import { privacyLinkRoutes } from "./public/privacy-link.tsx";
import { unsubscribeRoutes } from "./public/unsubscribe.tsx";
import { knownQueryKeys } from "./query-keys.ts";
import { accuracyRoutes } from "./v1/accuracy.ts";
import { callingPolicyRoutes } from "./v1/calling-policy.ts";
import { callRoutes } from "./v1/calls.ts";
import { campaignCommandRoutes } from "./v1/campaign-commands.ts";
import { campaignDraftRoutes } from "./v1/campaign-drafts.ts";
import { campaignProgressRoutes } from "./v1/campaign-progress.ts";
import { consentRoutes } from "./v1/consents.ts";
import { contactRoutes } from "./v1/contacts.ts";
import { decisionRoutes } from "./v1/decisions.ts";
import { erasureRoutes } from "./v1/erasure.ts";
import { formApiRoutes } from "./v1/forms.ts";
import { gateRoutes } from "./v1/gate.ts";
import { importRoutes } from "./v1/imports.ts";
import { keyRoutes } from "./v1/keys.ts";
import { noticeRoutes } from "./v1/notices.ts";
import { permissionRoutes } from "./v1/permissions.ts";
import { policyRoutes } from "./v1/policy.ts";
import { privacyRequestRoutes } from "./v1/privacy-requests.ts";
import { processingRecordRoutes } from "./v1/processing-record.ts";
import { receiptRoutes } from "./v1/receipts.ts";
import { registryRoutes } from "./v1/registries.ts";
import { registryImportRoutes } from "./v1/registry-imports.ts";
import { relationshipRoutes } from "./v1/relationships.ts";
import { renewalRoutes } from "./v1/renewals.ts";
import { retentionRoutes } from "./v1/retention.ts";
import { senderRoutes } from "./v1/senders.ts";
import { sourceRoutes } from "./v1/sources.ts";

/** Pages of people who never log in: no way leads from them to the console. */
const PUBLIC_PATH = /^\/([ucfp]|privacy)\//;
const MESSAGE_FRAME = /^\/inbox\/[^/]+\/html$/;

/** The whole of HTTP: the /v1 API, the public pages, the console and health. Holds no sender. */
export function createApp(services: Services): OpenAPIHono<ApiEnv> {
  const app = new OpenAPIHono<ApiEnv>({
    defaultHook: (result) => {
      if (!result.success) throw checkFailed(result.error);
    },
  });
  app.onError((error, context) => {
    const problem = problemOf(error, services);
    return answerProblem(context, problem);
  });
  app.notFound((context) => answerProblem(context, new Problem(404, "There is nothing at this address")));
  const secure = secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'self'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'", "data:"],
      objectSrc: ["'none'"],
      baseUri: ["'none'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
    },
    referrerPolicy: "no-referrer",
    xFrameOptions: "DENY",
    crossOriginResourcePolicy: "same-origin",
  });
  // A captured message is shown in a frame under stricter rules of its own.
  app.use((context, next) => (MESSAGE_FRAME.test(context.req.path) ? next() : secure(context, next)));
  app.use(limitBody());
  healthRoutes(app, services);
  unsubscribeRoutes(app, services);
  ledgerKeyRoutes(app, services);
  preferenceRoutes(app, services);
  formRoutes(app, services);
  confirmRoutes(app, services);
  privacyLinkRoutes(app, services);
  privacyRoutes(app, services);
  app.use("/v1/*", authenticate(services));
  app.use("/v1/*", knownQueryKeys(app));
  app.use("/v1/*", idempotent(services));
  noticeRoutes(app, services);
  senderRoutes(app, services);
  formApiRoutes(app, services);
  policyRoutes(app, services);
  importRoutes(app, services);
  contactRoutes(app, services);
  erasureRoutes(app, services);
  accuracyRoutes(app, services);
  relationshipRoutes(app, services);
  sourceRoutes(app, services);
  privacyRequestRoutes(app, services);
  retentionRoutes(app, services);
  processingRecordRoutes(app, services);
  registryRoutes(app, services);
  registryImportRoutes(app, services);
  consentRoutes(app, services);
  permissionRoutes(app, services);
  receiptRoutes(app, services);
  renewalRoutes(app, services);
  campaignDraftRoutes(app, services);
  campaignCommandRoutes(app, services);
  campaignProgressRoutes(app, services);
  callingPolicyRoutes(app, services);
  callRoutes(app, services);
  gateRoutes(app);
  decisionRoutes(app, services);
  keyRoutes(app, services);
  docsRoutes(app);
  consoleRoutes(app, services);
  return app;
}

/** Programs get problem details; a person with a browser, outside the API, gets a page. */
function answerProblem(context: Context, problem: Problem): Response | Promise<Response> {
  const { path } = context.req;
  const wantsPage = (context.req.header("accept") ?? "").includes("text/html");
  if (path.startsWith("/v1/") || !wantsPage) return problemAnswer(context, problem);
  context.header("cache-control", "no-store");
  return context.html(
    String(
      ProblemPage({ title: titleOf(problem), detail: problem.message, isPublic: PUBLIC_PATH.test(path) }),
    ),
    problem.status,
  );
}

/** What an error becomes for the caller. Our own faults show an id to look up in the log, and nothing else. */
function problemOf(error: unknown, services: Services): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof HTTPException) {
    return new Problem(
      error.status === 400 ? 400 : 415,
      "The body is not valid JSON of the right content type",
    );
  }
  if (error instanceof Error && error.name === "ZodError")
    return new Problem(400, "Some fields are not valid");
  const id = crypto.randomUUID();
  services.log.error({ err: error, id }, "a request failed");
  if (isAway(error))
    return new Problem(503, `The database does not answer; try again in a few seconds (${id})`);
  return new Problem(
    500,
    `Nothing was changed by this request that is not recorded; the log has it as ${id}`,
  );
}

const AWAY = new Set([
  "ECONNREFUSED",
  "CONNECTION_CLOSED",
  "CONNECTION_ENDED",
  "CONNECT_TIMEOUT",
  "57P01",
  "57P03",
  "53300",
]);

function isAway(error: unknown): boolean {
  for (
    let each: unknown = error;
    typeof each === "object" && each !== null;
    each = "cause" in each ? each.cause : null
  ) {
    if ("code" in each && AWAY.has(String(each.code))) return true;
  }
  return false;
}
