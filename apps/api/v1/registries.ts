import { createRoute, z } from "@hono/zod-openapi";
import { inWorkspace, readClock } from "#db/database";
import { readCopies } from "#db/queries/registries";
import { importRegistry, type RegistryImportResult } from "#flow/registries/import-registry";
import { recordReassignment } from "#flow/registries/reassignment";
import { registryStatus } from "#flow/registries/registries";
import { needs } from "../authenticate.ts";
import type { Api, Services } from "../context.ts";
import { Problem } from "../problem.ts";
import { answer, instant, jsonBody, phoneNumber, registryParams } from "./schemas.ts";

const COPY = z
  .strictObject({
    asOf: instant.describe("The list's own date"),
    numbers: z
      .array(z.strictObject({ number: phoneNumber, listedAt: z.iso.date().nullable().default(null) }))
      .max(10_000),
    append: z.boolean().default(false).describe("Join the numbers held instead of taking their place"),
    partial: z.boolean().default(false).describe("More parts follow: the copy is dated by the last one"),
  })
  .openapi("RegistryCopy");

const REASSIGNMENT = z
  .strictObject({
    number: phoneNumber,
    database: z.string().regex(/^[A-Za-z0-9-]{1,40}$/),
    answer: z.enum(["yes", "no", "no-data"]),
    queriedAt: instant,
    consentDate: z.iso.date(),
  })
  .openapi("Reassignment");

/** Do-not-call lists and reassigned numbers: copies of what others keep, each with its date. */
export function registryRoutes(api: Api, { deps }: Services): void {
  api.openapi(
    createRoute({
      method: "get",
      path: "/v1/registries",
      middleware: [needs("policy:read")],
      responses: answer(200, "Every list the gate knows, with the date of the copy and the days it has left"),
    }),
    async (context) => {
      const { workspaceId } = context.get("caller");
      const items = await inWorkspace(deps.database, workspaceId, async (tx) =>
        registryStatus(await readCopies(tx), await readClock(tx)),
      );
      // There are as many as the rules name: one page.
      return context.json({ items, next: null }, 200);
    },
  );
  const write = [needs("registries:write")];
  api.openapi(
    createRoute({
      method: "put",
      path: "/v1/registries/{registryId}",
      middleware: write,
      request: {
        params: registryParams,
        ...jsonBody(COPY),
      },
      responses: answer(200, "The date of the copy now, and how many known contact points it changed"),
    }),
    async (context) => {
      const { workspaceId, keyId } = context.get("caller");
      const { registryId } = context.req.valid("param");
      const { asOf, numbers, append, partial } = context.req.valid("json");
      const result = await importRegistry(deps, {
        workspaceId,
        actor: keyId,
        registryId,
        asOf: new Date(asOf),
        numbers,
        append,
        isPartial: partial,
      });
      return context.json({ registryId, ...imported(result) }, 200);
    },
  );
  api.openapi(
    createRoute({
      method: "put",
      path: "/v1/reassignments",
      middleware: write,
      request: jsonBody(REASSIGNMENT),
      responses: answer(200, "The answer is kept"),
    }),
    async (context) => {
      const { workspaceId, keyId } = context.get("caller");
      const { queriedAt, ...body } = context.req.valid("json");
      const result = await recordReassignment(deps, {
        ...body,
        workspaceId,
        actor: keyId,
        queriedAt: new Date(queriedAt),
      });
      switch (result.kind) {
        case "recorded":
          return context.json({ recorded: true }, 200);
        case "not-a-number":
          throw refused("/number", "is no phone number");
        case "queried-in-future":
          throw refused("/queriedAt", "is in the future");
        case "older":
          throw new Problem(409, "A newer answer about this number is known");
        default:
          return result satisfies never;
      }
    },
  );
}

function imported(result: RegistryImportResult) {
  switch (result.kind) {
    case "imported":
      return { asOf: result.asOf, contactPoints: result.contactPoints };
    case "registry-unknown":
      throw new Problem(404, "The gate knows no such list; GET /v1/registries names those it reads");
    case "as-of-in-future":
      throw refused("/asOf", "is in the future");
    case "import-under-way":
      throw new Problem(409, `A file of this list is being taken over: import ${result.importId}`);
    case "as-of-older":
      throw refused("/asOf", `is before the copy that is held, of ${result.held.toISOString()}`);
    case "not-a-number":
      throw refused(`/numbers/${result.place}/number`, "is no phone number");
    default:
      return result satisfies never;
  }
}

const refused = (path: string, message: string) =>
  new Problem(422, "The list or answer cannot be taken over", [{ path, message }]);
