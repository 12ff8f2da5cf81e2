import type { Question } from "#core/facts";
import { createApiKey } from "#flow/access/api-keys";
import { vectors } from "../core/vectors.ts";
import type { TestWorkspace } from "../support/product.ts";
import { freePort } from "../support/redis-server.ts";
import { endProgram, runProgram } from "./child.ts";
import { type Latencies, openLoop, untilReady } from "./open-loop.ts";
import { phoneQuestions } from "./questions.ts";
import { processEnvironment } from "./sending.ts";

const WARM_UP_SECONDS = 5;

/** `POST /v1/gate/evaluate`, one question a request: half of them calls, half the published cases; own process. */
export async function benchEvaluate(
  workspace: TestWorkspace,
  databaseUrl: string,
  load: { readonly perSecond: number; readonly seconds: number },
): Promise<Latencies> {
  const port = await freePort();
  const api = runProgram("../../apps/api/main.ts", {
    ...processEnvironment(databaseUrl, 1),
    PORT: String(port),
  });
  try {
    await untilReady(`http://127.0.0.1:${port}/healthz`);
    const { token } = await createApiKey(workspace.deps, {
      workspaceId: workspace.workspaceId,
      actor: "bench",
      name: "bench",
      scopes: ["gate:evaluate"],
    });
    const url = `http://127.0.0.1:${port}/v1/gate/evaluate`;
    const calls = (seconds: number) =>
      bodies(load.perSecond * seconds).map((body) => async () => {
        const response = await fetch(url, {
          method: "POST",
          headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
          body,
        });
        await response.text();
        if (response.status !== 200) throw new Error(`evaluate answered ${response.status}`);
      });
    await openLoop(load.perSecond, calls(WARM_UP_SECONDS));
    return await openLoop(load.perSecond, calls(load.seconds));
  } finally {
    await endProgram(api);
  }
}

function bodies(count: number): string[] {
  const cases: Question[] = vectors().map((vector) => vector.question);
  return phoneQuestions(count).map((call, place) =>
    JSON.stringify(place % 2 === 0 ? call : (cases[place % cases.length] ?? call)),
  );
}
