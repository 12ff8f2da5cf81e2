import { config } from "./config.ts";
import { startApi } from "./server.ts";

const started = await startApi(config(), null);
if (started.kind === "problem") {
  console.error(started.message);
  process.exit(1);
}
let stopping = false;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    if (stopping) return;
    stopping = true;
    void started.api.stop().then(() => process.exit(0));
  });
}
