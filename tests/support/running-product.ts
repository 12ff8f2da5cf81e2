import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { inject } from "vitest";
import { type RunningApi, startApi } from "../../apps/api/server.ts";
import { type CaptureServer, startCaptureServer } from "../../apps/local/capture-server.ts";
import { startWorker } from "../../apps/worker/worker.ts";
import { LAUNCH } from "./look.ts";
import { createWorkspace, type TestWorkspace, testConfig } from "./product.ts";
import { freePort } from "./redis-server.ts";
import { createTestDatabase, type TestDatabase } from "./test-database.ts";

/** The whole product on a database of its own, with its mail server, and a browser to use it. */
export interface RunningProduct {
  /** A directory of the run's own. */
  readonly directory: string;
  readonly database: TestDatabase;
  readonly workspace: TestWorkspace;
  readonly capture: CaptureServer;
  readonly api: RunningApi;
  readonly browser: Browser;
  /** Ends all of it and removes the directory. */
  stop(): Promise<void>;
}

export async function runProduct(): Promise<RunningProduct> {
  const directory = mkdtempSync(join(tmpdir(), "consentry-product-"));
  const database = await createTestDatabase(inject("postgresUrl"));
  const workspace = await createWorkspace(database.ownerUrl);
  const capture = await startCaptureServer(join(directory, "inbox"));
  const port = await freePort();
  const config = testConfig(database.ownerUrl, 1, {
    smtpUrl: capture.smtpUrl,
    port,
    publicUrl: `http://127.0.0.1:${port}`,
    ledgerExportDir: join(directory, "ledger"),
  });
  const startedApi = await startApi(config, capture);
  const startedWorker = await startWorker(config, capture);
  if (startedApi.kind === "problem" || startedWorker.kind === "problem")
    throw new Error("the product did not start");
  const { api } = startedApi;
  const browser = await chromium.launch({ executablePath: inject("chromiumPath"), args: LAUNCH });
  return {
    directory,
    database,
    workspace,
    capture,
    api,
    browser,
    stop: async () => {
      await browser.close();
      await startedWorker.worker.stop();
      await api.stop();
      await capture.stop();
      await workspace.close();
      await database.drop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
