import type { MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import { ZodObject, type ZodType } from "zod";
import type { Api, ApiEnv } from "./context.ts";
import { Problem } from "./problem.ts";

/**
 * Refuses a query key that the route does not declare, whatever the method. A mistyped filter that is passed over would
 * answer with everything, and the caller would take it for what was asked for.
 */
export function knownQueryKeys(api: Api): MiddlewareHandler<ApiEnv> {
  let keysByRoute: ReadonlyMap<string, ReadonlySet<string>> | null = null;
  return async (context, next) => {
    const asked = [...new URL(context.req.url).searchParams.keys()];
    if (asked.length > 0) {
      // Made with the first question: by then every route is there.
      keysByRoute ??= declaredKeys(api);
      const known = matchedRoutes(context)
        .map((route) => keysByRoute?.get(`${route.method} ${route.path}`))
        .find((keys) => keys !== undefined);
      const unknown = known === undefined ? [] : asked.filter((key) => !known.has(key));
      if (unknown.length > 0) {
        throw new Problem(
          400,
          "There are unknown fields",
          [...new Set(unknown)].map((key) => ({
            path: `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`,
            message: "is not a known field",
          })),
        );
      }
    }
    await next();
  };
}

/** The query keys of each documented route, under its method and path as the router writes them. */
function declaredKeys(api: Api): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map(
    api.openAPIRegistry.definitions.flatMap((definition) => {
      if (definition.type !== "route") return [];
      const { method, path, request } = definition.route;
      const routed = path.replaceAll(/\{(\w+)\}/g, ":$1");
      return [[`${method.toUpperCase()} ${routed}`, keysOf(request?.query)] as const];
    }),
  );
}

function keysOf(query: ZodType | undefined): ReadonlySet<string> {
  if (query === undefined) return new Set();
  if (!(query instanceof ZodObject)) throw new Error("a route's query is no object schema");
  return new Set(Object.keys(query.shape));
}
