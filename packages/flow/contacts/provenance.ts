import { readClock, type Tx } from "#db/database";
import type { Provenance } from "#db/queries/contact-facts";
import { isSource } from "#db/queries/sources";

/** What may be said of where a contact's data came from; absent parts stay, null takes back what was said. */
export interface ProvenanceFields {
  readonly sourceId?: string | null | undefined;
  readonly obtainedAt?: Date | null | undefined;
  readonly art14NoticeAt?: Date | null | undefined;
  /** Cannot be taken back: only the person's own later consent outweighs the signal. */
  readonly optOutSignalAt?: Date | undefined;
}

export type ProvenanceResult =
  | { readonly kind: "checked"; readonly provenance: Provenance; readonly changed: readonly string[] }
  | { readonly kind: "invalid"; readonly field: keyof ProvenanceFields; readonly message: string };

const INSTANTS = ["obtainedAt", "art14NoticeAt", "optOutSignalAt"] as const;

const NO_PROVENANCE: Provenance = {
  sourceId: null,
  obtainedAt: null,
  art14NoticeAt: null,
  optOutSignalAt: null,
};

/** Checks what is said against this workspace's sources and the clock, and lays it over what was known. */
export async function checkProvenance(
  tx: Tx,
  fields: ProvenanceFields,
  known: Provenance = NO_PROVENANCE,
): Promise<ProvenanceResult> {
  const now = await readClock(tx);
  for (const field of INSTANTS) {
    const instant = fields[field];
    if (instant !== undefined && instant !== null && instant > now)
      return { kind: "invalid", field, message: "is in the future" };
  }
  if (typeof fields.sourceId === "string" && !(await isSource(tx, fields.sourceId)))
    return { kind: "invalid", field: "sourceId", message: "is no source of this workspace" };
  const provenance: Provenance = {
    sourceId: fields.sourceId === undefined ? known.sourceId : fields.sourceId,
    obtainedAt: fields.obtainedAt === undefined ? known.obtainedAt : fields.obtainedAt,
    art14NoticeAt: fields.art14NoticeAt === undefined ? known.art14NoticeAt : fields.art14NoticeAt,
    optOutSignalAt: later(known.optOutSignalAt, fields.optOutSignalAt ?? null),
  };
  const changed = (Object.keys(provenance) as (keyof Provenance)[]).filter(
    (field) => JSON.stringify(provenance[field]) !== JSON.stringify(known[field]),
  );
  return { kind: "checked", provenance, changed };
}

/** An older signal must not make consent between the two count again. */
const later = (a: Date | null, b: Date | null): Date | null => (a === null || (b !== null && b > a) ? b : a);
