import { setImmediate as turn } from "node:timers/promises";
import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { Question } from "#core/facts";
import { answerQuestion, type EvaluatedDecision } from "#flow/evaluate/answer-question";
import { BATCH, SINGLE, toQuestion } from "#flow/evaluate/question-schema";
import { needs } from "../authenticate.ts";
import type { Api, ApiEnv } from "../context.ts";
import { checkFailed, Problem } from "../problem.ts";
import { answer, jsonBody } from "./schemas.ts";

/** Explanations are some fifty times as long as their question. */
const EXPLAINED_MAX = 50;
/** After so many answers other requests have their turn. */
const TURN_LENGTH = 25;

const ROUTE = createRoute({
  method: "post",
  path: "/v1/gate/evaluate",
  middleware: [needs("gate:evaluate")],
  request: {
    ...jsonBody(z.union([SINGLE.openapi("Question"), BATCH.openapi("Questions")])),
    query: z.object({ explain: z.enum(["true", "false"]).optional() }),
  },
  responses: answer(
    200,
    "One decision, or `decisions` in the order of the questions; `notChecked` names what had no part in it",
  ),
});

/** The stateless decision: the same function that the sending gate asks, on facts the caller brings. */
export function gateRoutes(api: Api): void {
  api.openAPIRegistry.registerPath(ROUTE);
  api.post(ROUTE.path, needs("gate:evaluate"), async (context) => {
    const body = await readJson(context);
    const isBatch = typeof body === "object" && body !== null && Object.hasOwn(body, "questions");
    // Checked against the one schema that is meant, so that each problem has a path in what was sent.
    const parsed = (isBatch ? BATCH : SINGLE).safeParse(body);
    if (!parsed.success) throw checkFailed(parsed.error);
    const explains = wantsExplanation(context, parsed.data.explain);
    if (!("questions" in parsed.data))
      return context.json(answerQuestion(toQuestion(parsed.data), explains), 200);
    const { questions } = parsed.data;
    if (explains && questions.length > EXPLAINED_MAX) {
      throw new Problem(400, "Some fields are not valid", [
        { path: "/questions", message: `at most ${EXPLAINED_MAX} questions are explained in one call` },
      ]);
    }
    return context.json({ decisions: await answerInTurns(questions.map(toQuestion), explains) }, 200);
  });
}

function wantsExplanation(context: Context<ApiEnv>, inBody: boolean | null | undefined): boolean {
  const inQuery = context.req.query("explain");
  if (inQuery !== undefined && inQuery !== "true" && inQuery !== "false") {
    throw new Problem(400, "Some fields are not valid", [
      { path: "/explain", message: "must be true or false" },
    ]);
  }
  return inBody ?? inQuery === "true";
}

async function readJson(context: Context<ApiEnv>): Promise<unknown> {
  const type = context.req.header("content-type") ?? "";
  if (!/^application\/([a-z0-9!#$&^_.+-]+\+)?json\s*(;|$)/i.test(type))
    throw new Problem(415, "Send a JSON body with the header content-type: application/json");
  try {
    return await context.req.json();
  } catch (error) {
    if (error instanceof SyntaxError) throw new Problem(400, "The body is not valid JSON");
    throw error;
  }
}

async function answerInTurns(
  questions: readonly Question[],
  explains: boolean,
): Promise<EvaluatedDecision[]> {
  const decisions: EvaluatedDecision[] = [];
  for (const question of questions) {
    if (decisions.length % TURN_LENGTH === 0) await turn();
    decisions.push(answerQuestion(question, explains));
  }
  return decisions;
}
