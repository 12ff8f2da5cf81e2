import type { Language } from "#core/language";
import type { FormThanks } from "#db/schema/front-door";
import type { OpenForm } from "#flow/forms/open-form";
import { type Reader, SayingPage } from "./frame.tsx";

/** After a sign-up: the sender's own words, then what there is to do. The same for every address. */
export const ThanksPage = ({ reader, open }: { reader: Reader; open: OpenForm }) => {
  const { form } = reader.words;
  return (
    <SayingPage
      reader={reader}
      speaker={open.speaker}
      title={form.thanksTitle}
      lines={[
        ...ownThanks(open.form.thanks, reader.language),
        form.thanks(open.speaker.senderName),
        form.thanksNoMail,
      ]}
    />
  );
};

/** The sender's words in the reader's language, else in English, else in whichever there is; a paragraph a line. */
function ownThanks(thanks: FormThanks, language: Language): string[] {
  const words = thanks[language] ?? thanks.en ?? Object.values(thanks).find((text) => text !== undefined);
  return (words ?? "").split("\n").filter((line) => line.trim() !== "");
}
