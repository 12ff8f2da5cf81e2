import type { Child } from "hono/jsx";
import type { Language } from "#core/language";
import { Languages } from "../components/languages.tsx";
import { Document } from "../components/layout.tsx";
import { PRIVACY_WORDS } from "../privacy/catalogue.ts";
import type { Words } from "../words/words.ts";

/** Who reads a public page: in which language, and at which address (without its query). */
export interface Reader {
  readonly language: Language;
  readonly words: Words;
  readonly path: string;
}

/** What the pages say about a sender: its name on top, never ours. */
export interface SpeakerLine {
  readonly senderId: string;
  readonly senderName: string;
  readonly postalAddress: string;
}

/** The page's own address in its language: forms post there, so that the answer speaks it too. */
export const ownAddress = (reader: Reader, path: string = reader.path): string =>
  `${path}?lang=${reader.language}`;

/** The frame of every public page: the sender, the languages, the content, the way to one's rights. No script at all. */
export const PublicPage = ({
  reader,
  speaker,
  title,
  children,
}: {
  reader: Reader;
  speaker: SpeakerLine;
  title: string;
  children?: Child;
}) => (
  <Document
    title={`${title} - ${speaker.senderName}`}
    pub
    language={reader.language}
    skip={reader.words.common.skip}
  >
    <header>
      <span class="who">{speaker.senderName}</span>
      <Languages language={reader.language} path={reader.path} />
    </header>
    <main id="main">{children}</main>
    <footer>
      <p>{speaker.postalAddress}</p>
      <p>
        <a href={`/privacy/${speaker.senderId}?lang=${reader.language}`}>
          {PRIVACY_WORDS[reader.language].title(speaker.senderName)}
        </a>
      </p>
    </footer>
  </Document>
);

/** A form with one button and what it says without words. */
export const OneButton = ({
  action,
  fields,
  kind,
  children,
}: {
  action: string;
  fields: Readonly<Record<string, string>>;
  kind?: "go" | "stop";
  children?: Child;
}) => (
  <form method="post" action={action}>
    {Object.entries(fields).map(([name, value]) => (
      <input type="hidden" name={name} value={value} />
    ))}
    <button class={kind === undefined ? "btn" : `btn ${kind}`} type="submit">
      {children}
    </button>
  </form>
);

/** The one-time undo of a stop, where there is one. */
export const Undo = ({ reader, nonce, action }: { reader: Reader; nonce: string | null; action: string }) =>
  nonce === null ? null : (
    <>
      <h2>{reader.words.common.undoTitle}</h2>
      <p>{reader.words.common.undoText}</p>
      <OneButton action={action} fields={{ undo: nonce }}>
        {reader.words.common.undo}
      </OneButton>
    </>
  );

/** The same for every link that is not one of ours, whatever is wrong with it. */
export const InvalidLinkPage = ({ reader }: { reader: Pick<Reader, "language" | "words"> }) => (
  <Document title={reader.words.invalid.title} pub language={reader.language} skip={reader.words.common.skip}>
    <main id="main">
      <h1>{reader.words.invalid.title}</h1>
      <p>{reader.words.invalid.nothing}</p>
      <p>{reader.words.invalid.instead}</p>
    </main>
  </Document>
);

/** A page that only says something. */
export const SayingPage = ({
  reader,
  speaker,
  title,
  lines,
  children,
}: {
  reader: Reader;
  speaker: SpeakerLine;
  title: string;
  lines: readonly string[];
  children?: Child;
}) => (
  <PublicPage reader={reader} speaker={speaker} title={title}>
    <h1 role="status">{title}</h1>
    {lines.map((line) => (
      <p>{line}</p>
    ))}
    {children}
  </PublicPage>
);
