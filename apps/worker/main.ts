import { config } from "./config.ts";
import { startWorker } from "./worker.ts";

const started = await startWorker(config());
if (started.kind === "problem") {
  console.error(started.message);
  process.exit(1);
}
let stopping = false;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    if (stopping) return;
    stopping = true;
    void started.worker.stop().then(() => process.exit(0));
  });
}
