import { setTimeout as sleep } from "node:timers/promises";

/** While one batch is under way the next may begin: with one alone, all who ask would wait at the same time. */
const BATCHES_AT_ONCE = 2;

/**
 * Works on what waits in a queue batch by batch: a lock, a commit and a round trip cost the same for many.
 * @param gatherMs how long asks gather before each batch.
 * @param take takes the next batch out of the queue, which is not empty then.
 * @param workOn answers everybody of a batch or puts them back into the queue. Never rejects.
 * @returns what has to be called after something was put into the queue from outside.
 */
export function gather<Ask>(
  waiting: readonly Ask[],
  gatherMs: number,
  take: () => readonly Ask[],
  workOn: (batch: readonly Ask[]) => Promise<void>,
): () => void {
  let isGathering = false;
  let underWay = 0;

  const work = async () => {
    while (waiting.length > 0 && !isGathering && underWay < BATCHES_AT_ONCE) {
      isGathering = true;
      await sleep(gatherMs);
      isGathering = false;
      const batch = take();
      underWay += 1;
      // What did not fit into this batch need not wait for its end.
      void work();
      await workOn(batch);
      underWay -= 1;
    }
  };
  return () => void work();
}
