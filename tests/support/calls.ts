import type { LawDesk } from "./law.ts";

/** A Wednesday, noon in New York, when nearly everybody may be called. */
export const NOON = "2027-01-13T17:00:00Z";

export const SCRIPT =
  "Hello, this is {{agent}} for {{seller}}. I am calling about {{purpose}}. Am I speaking with {{name}}?";

export interface NextCall {
  readonly call: null | {
    readonly callId: string;
    readonly contactId: string;
    readonly state: string;
    readonly person: { readonly name: string | null; readonly maskedNumber: string };
    readonly script: { readonly version: number; readonly text: string };
    readonly reason: string;
    readonly windowClosesAt: string | null;
  };
  readonly nextAt: string | null;
}

/** A workspace that calls people in New York who are on no list, with a written policy that agents acknowledge. */
export interface CallFloor {
  readonly law: LawDesk;
  /** So many people with numbers of their own; their ids. */
  people(count: number): Promise<string[]>;
  /** A phone campaign to everybody, planned and calling. */
  calling(change?: Readonly<Record<string, unknown>>): Promise<string>;
  agent(name: string): Promise<void>;
  next(agent: string, campaignId?: string): Promise<NextCall>;
  /** A step of a call: `reveal`, `check`, `dialled` or `hidden`. */
  step<Answer = Record<string, unknown>>(
    callId: string,
    step: string,
    agent: string,
    status?: number,
  ): Promise<Answer>;
  /** The reveal with headers of its own, and its status. */
  reveal(
    callId: string,
    agent: string,
    headers: Record<string, string>,
  ): Promise<{ readonly status: number }>;
  dispose<Answer = Record<string, unknown>>(
    callId: string,
    agent: string,
    disposition: Readonly<Record<string, unknown>>,
    status?: number,
  ): Promise<Answer>;
  close(): Promise<void>;
}

export async function openCallFloor(law: LawDesk): Promise<CallFloor> {
  await law.sender({ legalBasis: "law", callerId: "+12125550199" });
  await law.list("US-NDNCR", []);
  await law.call("PUT", "/v1/calling-policy", { text: "Who says no is not called again." });
  let numbers = 0;
  return {
    law,
    people: async (count) => {
      const ids: string[] = [];
      for (let place = 0; place < count; place += 1) {
        numbers += 1;
        const phone = `+1212555${String(1000 + numbers)}`;
        const person = await law.contact({
          phone,
          country: "US",
          region: "US-NY",
          fullName: `Person ${numbers}`,
        });
        ids.push(person.id);
      }
      return ids;
    },
    calling: async (change = {}) => {
      const { senderId, purposeId } = law.workspace;
      const body = { name: "Calls", channel: "phone", senderId, purposeId, script: SCRIPT, ...change };
      const { id } = await law.call("POST", "/v1/campaigns", body);
      await law.plan(id);
      return id;
    },
    agent: async (agent) => {
      await law.call("POST", "/v1/calling-policy/acknowledgements", { agent, version: 1 });
    },
    next: (agent, campaignId) =>
      law.call<NextCall>("POST", "/v1/calls/next", {
        agent,
        ...(campaignId === undefined ? {} : { campaignId }),
      }),
    step: (callId, step, agent, status = 200) =>
      law.call("POST", `/v1/calls/${callId}/${step}`, { agent }, status),
    reveal: (callId, agent, headers) => law.raw("POST", `/v1/calls/${callId}/reveal`, { agent }, headers),
    dispose: (callId, agent, disposition, status = 200) =>
      law.call("POST", `/v1/calls/${callId}/disposition`, { agent, disposition }, status),
    close: () => law.close(),
  };
}
