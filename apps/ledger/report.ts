import type { Finding } from "#flow/ledger/findings";

/** Status 0: all is as it was sealed; 1: something was changed; 2: something is missing, and nothing was found changed. */
export type Status = 0 | 1 | 2;

export function statusOf(findings: readonly Finding[]): Status {
  if (findings.some((finding) => finding.kind === "tampered")) return 1;
  return findings.length > 0 ? 2 : 0;
}

/** One line for people: what is wrong, and with which event. */
export function lineOf(finding: Finding): string {
  if (finding.kind === "incomplete") return `INCOMPLETE ${finding.fault}: ${finding.detail}`;
  const { position, workspaceId, gateId, seq } = finding.at;
  const place = [
    position === null ? "" : `position ${position}`,
    workspaceId === null ? "" : `workspace ${workspaceId}`,
    gateId === null ? "" : `key ${gateId}`,
    seq === null ? "" : `event ${seq}`,
  ].filter((part) => part !== "");
  return `TAMPERED ${finding.fault}${place.length === 0 ? "" : ` at ${place.join(", ")}`}: ${finding.detail}`;
}

/** A line break or an escape code in a file must not look like an answer of ours. */
export const oneLine = (text: string): string => text.replace(/\p{Cc}+/gu, " ");
