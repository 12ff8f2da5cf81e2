import { Frame, type Reader, Saying, type Speaker } from "../public/frame.tsx";
import type { PrivacyWords } from "./words.ts";

/** Who reads a privacy page. */
export type PrivacyReader = Reader<PrivacyWords>;

/** A page that only says something. */
export const PrivacySaying = ({
  reader,
  speaker,
  title,
  lines,
  backTo,
}: {
  reader: PrivacyReader;
  speaker: Speaker | null;
  title: string;
  lines: readonly string[];
  backTo?: string;
}) => (
  <Frame reader={reader} speaker={speaker} title={title}>
    <Saying title={title} lines={lines} />
    {backTo === undefined ? null : (
      <p>
        <a href={backTo}>{reader.words.back}</a>
      </p>
    )}
  </Frame>
);

/** The same for every link and address that is not ours, whatever is wrong with it. */
export const PrivacyInvalidPage = ({ reader }: { reader: PrivacyReader }) => (
  <PrivacySaying
    reader={reader}
    speaker={null}
    title={reader.words.invalidTitle}
    lines={[reader.words.invalid]}
  />
);
