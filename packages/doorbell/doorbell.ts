import { createPostgresBackend, Queue, Worker, withBackend } from "bullmq";
import { Redis } from "ioredis";
import type { Doorbell } from "#flow/deps";

const QUEUE = "doorbell";
/** The hash tag keeps all keys of the queue in one slot of a Redis Cluster. */
const REDIS_PREFIX = "{consentry}";
const POSTGRES_SCHEMA = "doorbell";

export interface DoorbellOptions {
  readonly databaseUrl: string;
  /** Null: BullMQ keeps its jobs in Postgres. */
  readonly redisUrl: string | null;
  /** Called for faults of the connection; the doorbell reconnects by itself, and the sweeper rings what was lost. */
  readonly onError: (error: Error) => void;
}

export interface DoorbellQueue {
  ring(doorbell: Doorbell): Promise<void>;
  /** Jobs that wait or are being worked on; for health figures only. */
  depth(): Promise<number>;
  close(): Promise<void>;
}

/** The queue as an alarm clock: jobs carry ids only, are not retried and leave nothing behind. */
export function openDoorbell(options: DoorbellOptions): DoorbellQueue {
  const jobOptions = { attempts: 1, removeOnComplete: true, removeOnFail: true };
  if (options.redisUrl === null) {
    const { Queue: PostgresQueue } = withBackend(createPostgresBackend);
    const queue = new PostgresQueue<Doorbell>(QUEUE, {
      connection: { connectionString: options.databaseUrl, schema: POSTGRES_SCHEMA, max: 4, migrate: true },
      defaultJobOptions: jobOptions,
    });
    queue.on("error", options.onError);
    return queueOf(queue);
  }
  const connection = redisConnection(options.redisUrl, options.onError);
  const queue = new Queue<Doorbell>(QUEUE, {
    connection,
    prefix: REDIS_PREFIX,
    defaultJobOptions: jobOptions,
  });
  queue.on("error", options.onError);
  return queueOf(queue, () => void connection.disconnect());
}

interface AnyQueue {
  add(name: string, data: Doorbell): Promise<unknown>;
  getJobCountByTypes(...types: ("waiting" | "active")[]): Promise<number>;
  close(): Promise<void>;
}

function queueOf(queue: AnyQueue, afterClose: () => void = () => undefined): DoorbellQueue {
  return {
    ring: async (doorbell) => {
      await queue.add(doorbell.kind, doorbell);
    },
    depth: () => queue.getJobCountByTypes("waiting", "active"),
    close: async () => {
      await queue.close();
      afterClose();
    },
  };
}

export interface DoorbellListener {
  /** Takes no new job; resolves when the running ones have ended. */
  close(): Promise<void>;
}

/**
 * Answers rings. A handler that throws loses only the ring: the sweeper finds what is still to be done.
 * @param concurrency jobs at once in this process.
 */
export function listenToDoorbell(
  options: DoorbellOptions,
  concurrency: number,
  handle: (doorbell: Doorbell) => Promise<void>,
): DoorbellListener {
  const common = {
    concurrency,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
    maxStalledCount: 3,
  };
  if (options.redisUrl === null) {
    const { Worker: PostgresWorker } = withBackend(createPostgresBackend);
    const worker = new PostgresWorker<Doorbell>(QUEUE, (job) => handle(job.data), {
      ...common,
      connection: { connectionString: options.databaseUrl, schema: POSTGRES_SCHEMA, max: 4, migrate: true },
    });
    worker.on("error", options.onError);
    worker.on("failed", (_job, error) => options.onError(error));
    return { close: () => worker.close() };
  }
  const connection = redisConnection(options.redisUrl, options.onError);
  const worker = new Worker<Doorbell>(QUEUE, (job) => handle(job.data), {
    ...common,
    connection,
    prefix: REDIS_PREFIX,
  });
  worker.on("error", options.onError);
  worker.on("failed", (_job, error) => options.onError(error));
  return {
    close: async () => {
      await worker.close();
      connection.disconnect();
    },
  };
}

function redisConnection(url: string, onError: (error: Error) => void): Redis {
  // Null: commands wait for the connection to come back, for as long as it takes; that is how BullMQ survives outages.
  const connection = new Redis(url, { maxRetriesPerRequest: null });
  connection.on("error", onError);
  return connection;
}

/**
 * What is wrong with a Redis for our use, or null. A Redis that may evict keys loses rings without a word, so a
 * process refuses to start on one.
 */
export async function redisProblem(url: string): Promise<string | null> {
  const connection = new Redis(url, { maxRetriesPerRequest: 1, lazyConnect: true });
  connection.on("error", () => undefined);
  try {
    await connection.connect();
    const [, policy] = (await connection.config("GET", "maxmemory-policy")) as string[];
    if (policy === "noeviction") return null;
    return `REDIS_URL: the server's maxmemory-policy is ${policy}; it must be noeviction, else rings are lost`;
  } catch (error) {
    return `REDIS_URL: the server does not answer (${error instanceof Error ? error.message : "unknown error"})`;
  } finally {
    connection.disconnect();
  }
}
