import { type Auth, betterAuth } from "better-auth";
import { drizzleAdapter } from "better-auth/adapters/drizzle";
import { type Database, inWorkspace, outsideWorkspaces } from "#db/database";
import { insertMember, membershipsOf } from "#db/queries/api-keys";
import { account, session, user, verification } from "#db/schema/account";
import type { Config } from "#flow/config";

/** Who is at the console: the user, and the workspace they work in. */
export interface ConsoleUser {
  readonly userId: string;
  readonly email: string;
  readonly workspaceId: string;
  readonly role: "owner" | "marketer" | "viewer";
}

export type LoginResult =
  | { readonly kind: "in"; readonly cookies: readonly string[] }
  | { readonly kind: "refused" }
  | { readonly kind: "too-many" };

export interface ConsoleAuth {
  login(email: string, password: string, headers: Headers): Promise<LoginResult>;
  /** Ends the session and returns the cookies that clear it. */
  logout(headers: Headers): Promise<readonly string[]>;
  /** The user behind a request's session cookie, or null. Looked up for every request: a disabled user is out at once. */
  userOf(headers: Headers): Promise<ConsoleUser | null>;
  /** Makes a console user in a workspace, once. */
  ensureUser(email: string, password: string, workspaceId: string): Promise<void>;
}

const SESSION_SECONDS = 12 * 3_600;

/** Console accounts through better-auth: scrypt passwords, sessions in the database, cookies for this site only. */
export function startConsoleAuth(database: Database, config: Config): ConsoleAuth {
  const isSecure = config.publicUrl.startsWith("https:");
  const options = {
    baseURL: config.publicUrl,
    secret: config.secrets.auth,
    database: drizzleAdapter(database.drizzle, {
      provider: "pg",
      schema: { user, session, account, verification },
    }),
    emailAndPassword: { enabled: true, minPasswordLength: 12, disableSignUp: false },
    session: { expiresIn: SESSION_SECONDS },
    advanced: {
      useSecureCookies: isSecure,
      defaultCookieAttributes: { httpOnly: true, sameSite: "lax" as const, secure: isSecure, path: "/" },
      cookiePrefix: isSecure ? "__Host-consentry" : "consentry",
    },
    telemetry: { enabled: false },
    logger: { disabled: true },
  };
  const auth: Auth<typeof options> = betterAuth(options);
  return {
    login: async (email, password, headers) => {
      const response = await auth.api.signInEmail({ body: { email, password }, headers, asResponse: true });
      if (response.status === 429) return { kind: "too-many" };
      return response.ok ? { kind: "in", cookies: response.headers.getSetCookie() } : { kind: "refused" };
    },
    logout: async (headers) => {
      const response = await auth.api.signOut({ headers, asResponse: true });
      return response.headers.getSetCookie();
    },
    userOf: async (headers) => {
      const found = await auth.api.getSession({ headers });
      if (found === null) return null;
      const [place] = await outsideWorkspaces(database, (tx) => membershipsOf(tx, found.user.id));
      if (place === undefined) return null;
      return {
        userId: found.user.id,
        email: found.user.email,
        workspaceId: place.workspaceId,
        role: place.role,
      };
    },
    ensureUser: async (email, password, workspaceId) => {
      const { internalAdapter } = await auth.$context;
      const existing = await internalAdapter.findUserByEmail(email);
      const userId =
        existing?.user.id ?? (await auth.api.signUpEmail({ body: { email, password, name: email } })).user.id;
      await inWorkspace(database, workspaceId, (tx) => insertMember(tx, workspaceId, userId, "owner"));
    },
  };
}
