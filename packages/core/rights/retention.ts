/** What is kept for a time and then deleted. Consent evidence and tombstones are not among them: they outlive all. */
export const DATA_CLASSES = [
  "stored-answers",
  "import-files",
  "captured-messages",
  "privacy-request-texts",
  "inactive-contacts",
  "contact-history",
] as const;
export type DataClass = (typeof DATA_CLASSES)[number];

export interface RetentionRule {
  /** What it covers, in words for staff and for the processing record. */
  readonly covers: string;
  readonly daysDefault: number;
  /** A workspace may choose between these. */
  readonly daysMin: number;
  readonly daysMax: number;
  readonly source: string;
}

/** @source rules.md section 4, retention defaults (policy) */
export const RETENTION: Readonly<Record<DataClass, RetentionRule>> = {
  "stored-answers": {
    covers: "Stored answers to repeated API requests",
    daysDefault: 1,
    daysMin: 1,
    daysMax: 7,
    source: "policy",
  },
  "import-files": {
    covers: "Uploaded files and their refused rows, after the import has ended",
    daysDefault: 30,
    daysMin: 1,
    daysMax: 365,
    source: "GDPR Art. 5(1)(e)",
  },
  "captured-messages": {
    covers: "Messages kept by the mail capture, where there is one",
    daysDefault: 30,
    daysMin: 1,
    daysMax: 90,
    source: "policy",
  },
  "privacy-request-texts": {
    covers: "What people wrote in privacy requests, and the answers, after they were closed",
    daysDefault: 1_095,
    daysMin: 365,
    daysMax: 2_190,
    source: "policy: limitation of claims",
  },
  "inactive-contacts": {
    covers: "People without permission, contact or any act of theirs",
    daysDefault: 1_095,
    daysMin: 90,
    daysMax: 1_825,
    source: "CNIL practice: three years after the last contact from the person",
  },
  "contact-history": {
    covers: "Which messages and calls were planned, decided and sent",
    daysDefault: 1_827,
    daysMin: 1_827,
    daysMax: 3_653,
    source: "16 CFR 310.5; UWG 7a: five years",
  },
};

/** How long a class is kept in a workspace: what it chose, else the default. */
export function retentionDays(
  chosen: Readonly<Partial<Record<DataClass, number>>>,
  dataClass: DataClass,
): number {
  return chosen[dataClass] ?? RETENTION[dataClass].daysDefault;
}
