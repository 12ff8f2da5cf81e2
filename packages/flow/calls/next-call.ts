import type { FlowDeps } from "../deps.ts";
import { gather } from "../gather.ts";
import { type NextAnswer, type NextAsk, reserveCalls } from "./reserve-calls.ts";

/** Asks gather this long: a hundred agents who ask at once are screened together and not one by one. */
const GATHER_MS = 2;
const AGENTS_MAX = 25;

export interface CallDesk {
  /** Reserves the next person for an agent. @throws when the database does not answer: then nobody is called. */
  next(
    request: NextAsk & { readonly workspaceId: string; readonly campaignId: string | null },
  ): Promise<NextAnswer>;
}

interface Waiting extends NextAsk {
  readonly workspaceId: string;
  readonly campaignId: string | null;
  readonly settle: (answer: NextAnswer) => void;
  readonly fail: (error: unknown) => void;
}

/** Gathers the asks of agents, per workspace and campaign. One ask of an agent at a time. */
export function openCallDesk(deps: FlowDeps): CallDesk {
  const waiting: Waiting[] = [];
  const work = gather(
    waiting,
    GATHER_MS,
    () => takeBatch(waiting),
    (batch) => reserveBatch(deps, batch),
  );

  return {
    next: (request) =>
      new Promise((settle, fail) => {
        waiting.push({ ...request, settle, fail });
        work();
      }),
  };
}

async function reserveBatch(deps: FlowDeps, batch: readonly Waiting[]): Promise<void> {
  const [first] = batch;
  if (first === undefined) return;
  try {
    const answers = await reserveCalls(deps, first.workspaceId, first.campaignId, batch);
    for (const each of batch) {
      const answer = answers.get(each.agent);
      if (answer === undefined) each.fail(new Error("an agent's ask was not answered"));
      else each.settle(answer);
    }
  } catch (error) {
    for (const each of batch) each.fail(error);
  }
}

function takeBatch(waiting: Waiting[]): Waiting[] {
  const [first] = waiting;
  if (first === undefined) return [];
  const agents = new Set<string>();
  const batch: Waiting[] = [];
  for (const entry of [...waiting]) {
    if (batch.length >= AGENTS_MAX) break;
    if (entry.workspaceId !== first.workspaceId || entry.campaignId !== first.campaignId) continue;
    if (agents.has(entry.agent)) continue;
    agents.add(entry.agent);
    batch.push(entry);
    waiting.splice(waiting.indexOf(entry), 1);
  }
  return batch;
}
