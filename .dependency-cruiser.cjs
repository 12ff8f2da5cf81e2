/** Import directions: apps → doorbell, flow → db → core. */
const rule = (name, from, to, comment) => ({ name, severity: "error", comment, from, to });

module.exports = {
  forbidden: [
    rule(
      "core-imports-itself",
      { path: "^packages/core" },
      { pathNot: "^packages/core" },
      "the gate is pure: no IO, no dependency",
    ),
    rule(
      "db-imports-core",
      { path: "^packages/db" },
      { path: "^(packages/(flow|doorbell)|apps)" },
      "db knows no flow",
    ),
    rule(
      "flow-imports-db-and-core",
      { path: "^packages/flow" },
      { path: "^(packages/doorbell|apps)" },
      "flow is driven by apps",
    ),
    rule(
      "flow-knows-no-transport",
      { path: "^packages/(flow|db)" },
      { path: "node_modules/(hono|@hono|bullmq|ioredis|nodemailer)/" },
      "flow takes senders and queues as arguments",
    ),
    rule(
      "sql-only-in-db",
      { path: "^(apps|packages/(core|flow|doorbell))" },
      { path: "node_modules/(drizzle-orm|postgres|pg)/" },
      "packages/db holds the only SQL",
    ),
    rule(
      "senders-only-in-worker",
      { path: "^(packages|apps/(api|local))" },
      { path: "node_modules/nodemailer/" },
      "only the worker sends",
    ),
    rule(
      "queue-only-in-doorbell",
      { path: "^(apps|packages/(core|db|flow))" },
      { path: "node_modules/(bullmq|ioredis)/" },
      "the queue is behind the doorbell",
    ),
    rule(
      "api-imports-no-app",
      { path: "^apps/api" },
      { path: "^apps/(worker|local|evaluate|ledger)" },
      "an app never imports another",
    ),
    rule(
      "worker-imports-no-app",
      { path: "^apps/worker" },
      { path: "^apps/(api|local|evaluate|ledger)" },
      "an app never imports another",
    ),
    rule(
      "evaluate-imports-no-app-and-no-database",
      { path: "^apps/evaluate" },
      { path: "^(apps/(api|worker|local|ledger)|packages/(db|doorbell))" },
      "the gate's answer to given facts needs nothing else",
    ),
    rule(
      "ledger-imports-no-app",
      { path: "^apps/ledger" },
      { path: "^(apps/(api|worker|local|evaluate)|packages/doorbell)" },
      "an app never imports another",
    ),
    rule("no-cycles", {}, { circular: true }, "cycles hide who depends on whom"),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default"],
      extensions: [".ts", ".tsx", ".js", ".json"],
    },
  },
};
