import type { Child } from "hono/jsx";
import type { Language } from "#core/language";
import { Languages } from "../components/languages.tsx";
import { Document } from "../components/layout.tsx";
import { PRIVACY_WORDS } from "../privacy/catalogue.ts";
import { WORDS } from "../words/catalogue.ts";
import type { Words } from "../words/words.ts";

/** Who reads a public page: in which language and words, and at which address (without its query). */
export interface Reader<W = Words> {
  readonly language: Language;
  readonly words: W;
  readonly path: string;
}

/** What the pages say about a sender: its name on top, never ours. */
export interface Speaker {
  readonly senderName: string;
  readonly postalAddress: string;
}

/** A sender that the page leads to the privacy centre of. */
export interface SpeakerLine extends Speaker {
  readonly senderId: string;
}

/** The page's own address in its language: forms post there, so that the answer speaks it too. */
export const ownAddress = (reader: Reader<unknown>, path: string = reader.path): string =>
  `${path}?lang=${reader.language}`;

/** The frame of everything that people outside see: the sender, the languages, the content. No script at all. */
export const Frame = ({
  reader,
  speaker,
  title,
  foot,
  children,
}: {
  reader: Reader<unknown>;
  /** Null: a link that is not one of ours speaks for nobody. */
  speaker: Speaker | null;
  title: string;
  /** What stands below the postal address. */
  foot?: Child;
  children?: Child;
}) => (
  <Document
    title={speaker === null ? title : `${title} - ${speaker.senderName}`}
    pub
    language={reader.language}
    skip={WORDS[reader.language].common.skip}
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
        {foot}
      </footer>
    )}
  </Document>
);

/** A public page of a sender, with the way to one's rights. */
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
  <Frame
    reader={reader}
    speaker={speaker}
    title={title}
    foot={
      <p>
        <a href={ownAddress(reader, `/privacy/${speaker.senderId}`)}>
          {PRIVACY_WORDS[reader.language].title(speaker.senderName)}
        </a>
      </p>
    }
  >
    {children}
  </Frame>
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
export const InvalidLinkPage = ({ reader }: { reader: Reader }) => (
  <Frame reader={reader} speaker={null} title={reader.words.invalid.title}>
    <h1>{reader.words.invalid.title}</h1>
    <p>{reader.words.invalid.nothing}</p>
    <p>{reader.words.invalid.instead}</p>
  </Frame>
);

/** The browser sends the Global Privacy Control signal, and it was recorded. */
export const SignalRecorded = ({ reader, isRecorded }: { reader: Reader<unknown>; isRecorded: boolean }) =>
  isRecorded ? <p class="small">{PRIVACY_WORDS[reader.language].optOutRecorded}</p> : null;

/** What a page says that only says something. */
export const Saying = ({ title, lines }: { title: string; lines: readonly string[] }) => (
  <>
    <h1 role="status">{title}</h1>
    {lines.map((line) => (
      <p>{line}</p>
    ))}
  </>
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
    <Saying title={title} lines={lines} />
    {children}
  </PublicPage>
);
