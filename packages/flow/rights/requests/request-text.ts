import { decrypt, encrypt } from "#db/vault/keyring";

/** What was written about a request, by the person and to them. Sealed under the person's key. */
export interface RequestText {
  readonly details?: string;
  /** Who acts for the person, and by what permission. */
  readonly agent?: string;
  /** Why the answer was put off. */
  readonly extension?: string;
  readonly answer?: string;
}

const contextOf = (workspaceId: string, requestId: string): string =>
  `privacy-request:${workspaceId}:${requestId}`;

export const sealText = (key: Buffer, workspaceId: string, requestId: string, text: RequestText): Buffer =>
  encrypt(key, Buffer.from(JSON.stringify(text)), contextOf(workspaceId, requestId));

/** Empty when nothing was written, or the person was erased. */
export function openText(
  key: Buffer | null,
  workspaceId: string,
  request: { readonly id: string; readonly sealed: Buffer | null },
): RequestText {
  if (key === null || request.sealed === null) return {};
  return JSON.parse(
    decrypt(key, request.sealed, contextOf(workspaceId, request.id)).toString(),
  ) as RequestText;
}
