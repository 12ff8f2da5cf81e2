import { createRoute, z } from "@hono/zod-openapi";
import { reasonText } from "#core/reason-text";
import { explainRecipient, type RecipientExplanation } from "#flow/gate/explain-recipient";
import { needs } from "../authenticate.ts";
import type { Api, Services } from "../context.ts";
import { missing } from "../problem.ts";
import { answer, instant } from "./schemas.ts";

const PARAMS = z.object({ id: z.string().max(40) });
const isNumber = (id: string): boolean => /^\d{1,15}$/.test(id);

/** `GET /v1/recipients/{id}/decision`: every rule that was considered, what it saw, and when the next time is. */
export function decisionRoutes(api: Api, { deps }: Services): void {
  api.openapi(
    createRoute({
      method: "get",
      path: "/v1/recipients/{id}/decision",
      middleware: [needs("contacts:read")],
      request: { params: PARAMS, query: z.strictObject({ at: instant.optional() }) },
      responses: answer(
        200,
        "The stored decision, and the same question explained for its instant or for `at`",
      ),
    }),
    async (context) => {
      const { workspaceId } = context.get("caller");
      const { at } = context.req.valid("query");
      const { id } = context.req.valid("param");
      const found = isNumber(id)
        ? await explainRecipient(deps, {
            workspaceId,
            recipientId: Number(id),
            at: at === undefined ? null : new Date(at),
          })
        : null;
      if (found === null) throw missing("recipient");
      return context.json(explanationJson(found), 200);
    },
  );
}

function explanationJson({ recipient, at, explanation, readAsOfNow, isOfStoredFacts }: RecipientExplanation) {
  const decision = explanation?.decision ?? null;
  return {
    recipientId: recipient.id,
    campaignId: recipient.campaignId,
    contactId: recipient.contactId,
    state: recipient.state,
    reason: recipient.reason,
    stored:
      recipient.decision === null
        ? null
        : { ...recipient.decision, text: reasonText(recipient.decision.reason) },
    asked: {
      at: at.toISOString(),
      readAsOfNow,
      isOfStoredFacts,
      decision: decision === null ? null : { ...decision, text: reasonText(decision.reason) },
      nextAllowedAt: decision?.verdict === "defer" ? decision.until : null,
    },
    considered: (explanation?.considered ?? []).map((rule) => ({
      ...rule,
      text: rule.reason === null ? null : reasonText(rule.reason),
    })),
  };
}
