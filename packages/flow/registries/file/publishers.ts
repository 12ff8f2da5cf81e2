import type { CountryCode } from "libphonenumber-js/max";
import { knownRegistry } from "../registries.ts";

/**
 * Layouts of the files that publishers of lists hand out, as the plainest reading has them: none has been verified with
 * a publisher's file. `csv` is any other.
 */
export const FILE_FORMATS = ["us-ndncr", "ca-dncl", "gb-tps", "au-dncr", "it-rpo", "csv"] as const;
export type FileFormat = (typeof FILE_FORMATS)[number];

const FORMAT_OF: Readonly<Record<string, FileFormat>> = {
  "US-NDNCR": "us-ndncr",
  "CA-NDNCL": "ca-dncl",
  "GB-TPS": "gb-tps",
  "GB-CTPS": "gb-tps",
  "AU-DNCR": "au-dncr",
  "IT-RPO": "it-rpo",
};

const COUNTRY_OF: Readonly<Record<Exclude<FileFormat, "csv">, CountryCode>> = {
  "us-ndncr": "US",
  "ca-dncl": "CA",
  "gb-tps": "GB",
  "au-dncr": "AU",
  "it-rpo": "IT",
};

/** The layout that is read where the upload names none. */
export const formatOf = (registryId: string): FileFormat => FORMAT_OF[registryId] ?? "csv";

/** In which country numbers without a country code are dialled. */
export const countryOfFile = (format: FileFormat, registryId: string): CountryCode =>
  format === "csv" ? ((knownRegistry(registryId)?.country ?? "US") as CountryCode) : COUNTRY_OF[format];
