import type { Keyring } from "./keyring.ts";

/** The key rings that the database layer needs: `master` wraps persons' keys, `index` makes blind indexes. */
export interface VaultKeys {
  readonly master: Keyring;
  readonly index: Keyring;
}
