import { z } from "zod";

/** What a column of an imported file holds. `ignore` leaves it unread. */
const TARGETS = [
  "email",
  "phone",
  "fullName",
  "givenName",
  "country",
  "region",
  "language",
  "party",
  "obtainedAt",
  "consent.purpose",
  "consent.givenAt",
  "consent.source",
  "consent.noticeVersion",
  "consent.withdrawnAt",
  "ignore",
] as const;

const ATTRIBUTE = /^attributes\.(?!constructor$|prototype$)[a-z][a-z0-9_]{0,39}$/;

/** Names that mean something to the language itself; no file has an honest use for them. */
const LANGUAGE_NAME = /^(attributes\.)?(__proto__|constructor|prototype)$/;

const COLUMN_TARGET = z.union([
  z.enum(TARGETS),
  z.string().regex(ATTRIBUTE, "must be a field or attributes.<name>"),
]);

/** How the columns of a file are read. Without `columns`, headers that name a field are taken as that field. */
export const IMPORT_MAPPING = z.strictObject({
  delimiter: z.enum([",", ";", "\t", "|"]).optional(),
  columns: z.record(z.string().min(1).max(200), COLUMN_TARGET).optional(),
  /** The purpose of the consent columns where no column names it: a purpose id, key, or sender/purpose. */
  consentPurpose: z.string().min(1).max(200).optional(),
  consentChannel: z.enum(["email", "phone"]).optional(),
  /** Where the file's data came from: the id or key of a source. Absent: from the people themselves. */
  source: z.string().min(1).max(100).optional(),
});

export type ImportMapping = z.infer<typeof IMPORT_MAPPING>;

/** Spellings of headers that are understood without a mapping. */
const KNOWN_HEADERS: Readonly<Record<string, (typeof TARGETS)[number]>> = {
  email: "email",
  "e-mail": "email",
  email_address: "email",
  phone: "phone",
  phone_number: "phone",
  mobile: "phone",
  name: "fullName",
  full_name: "fullName",
  fullname: "fullName",
  first_name: "givenName",
  given_name: "givenName",
  country: "country",
  region: "region",
  state: "region",
  language: "language",
  party: "party",
  obtained_at: "obtainedAt",
  purpose: "consent.purpose",
  consent_purpose: "consent.purpose",
  consent_given_at: "consent.givenAt",
  consent_source: "consent.source",
  notice_version: "consent.noticeVersion",
  consent_notice_version: "consent.noticeVersion",
  consent_withdrawn_at: "consent.withdrawnAt",
  unsubscribed_at: "consent.withdrawnAt",
  unsubscribed: "consent.withdrawnAt",
};

/** A header and where its values go, in the order of the file. */
export interface MappedColumn {
  readonly header: string;
  readonly target: string;
}

export interface MappingProblem {
  readonly path: string;
  readonly message: string;
}

/** Fits a mapping to a file's headers, or says what does not fit. */
export function mapHeaders(
  mapping: ImportMapping,
  headers: readonly string[],
): { readonly columns: readonly MappedColumn[]; readonly problems: readonly MappingProblem[] } {
  const problems: MappingProblem[] = [];
  const columns = headers.map((header) => {
    const wished =
      mapping.columns !== undefined && Object.hasOwn(mapping.columns, header)
        ? mapping.columns[header]
        : undefined;
    const folded = header.trim().toLowerCase().replaceAll(" ", "_");
    const known = Object.hasOwn(KNOWN_HEADERS, folded) ? KNOWN_HEADERS[folded] : undefined;
    const asAttribute = ATTRIBUTE.test(folded) ? folded : undefined;
    return {
      header,
      target: wished ?? (mapping.columns === undefined ? (known ?? asAttribute) : undefined) ?? "ignore",
    };
  });
  if (headers.some((header) => LANGUAGE_NAME.test(header.trim().toLowerCase())))
    problems.push({ path: "/file", message: "a column is named __proto__, constructor or prototype" });
  for (const header of Object.keys(mapping.columns ?? {})) {
    if (!headers.includes(header))
      problems.push({ path: `/mapping/columns/${header}`, message: "the file has no such column" });
  }
  const targets = columns.map((column) => column.target).filter((target) => target !== "ignore");
  for (const target of new Set(targets)) {
    if (targets.filter((each) => each === target).length > 1) {
      problems.push({ path: "/mapping/columns", message: `two columns are mapped to ${target}` });
    }
  }
  if (!targets.includes("email") && !targets.includes("phone")) {
    problems.push({ path: "/mapping/columns", message: "no column is an email address or a phone number" });
  }
  return { columns, problems };
}
