import type { Database } from "#db/database";
import type { Keyring } from "#db/vault/keyring";
import type { VaultKeys } from "#db/vault/secrets";

/**
 * A ring of the doorbell: "there may be work here". It carries ids only, and may be lost, doubled or late; what has
 * to be done stands in Postgres.
 */
export type Doorbell =
  | { readonly kind: "plan"; readonly workspaceId: string; readonly campaignId: string }
  | {
      readonly kind: "slice";
      readonly workspaceId: string;
      readonly campaignId: string;
      readonly slice: number;
    }
  | { readonly kind: "import"; readonly workspaceId: string; readonly importId: string }
  | { readonly kind: "registry-import"; readonly workspaceId: string; readonly importId: string }
  | { readonly kind: "service-mail"; readonly workspaceId: string };

/** What a step of the flow needs from outside: the database, the keys, and the doorbell. */
export interface FlowDeps {
  readonly database: Database;
  readonly keys: VaultKeys & { readonly token: Keyring; readonly ledger: Keyring };
  readonly ring: (doorbell: Doorbell) => Promise<void>;
}
