import type { PrivacyRequestKind } from "#core/rights/deadlines";
import type { PersonReport } from "#flow/rights/person-report";
import { Frame, ownAddress, SignalRecorded, type Speaker } from "../public/frame.tsx";
import type { PrivacyReader } from "./frame.tsx";

/** The page behind the link in the mail: says what the button does; looking changes nothing. */
export const RequestPage = ({
  reader,
  speaker,
  kind,
  optOutRecorded,
}: {
  reader: PrivacyReader;
  speaker: Speaker;
  kind: PrivacyRequestKind;
  optOutRecorded: boolean;
}) => {
  const words = reader.words.kinds[kind];
  return (
    <Frame reader={reader} speaker={speaker} title={words.title}>
      <h1>{words.title}</h1>
      <p>{words.before}</p>
      <SignalRecorded reader={reader} isRecorded={optOutRecorded} />
      <form method="post" action={ownAddress(reader)}>
        {kind === "rectification" ? <Corrections reader={reader} /> : null}
        <button class={kind === "erasure" ? "btn stop" : "btn go"} type="submit">
          {words.button}
        </button>
      </form>
    </Frame>
  );
};

const Corrections = ({ reader }: { reader: PrivacyReader }) => (
  <>
    <p>
      <label for="fullName">{reader.words.fullName}</label>
      <input class="input" id="fullName" name="fullName" maxlength={200} autocomplete="name" />
    </p>
    <p>
      <label for="givenName">{reader.words.givenName}</label>
      <input class="input" id="givenName" name="givenName" maxlength={100} autocomplete="given-name" />
    </p>
    <p>
      <label for="other">{reader.words.other}</label>
      <textarea class="input" id="other" name="other" rows={3} maxlength={2000}></textarea>
    </p>
  </>
);

/** The answer that staff wrote. */
export const AnswerPage = ({
  reader,
  speaker,
  answer,
}: {
  reader: PrivacyReader;
  speaker: Speaker;
  answer: string;
}) => (
  <Frame reader={reader} speaker={speaker} title={reader.words.answerTitle}>
    <h1>{reader.words.answerTitle}</h1>
    {answer.split(/\n+/).map((line) => (
      <p>{line}</p>
    ))}
  </Frame>
);

/** Everything held on a person, to be read; the same content as the file. */
export const ReportPage = ({
  reader,
  speaker,
  report,
}: {
  reader: PrivacyReader;
  speaker: Speaker;
  report: PersonReport;
}) => (
  <Frame reader={reader} speaker={speaker} title={reader.words.reportTitle}>
    <h1>{reader.words.reportTitle}</h1>
    <form method="post" action={ownAddress(reader)}>
      <input type="hidden" name="format" value="json" />
      <button class="btn go" type="submit">
        {reader.words.reportDownload}
      </button>
    </form>
    {Object.entries(report).map(([name, value]) => (
      <section class="report">
        <h2>{label(name)}</h2>
        <Value value={value} words={reader.words} />
      </section>
    ))}
  </Frame>
);

/** `contactPoints` as "contact points": the names of the file, so that both can be compared. */
const label = (name: string): string => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

const Value = ({ value, words }: { value: unknown; words: PrivacyReader["words"] }) => {
  if (value === null || value === undefined || value === "") return <span>–</span>;
  if (typeof value === "boolean") return <span>{value ? words.yes : words.no}</span>;
  if (value instanceof Date) return <time>{value.toISOString()}</time>;
  if (typeof value !== "object") return <span>{String(value)}</span>;
  const entries = Object.entries(value);
  if (entries.length === 0) return <span>–</span>;
  return (
    <ul class="plain">
      {entries.map(([name, each]) => (
        <li>
          {Array.isArray(value) ? null : <strong>{label(name)}: </strong>}
          <Value value={each} words={words} />
        </li>
      ))}
    </ul>
  );
};
