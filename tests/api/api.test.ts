import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { answerOf, type TestApi, testApi } from "../support/api.ts";
import { createWorkspace, type TestWorkspace } from "../support/product.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

let database: TestDatabase;
let workspace: TestWorkspace;
let other: TestWorkspace;
let api: TestApi;
let admin = "";
let stranger = "";

interface Route {
  readonly method: string;
  readonly path: string;
}
let routes: Route[] = [];

beforeAll(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  workspace = await createWorkspace(database.ownerUrl);
  other = await createWorkspace(database.ownerUrl);
  api = testApi(workspace, database.ownerUrl);
  admin = await api.key(["admin"]);
  stranger = await testApi(other, database.ownerUrl).key(["admin"]);
  const document = (await (await api.call(null, "GET", "/openapi.json")).json()) as {
    openapi: string;
    paths: Record<string, Record<string, unknown>>;
  };
  routes = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path })),
  );
});

afterAll(async () => {
  await workspace.close();
  await other.close();
  await database.drop();
});

/** What the answers of these tests hold. */
interface Answer extends Record<string, unknown> {
  readonly id: string;
  readonly detail: string;
  readonly status: number;
  readonly token: string;
  readonly contactPoints: readonly { readonly id: string; readonly channel: string }[];
  readonly errors?: readonly { readonly path: string }[];
}
const json = answerOf<Answer>;
const newContact = async (token = admin) =>
  json(
    await api.call(token, "POST", "/v1/contacts", {
      email: `p${randomUUID()}@example.com`,
      fullName: "Ada Example",
      country: "DE",
    }),
  );

test("a contact's email stands before its phone in every answer", async () => {
  // Both are primary points of the same instant; their ids alone would put either first.
  const orders = await Promise.all(
    Array.from({ length: 12 }, async (_, place) => {
      const made = await api.call(admin, "POST", "/v1/contacts", {
        email: `order${place}@example.com`,
        phone: `+49301234${String(place).padStart(3, "0")}`,
      });
      const contact = (await made.json()) as { id: string; contactPoints: { channel: string }[] };
      const read = await api.call(admin, "GET", `/v1/contacts/${contact.id}`);
      const again = (await read.json()) as typeof contact;
      return [...contact.contactPoints, ...again.contactPoints].map((point) => point.channel).join(" ");
    }),
  );
  expect([...new Set(orders)]).toEqual(["email phone email phone"]);
});

/** What routes need besides the id before they look for it. */
const BODIES: Readonly<Record<string, unknown>> = {
  "/v1/contacts/{id}/merge": { contactId: randomUUID() },
  "/v1/privacy-requests/{id}/extend": { reason: "x" },
  "/v1/privacy-requests/{id}/answer": { outcome: "answered", answer: "x" },
  ...Object.fromEntries(
    ["reveal", "check", "dialled", "hidden"].map((step) => [`/v1/calls/{id}/${step}`, { agent: "x" }]),
  ),
  "/v1/calls/{id}/disposition": { agent: "x", disposition: { kind: "answered" } },
};

describe("every route of the API", () => {
  test("refuses a call without a key, with a wrong key, and with a key that lacks the scope", async () => {
    const narrow = await api.key(["gate:evaluate"]);
    const answers: string[] = [];
    for (const route of routes) {
      const path = route.path.replace("{id}", randomUUID());
      const without = await api.call(null, route.method, path);
      const lacking =
        route.path === "/v1/gate/evaluate"
          ? { status: 403 }
          : await api.call(narrow, route.method, path, route.method === "GET" ? undefined : {});
      answers.push(`${without.status} ${lacking.status}`);
    }
    expect(routes.length).toBeGreaterThan(25);
    expect([...new Set(answers)]).toEqual(["401 403"]);
  });

  test("answers 404 to another workspace's ids", async () => {
    const contact = await newContact();
    const campaign = await json(
      await api.call(admin, "POST", "/v1/campaigns", {
        name: "x",
        senderId: workspace.senderId,
        purposeId: workspace.purposeId,
        content: { subject: "s", html: "<p>h</p>" },
      }),
    );
    const statuses: number[] = [];
    for (const route of routes.filter(
      (each) =>
        each.path.includes("{id}") && !each.path.includes("imports") && !each.path.includes("api-keys"),
    )) {
      const id = route.path.includes("contacts") ? contact.id : campaign.id;
      const body =
        route.method === "GET"
          ? undefined
          : route.path in BODIES
            ? BODIES[route.path]
            : route.method === "PATCH" && route.path.includes("campaigns")
              ? {
                  name: "x",
                  senderId: workspace.senderId,
                  purposeId: workspace.purposeId,
                  content: { subject: "s", html: "<p>h</p>" },
                }
              : route.path.endsWith("/verify")
                ? { note: "Saw the form" }
                : {};
      const path = route.path.replace("{id}", id).replace("{senderId}", workspace.senderId);
      statuses.push((await api.call(stranger, route.method, path, body)).status);
    }
    expect(statuses.length).toBeGreaterThan(8);
    expect([...new Set(statuses)]).toEqual([404]);
  });
});

describe("problems name the field", () => {
  test.each([
    ["an unknown field", { email: "a@example.com", admin: true }, 400, "/admin"],
    ["a bad address", { email: "a@x>\r\nRCPT TO:<b@y>" }, 400, "/email"],
    ["a country that is none", { email: "b@example.com", country: "Germany" }, 400, "/country"],
    [
      "a nested unknown key",
      { email: "c@example.com", attributes: { __proto__x: 1 } },
      400,
      "/attributes/__proto__x",
    ],
  ])("%s", async (_name, body, status, path) => {
    const response = await api.call(admin, "POST", "/v1/contacts", body);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    const problem = await json(response);
    expect(problem.status).toBe(status);
    expect(problem.errors?.map((error) => error.path)).toContain(path);
  });

  test("a body that is not JSON, a doubled key's prototype, and a subject with a line break", async () => {
    expect((await api.call(admin, "POST", "/v1/contacts", "{")).status).toBe(400);
    expect(
      (await api.call(admin, "POST", "/v1/contacts", '{"__proto__":{"admin":1},"email":"d@example.com"}'))
        .status,
    ).toBeLessThan(500);
    const campaign = {
      name: "x",
      senderId: workspace.senderId,
      purposeId: workspace.purposeId,
      content: { subject: "a\r\nBcc: v@example.com", html: "<p>h</p>" },
    };
    const problem = await json(await api.call(admin, "POST", "/v1/campaigns", campaign));
    expect(problem.errors?.[0]?.path).toBe("/content/subject");
  });

  test("a template that cannot be parsed or reads other files is refused when saved", async () => {
    for (const html of ["{% if %}", "{% include 'x' %}", "{{ a | nosuchfilter }}"]) {
      const response = await api.call(admin, "POST", "/v1/campaigns", {
        name: "x",
        senderId: workspace.senderId,
        purposeId: workspace.purposeId,
        content: { subject: "s", html },
      });
      expect(response.status).toBe(422);
    }
  });
});

test("a contact's address stands before its number, whichever got the smaller id", async () => {
  const orders: string[] = [];
  for (let place = 0; place < 12; place += 1) {
    const body = { email: `both${place}@example.com`, phone: `+4930123450${place + 10}` };
    const made = await json(api.call(admin, "POST", "/v1/contacts", body));
    orders.push(made.contactPoints.map((point) => point.channel).join(" "));
  }
  expect([...new Set(orders)]).toEqual(["email phone"]);
});

test("a POST with an Idempotency-Key is done once, and the key fits no other request", async () => {
  const headers = { "idempotency-key": randomUUID() };
  const body = { email: `once-${randomUUID()}@example.com` };
  const first = await json(await api.call(admin, "POST", "/v1/contacts", body, headers));
  const again = await api.call(admin, "POST", "/v1/contacts", body, headers);
  expect(again.headers.get("idempotent-replayed")).toBe("true");
  expect((await json(again)).id).toBe(first.id);
  expect(
    (await api.call(admin, "POST", "/v1/contacts", { email: "other@example.com" }, headers)).status,
  ).toBe(422);
});

test("guessing keys is slowed down, and a right key is not", async () => {
  const guess = () => api.call(`ck_live_aaaaaaaa_${"x".repeat(43)}`, "GET", "/v1/contacts");
  const statuses: number[] = [];
  for (let time = 0; time < 40; time += 1) statuses.push((await guess()).status);
  expect(statuses[0]).toBe(401);
  expect(statuses.at(-1)).toBe(429);
  expect((await api.call(admin, "GET", "/v1/contacts")).status).toBe(200);
});

test("a revoked key is out with the next request", async () => {
  const made = await json(
    await api.call(admin, "POST", "/v1/api-keys", { name: "k", scopes: ["contacts:read"] }),
  );
  const { token } = made;
  expect((await api.call(token, "GET", "/v1/contacts")).status).toBe(200);
  await api.call(admin, "DELETE", `/v1/api-keys/${made.id}`);
  expect([401, 429]).toContain((await api.call(token, "GET", "/v1/contacts")).status);
});

describe("consent through the API", () => {
  test("a grant, a withdrawal, and a second grant that has to wait for the person", async () => {
    const contact = await newContact();
    const say = async (act: string, secondsAgo: number) =>
      api.call(admin, "POST", "/v1/consents", {
        contactPointId: contact.contactPoints[0]?.id,
        purposeId: workspace.purposeId,
        act,
        occurredAt: new Date(Date.now() - secondsAgo * 1_000).toISOString(),
        method: "web-form",
        noticeId: act === "grant" ? workspace.noticeId : null,
      });
    expect(await (await say("grant", 30)).json()).toMatchObject({ state: "given" });
    expect(await (await say("withdraw", 20)).json()).toMatchObject({ state: "withdrawn", inFlight: 0 });
    expect(await (await say("grant", 10)).json()).toMatchObject({ state: "requested" });
    expect((await say("grant", -60)).status).toBe(422);
  });

  test("a suppression for an address nobody knows binds it all the same", async () => {
    const response = await api.call(admin, "POST", "/v1/suppressions", {
      channel: "email",
      value: "unknown@example.com",
      kind: "objection",
    });
    expect(await response.json()).toMatchObject({ kind: "objection", inFlight: 0 });
  });
});

test("a dry run asks the real gate and contacts nobody", async () => {
  await newContact();
  const campaign = await json(
    await api.call(admin, "POST", "/v1/campaigns", {
      name: "dry",
      senderId: workspace.senderId,
      purposeId: workspace.purposeId,
      content: { subject: "s", html: "<p>h</p>" },
      audience: { country: ["DE"] },
    }),
  );
  const run = (await (await api.call(admin, "POST", `/v1/campaigns/${campaign.id}/dry-run`)).json()) as {
    people: number;
    allowed: number;
    blocked: number;
  };
  expect(run.people).toBeGreaterThan(0);
  expect(run.allowed + run.blocked).toBe(run.people);
});

test("health, readiness and metrics carry no personal data", async () => {
  expect((await api.call(null, "GET", "/healthz")).status).toBe(200);
  expect((await api.call(null, "GET", "/readyz")).status).toBe(200);
  const metrics = await (await api.call(null, "GET", "/metrics")).text();
  expect(metrics).toContain("consentry_contacts_after_stop_total 0");
  expect(metrics).not.toContain("@");
});
