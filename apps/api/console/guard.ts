import type { Context } from "hono";
import { z } from "zod";
import { inWorkspace } from "#db/database";
import { readWorkspace } from "#db/queries/workspaces";
import type { Services } from "../context.ts";
import type { ShellModel } from "../pages/components/layout.tsx";
import { missing, Problem } from "../problem.ts";
import type { ConsoleUser } from "./auth.ts";

/** A page's visitor and what the page's frame shows. */
export interface Visit {
  readonly user: ConsoleUser;
  readonly shell: (title: string, current: ShellModel["current"]) => ShellModel;
}

/** The logged-in visitor, or null: then the caller sends them to the login page. */
export async function visitOf(services: Services, context: Context): Promise<Visit | null> {
  const user = await services.auth.userOf(context.req.raw.headers);
  if (user === null) return null;
  const workspace = await inWorkspace(services.deps.database, user.workspaceId, (tx) =>
    readWorkspace(tx, user.workspaceId),
  );
  if (workspace === null) return null;
  return {
    user,
    shell: (title, current) => ({
      title,
      current,
      workspace: workspace.name,
      user: `${user.email} · ${user.role}`,
      isFrozen: workspace.frozenAt !== null,
      hasInbox: services.inbox !== null,
    }),
  };
}

/**
 * Refuses a change that does not come from our own pages: the session cookie alone must not be enough. Browsers
 * send `Origin` or `Sec-Fetch-Site` with every form; a request with neither is refused too.
 */
export function demandSameOrigin(services: Services, context: Context): void {
  const origin = context.req.header("origin");
  const site = context.req.header("sec-fetch-site");
  const host = context.req.header("host");
  const own = new Set([new URL(services.config.publicUrl).origin, `http://${host}`, `https://${host}`]);
  const isOwn = origin !== undefined && origin !== "null" ? own.has(origin) : site === "same-origin";
  if (!isOwn) throw new Problem(403, "This form was not sent from the console");
}

/** Viewers look; they change nothing. */
export function demandWriter(visit: Visit): void {
  if (visit.user.role === "viewer") throw new Problem(403, "Your role may look but not change anything");
}

/** What all campaigns are decided by is changed by owners alone. */
export function demandOwner(visit: Visit): void {
  if (visit.user.role !== "owner") throw new Problem(403, "Only an owner of the workspace can change this");
}

/** The id in a page's address. @throws Problem 404 where it is none. */
export function idOf(context: Context, what: string): string {
  const id = z.uuid().safeParse(context.req.param("id"));
  if (!id.success) throw missing(what);
  return id.data;
}

/** A handler of a console page: only for people who are logged in. */
export type PageHandler = (context: Context, visit: Visit) => Promise<Response> | Response;

export interface ConsolePages {
  get(path: string, handler: PageHandler): void;
  /** A change: from our own pages, by someone who may change things. */
  post(path: string, handler: PageHandler): void;
}
