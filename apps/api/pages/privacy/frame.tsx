import type { Child } from "hono/jsx";
import type { Language } from "#core/language";
import { Languages } from "../components/languages.tsx";
import { Document } from "../components/layout.tsx";
import type { PrivacyWords } from "./words.ts";

/** Who reads a privacy page, at which address (without its query). */
export interface PrivacyReader {
  readonly language: Language;
  readonly words: PrivacyWords;
  readonly path: string;
}

export interface PrivacySpeaker {
  readonly senderName: string;
  readonly postalAddress: string;
}

/** The page's own address in its language: forms post there, so that the answer speaks it too. */
export const inLanguage = (reader: PrivacyReader, path: string = reader.path): string =>
  `${path}?lang=${reader.language}`;

/** The frame of every privacy page: the sender, the languages, the content, the postal address. No script at all. */
export const PrivacyFrame = ({
  reader,
  speaker,
  title,
  children,
}: {
  reader: PrivacyReader;
  speaker: PrivacySpeaker | null;
  title: string;
  children?: Child;
}) => (
  <Document
    title={speaker === null ? title : `${title} - ${speaker.senderName}`}
    pub
    language={reader.language}
    skip={reader.words.skip}
  >
    {speaker === null ? null : (
      <header>
        <span class="who">{speaker.senderName}</span>
        <Languages language={reader.language} path={reader.path} />
      </header>
    )}
    <main id="main">{children}</main>
    {speaker === null ? null : (
      <footer>
        <p>{speaker.postalAddress}</p>
      </footer>
    )}
  </Document>
);

/** A page that only says something. */
export const PrivacySaying = ({
  reader,
  speaker,
  title,
  lines,
  backTo,
}: {
  reader: PrivacyReader;
  speaker: PrivacySpeaker | null;
  title: string;
  lines: readonly string[];
  backTo?: string;
}) => (
  <PrivacyFrame reader={reader} speaker={speaker} title={title}>
    <h1 role="status">{title}</h1>
    {lines.map((line) => (
      <p>{line}</p>
    ))}
    {backTo === undefined ? null : (
      <p>
        <a href={backTo}>{reader.words.back}</a>
      </p>
    )}
  </PrivacyFrame>
);
