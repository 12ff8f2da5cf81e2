import { html, raw } from "hono/html";
import type { Api } from "./context.ts";
import { STYLESHEET } from "./pages/assets.ts";

const INFO = {
  openapi: "3.1.0",
  info: {
    title: "Consentry",
    version: "1",
    description: "A consent-first campaign gatekeeper. Every contact passes one gate; a stop is final.",
  },
  security: [{ key: [] }],
};

type Operation = {
  readonly requestBody?: {
    readonly content?: Record<string, { readonly schema?: { readonly $ref?: string } }>;
  };
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly responses?: Record<string, { readonly description?: string }>;
};

/** `/openapi.json`, generated from the schemas that check requests, and the same as a page at `/docs`. */
export function docsRoutes(app: Api): void {
  app.openAPIRegistry.registerComponent("securitySchemes", "key", { type: "http", scheme: "bearer" });
  app.get("/openapi.json", (context) => context.json(app.getOpenAPI31Document(INFO)));
  app.get("/docs", (context) => {
    const document = app.getOpenAPI31Document(INFO);
    const schemas = document.components?.schemas ?? {};
    const operations = Object.entries(document.paths ?? {}).flatMap(([path, methods]) =>
      Object.entries(methods as Record<string, Operation>).map(([method, operation]) => ({
        method,
        path,
        operation,
      })),
    );
    return context.html(
      html`${raw("<!doctype html>")}<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>Consentry API</title><link rel="stylesheet" href="${STYLESHEET.url}"></head><body class="pub"><main id="main"><h1>Consentry API</h1><p>Send <code>Authorization: Bearer ck_live_…</code>. Errors are problem details (RFC 9457) with the path of each bad field. A POST takes an <code>Idempotency-Key</code>. The machine-readable form is <a href="/openapi.json">/openapi.json</a>.</p>${operations.map((each) => operationHtml(each.method, each.path, each.operation))}<h2>Bodies</h2>${Object.entries(schemas).map(([name, schema]) => html`<details id="${name}"><summary>${name}</summary><pre tabindex="0">${JSON.stringify(schema, null, 2)}</pre></details>`)}</main></body></html>`,
    );
  });
}

function operationHtml(method: string, path: string, operation: Operation) {
  const [[type, content] = ["", undefined]] = Object.entries(operation.requestBody?.content ?? {});
  const body = content?.schema?.$ref?.split("/").at(-1);
  const parameters = operation.parameters?.map((each) => `${each.name} (${each.in})`).join(", ");
  const answers = Object.entries(operation.responses ?? {}).filter(([status]) => status !== "default");
  return html`<h2><code>${method.toUpperCase()} ${path}</code></h2>${parameters ? html`<p>Parameters: ${parameters}</p>` : ""}${body ? html`<p>Body: <a href="#${body}">${body}</a>${type === "application/json" ? "" : html` as <code>${type}</code>`}</p>` : ""}${answers.map(([status, answer]) => html`<p>${status}: ${answer.description ?? ""}</p>`)}`;
}
