import type { OpenAPIHono } from "@hono/zod-openapi";
import { outsideWorkspaces } from "#db/database";
import { answers, healthFigures, ledgerFigures } from "#db/read-models/health";
import type { ApiEnv, Services } from "./context.ts";

/** `/healthz`: this process lives. `/readyz`: it can do its work. `/metrics`: Prometheus text, no personal data. */
export function healthRoutes(app: OpenAPIHono<ApiEnv>, { deps, queueDepth }: Services): void {
  app.get("/healthz", (context) => context.text("ok"));
  app.get("/readyz", async (context) => {
    try {
      await outsideWorkspaces(deps.database, answers);
      return context.text("ready");
    } catch {
      context.header("retry-after", "5");
      return context.text("the database does not answer", 503);
    }
  });
  app.get("/metrics", async (context) => {
    const figures = await outsideWorkspaces(deps.database, healthFigures);
    const ledger = await outsideWorkspaces(deps.database, ledgerFigures);
    const lines = [
      "# HELP consentry_opt_out_latency_ms Time from a person's stop to its answer, barrier included.",
      "# TYPE consentry_opt_out_latency_ms histogram",
      ...figures.buckets.map(
        (bucket) => `consentry_opt_out_latency_ms_bucket{le="${bucket.le}"} ${bucket.count}`,
      ),
      `consentry_opt_out_latency_ms_bucket{le="+Inf"} ${figures.stops}`,
      `consentry_opt_out_latency_ms_sum ${figures.sumMs}`,
      `consentry_opt_out_latency_ms_count ${figures.stops}`,
      "# HELP consentry_contacts_after_stop_total Messages completed after an acknowledged stop. Must be 0.",
      "# TYPE consentry_contacts_after_stop_total counter",
      `consentry_contacts_after_stop_total ${figures.late}`,
      "# HELP consentry_in_flight Contacts on the wire now.",
      "# TYPE consentry_in_flight gauge",
      `consentry_in_flight ${figures.inFlight}`,
      "# HELP consentry_queue_depth Doorbell jobs waiting or being worked on.",
      "# TYPE consentry_queue_depth gauge",
      `consentry_queue_depth ${await queueDepth()}`,
      "# HELP consentry_ledger_sealing_lag_seconds Age of the oldest consent event that is not sealed; 0 when all are.",
      "# TYPE consentry_ledger_sealing_lag_seconds gauge",
      `consentry_ledger_sealing_lag_seconds ${ledger.sealingLagSeconds}`,
      "# HELP consentry_ledger_unexported_checkpoints Checkpoints that stand in no export outside the database.",
      "# TYPE consentry_ledger_unexported_checkpoints gauge",
      `consentry_ledger_unexported_checkpoints ${ledger.unexportedCheckpoints}`,
    ];
    return context.text(`${lines.join("\n")}\n`, 200, {
      "content-type": "text/plain; version=0.0.4; charset=utf-8",
    });
  });
}
