import { createRoute } from "@hono/zod-openapi";
import { checkCall } from "#flow/calls/check-call";
import { dialCall } from "#flow/calls/dial-call";
import { disposeCall } from "#flow/calls/dispose-call";
import { hideCall } from "#flow/calls/hide-call";
import { openCallDesk } from "#flow/calls/next-call";
import { type CallAsk, revealCall } from "#flow/calls/reveal-call";
import { needs } from "../authenticate.ts";
import type { Api, Services } from "../context.ts";
import { missing, Problem } from "../problem.ts";
import { CALL_AGENT, DISPOSE, NEXT_CALL } from "./call-schema.ts";
import { answer, idParams, jsonBody } from "./schemas.ts";

const work = [needs("calls:work")];

/**
 * The call desk for programs: a person is reserved with the number masked, the number is shown for some seconds, the dial
 * is started or the number hidden, and the call gets a disposition. Between the reveal and the dial a desk looks
 * several times a second whether the call still holds.
 */
export function callRoutes(api: Api, { deps }: Services): void {
  const desk = openCallDesk(deps);
  api.openapi(
    createRoute({
      method: "post",
      path: "/v1/calls/next",
      middleware: work,
      request: jsonBody(NEXT_CALL),
      responses: answer(
        200,
        "The next person, reserved for this agent; the one in hand if there is one; or nobody",
      ),
    }),
    async (context) => {
      const { workspaceId } = context.get("caller");
      const { agent, agentName, campaignId } = context.req.valid("json");
      const next = await desk.next({ workspaceId, campaignId, agent, agentName: agentName ?? agent });
      switch (next.kind) {
        case "call":
          return context.json({ call: next.call, nextAt: null }, 200);
        case "nobody-due":
          return context.json({ call: null, nextAt: next.nextAt }, 200);
        case "policy-missing":
          throw new Problem(
            409,
            "There is no written do-not-call policy; nobody is called before PUT /v1/calling-policy has put one in force",
          );
        case "policy-not-acknowledged":
          throw new Problem(
            409,
            `This agent has not acknowledged version ${next.version} of the do-not-call policy; see POST /v1/calling-policy/acknowledgements`,
            [{ path: "/agent", message: `has not acknowledged version ${next.version}` }],
          );
        default:
          return next satisfies never;
      }
    },
  );
  api.openapi(
    createRoute({
      method: "post",
      path: "/v1/calls/{id}/reveal",
      middleware: work,
      request: { params: idParams, ...jsonBody(CALL_AGENT) },
      responses: answer(200, "The number and until when the dial has to start, or why it is not shown"),
    }),
    async (context) => {
      // Never kept for a repeat: what the gate allowed then it may not allow now.
      context.header("cache-control", "no-store");
      const revealed = await revealCall(
        deps,
        askOf(context.get("caller"), context.req.valid("param"), context.req.valid("json")),
      );
      if (revealed.kind === "not-found") throw missing("call");
      if (revealed.kind === "wrong-state") throw wrongState(revealed.state);
      if (revealed.kind === "refused")
        return context.json({ number: null, dialBy: null, reason: revealed.reason }, 200);
      return context.json({ number: revealed.number, dialBy: revealed.dialBy, reason: null }, 200);
    },
  );
  api.openapi(
    createRoute({
      method: "post",
      path: "/v1/calls/{id}/check",
      middleware: work,
      request: { params: idParams, ...jsonBody(CALL_AGENT) },
      responses: answer(200, "Whether the call still holds; mustHide: hide the number and say so by /hidden"),
    }),
    async (context) => {
      context.header("cache-control", "no-store");
      const check = await checkCall(
        deps,
        askOf(context.get("caller"), context.req.valid("param"), context.req.valid("json")),
      );
      if (check.kind === "not-found") throw missing("call");
      if (check.kind === "ended") {
        return context.json({ state: "ended", mustHide: true, reason: check.outcome, dialBy: null }, 200);
      }
      return context.json(
        check.kind === "stopped"
          ? { state: check.state, mustHide: true, reason: check.reason, dialBy: null }
          : { state: check.state, mustHide: false, reason: null, dialBy: check.dialBy },
        200,
      );
    },
  );
  api.openapi(
    createRoute({
      method: "post",
      path: "/v1/calls/{id}/dialled",
      middleware: work,
      request: { params: idParams, ...jsonBody(CALL_AGENT) },
      responses: answer(200, "dial: true, the dial may start; false, hide the number and say so by /hidden"),
    }),
    async (context) => {
      context.header("cache-control", "no-store");
      const dialled = await dialCall(
        deps,
        askOf(context.get("caller"), context.req.valid("param"), context.req.valid("json")),
      );
      if (dialled.kind === "not-found") throw missing("call");
      if (dialled.kind === "wrong-state") throw wrongState(dialled.state);
      return context.json(
        dialled.kind === "dialled" ? { dial: true, reason: null } : { dial: false, reason: dialled.reason },
        200,
      );
    },
  );
  api.openapi(
    createRoute({
      method: "post",
      path: "/v1/calls/{id}/hidden",
      middleware: work,
      request: { params: idParams, ...jsonBody(CALL_AGENT) },
      responses: answer(200, "Nobody was dialled; the person goes back, and a waiting stop gets its answer"),
    }),
    async (context) => {
      const hidden = await hideCall(
        deps,
        askOf(context.get("caller"), context.req.valid("param"), context.req.valid("json")),
      );
      if (hidden.kind === "not-found") throw missing("call");
      if (hidden.kind === "wrong-state") throw wrongState(hidden.state);
      return context.json({ hidden: true }, 200);
    },
  );
  api.openapi(
    createRoute({
      method: "post",
      path: "/v1/calls/{id}/disposition",
      middleware: work,
      request: { params: idParams, ...jsonBody(DISPOSE) },
      responses: answer(
        200,
        "Where the person stands now; inFlight after the barrier, where something was stopped",
      ),
    }),
    async (context) => {
      const { workspaceId, keyId } = context.get("caller");
      const { agent, disposition } = context.req.valid("json");
      const callId = context.req.valid("param").id;
      const disposed = await disposeCall(deps, {
        workspaceId,
        callId,
        agent,
        actor: keyId,
        disposition,
        requestedAt: new Date(),
      });
      switch (disposed.kind) {
        case "recorded": {
          const { kind: _kind, ...rest } = disposed;
          return context.json(rest, 200);
        }
        case "not-found":
          throw missing("call");
        case "wrong-state":
          throw wrongState(disposed.state);
        case "callback-out-of-range":
          throw new Problem(422, "The person cannot be called back then", [
            { path: "/disposition/at", message: "is past, or after the end of the campaign" },
          ]);
        case "unknown-notice":
          throw new Problem(422, "There is no such wording for calls about this purpose", [
            { path: "/disposition/noticeId", message: "is no phone notice of the campaign's purpose" },
          ]);
        default:
          return disposed satisfies never;
      }
    },
  );
}

const askOf = (
  caller: { readonly workspaceId: string },
  { id }: { readonly id: string },
  { agent }: { readonly agent: string },
): CallAsk => ({ workspaceId: caller.workspaceId, callId: id, agent });

const wrongState = (state: string) => new Problem(409, `The call is ${state}; that cannot be done now`);
