import { verifierKeys } from "#db/ledger/note";
import { ledgerSigner } from "#flow/ledger/receipt";
import type { Api, Services } from "../context.ts";

/** The public keys that check receipts, checkpoints and proofs: one a line, the newest first. */
export function ledgerKeyRoutes(app: Api, { deps }: Services): void {
  app.get("/ledger/keys", async (context) => {
    const { name } = await ledgerSigner(deps);
    return context.text(`${verifierKeys(deps.keys.ledger, name).join("\n")}\n`);
  });
}
