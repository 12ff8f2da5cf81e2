import { processEnvironment } from "../bench/sending.ts";
import { startProgram } from "../support/process.ts";
import { freePort } from "../support/redis-server.ts";

export interface ApiProcess {
  readonly url: string;
  stop(): Promise<void>;
}

/** The API in a process of its own, once it listens. */
export async function startApiProcess(databaseUrl: string, redisUrl: string): Promise<ApiProcess> {
  const port = await freePort();
  const api = startProgram("apps/api/main.ts", {
    // It sends nothing; the address of a mail server is only demanded.
    ...processEnvironment(databaseUrl, 1),
    PORT: String(port),
    REDIS_URL: redisUrl,
    LOG_LEVEL: "info",
  });
  await api.untilPrinted("the API is ready");
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      api.kill("SIGTERM");
      await api.ended;
    },
  };
}
