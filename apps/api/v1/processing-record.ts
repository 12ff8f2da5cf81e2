import { createRoute } from "@hono/zod-openapi";
import { processingRecord } from "#flow/rights/processing-record";
import { needs } from "../authenticate.ts";
import type { Api, Services } from "../context.ts";
import { ProcessingRecordPage } from "../pages/privacy/processing-record.tsx";
import { answer } from "./schemas.ts";

/** The record of processing activities, as JSON, or as a page for `Accept: text/html`. */
export function processingRecordRoutes(api: Api, { deps }: Services): void {
  api.openapi(
    createRoute({
      method: "get",
      path: "/v1/processing-record",
      middleware: [needs("policy:read")],
      responses: answer(200, "The record of processing activities (GDPR Art. 30)"),
    }),
    async (context) => {
      const record = await processingRecord(deps, context.get("caller").workspaceId);
      if ((context.req.header("accept") ?? "").includes("text/html"))
        // The route's type knows its JSON alone.
        return context.html(String(ProcessingRecordPage({ record }))) as never;
      return context.json(record, 200);
    },
  );
}
