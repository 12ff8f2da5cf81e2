import { LANGUAGES, languageOf } from "#core/language";
import { NOTICE_PARTS, type NoticePart, noticeLabels } from "#core/notice-text";
import type { NoticeRecord, PurposeRecord } from "#db/queries/senders";
import type { FieldProblem } from "#flow/field-problems";
import { Field } from "../components/field.tsx";
import { Icon } from "../components/icon.tsx";
import { Head, number, Panel, Shell, type ShellModel } from "../components/layout.tsx";
import { Problems } from "../components/problems.tsx";
import { Box } from "../public/form.tsx";
import { OWN_NAMES, WORDS } from "../words/catalogue.ts";
import { BY, languageName } from "./notices.tsx";
import { SettingsNav, Touched, type TouchedCampaign } from "./settings.tsx";

/** What the form holds, as it was entered. */
export type NoticeValues = Readonly<
  Record<"subject" | "version" | "language" | "statement" | NoticePart, string>
>;

const HINTS: Readonly<Record<NoticePart, string>> = {
  collected: "For example: your email address, and which messages you open only if you allow that.",
  why: "What contact is for, in the words of the reader.",
  kept: "For example: until you withdraw, and three years longer as proof.",
  recipients: "Everybody outside your company who gets it, by name or kind; or: nobody else.",
  withdrawal: "For example: with the link in every message, at any time and at no cost.",
};

/** A notice as it is written: one sentence beside the box, and what has to be told before somebody can agree. */
export const NoticeEditorPage = ({
  shell,
  values,
  purposes,
  problems,
}: {
  shell: ShellModel;
  values: NoticeValues;
  purposes: readonly (PurposeRecord & { readonly senderName: string })[];
  problems: readonly FieldProblem[];
}) => (
  <Shell shell={shell}>
    <Head title="Write a notice" meta={["Nothing is published yet: you read first what people will read."]} />
    <div class="stack">
      <SettingsNav current="notices" />
      <Problems title="It cannot be published like this." problems={problems} />
      <Panel title="The words">
        <form method="post" action="/settings/notices/new" class="stack">
          <Field id="subject" label="What it is for">
            <select id="subject" name="subject">
              {purposes.flatMap((purpose) =>
                (["email", "phone"] as const).map((channel) => {
                  const subject = `${purpose.id}.${channel}`;
                  return (
                    <option value={subject} {...(subject === values.subject ? { selected: true } : {})}>
                      {purpose.name}, {BY[channel]} ({purpose.senderName})
                    </option>
                  );
                }),
              )}
            </select>
          </Field>
          <Field
            id="version"
            label="Version"
            value={values.version}
            hint="Such as 2026-11. The same version in another language is a translation and must say the same."
            required
          />
          <Field id="language" label="Language">
            <select id="language" name="language">
              {LANGUAGES.map((language) => (
                <option value={language} {...(language === values.language ? { selected: true } : {})}>
                  {OWN_NAMES[language]}
                </option>
              ))}
            </select>
          </Field>
          <Text
            id="statement"
            label="The sentence beside the box"
            hint="What the person says with the tick, with the sender’s name."
            value={values.statement}
          />
          {NOTICE_PARTS.map((part) => (
            <Text id={part} label={noticeLabels("en")[part]} hint={HINTS[part]} value={values[part]} />
          ))}
          <p>
            <button class="btn go" type="submit">
              Read what people will read
            </button>
          </p>
        </form>
      </Panel>
    </div>
  </Shell>
);

const Text = ({ id, label, hint, value }: { id: string; label: string; hint: string; value: string }) => (
  <Field id={id} label={label} hint={hint}>
    <textarea
      class="input"
      id={id}
      name={id}
      rows={2}
      maxlength={2000}
      required
      aria-describedby={`${id}-hint`}
    >
      {value}
    </textarea>
  </Field>
);

export interface NoticePreview {
  readonly values: NoticeValues;
  readonly purpose: PurposeRecord;
  readonly senderName: string;
  /** As it will be published. */
  readonly notice: NoticeRecord;
  /** The version that people agree to now; null: there is nothing it could change. */
  readonly follows: NoticeRecord | null;
  /** How many people agreed to the versions that count now. */
  readonly people: number;
  readonly touched: readonly TouchedCampaign[];
  readonly problems: readonly FieldProblem[];
}

/** Before it is published: exactly what people will read, what it replaces, and the question what it changes. */
export const NoticePreviewPage = ({ shell, model }: { shell: ShellModel; model: NoticePreview }) => {
  const { notice, purpose } = model;
  const language = languageOf(notice.language) ?? "en";
  const reader = { language, words: WORDS[language], path: "" };
  const box = {
    purposeId: purpose.id,
    purposeName: purpose.name,
    purposeDescription: purpose.description,
    channel: notice.channel,
    notice,
  };
  return (
    <Shell shell={shell}>
      <Head
        title={`Publish ${notice.version}?`}
        meta={[`${purpose.name}, ${BY[notice.channel]}`, languageName(notice.language), model.senderName]}
      />
      <div class="stack">
        <SettingsNav current="notices" />
        <Problems title="Nothing was published." problems={model.problems} />
        <Panel
          title="What people will read"
          foot="The name and description of the purpose stand above the words."
        >
          <Box reader={reader} box={box} place={0} isTicked={false} />
        </Panel>
        <Panel title="What it will do" foot="A published version is never changed or taken back.">
          <form method="post" action="/settings/notices/new" class="stack">
            <Values values={model.values} />
            {model.follows === null ? (
              <p>It says what is said already, or is the first: no consent is touched.</p>
            ) : (
              <Question model={model} follows={model.follows} />
            )}
            <div class="acts">
              <button class="btn go" type="submit" name="act" value="publish">
                Publish {notice.version}
              </button>
              <button class="btn" type="submit" name="act" value="edit" formnovalidate>
                Change the words
              </button>
            </div>
          </form>
        </Panel>
      </div>
    </Shell>
  );
};

const Values = ({ values }: { values: NoticeValues }) => (
  <>
    {Object.entries(values).map(([name, value]) => (
      <input type="hidden" name={name} value={value} />
    ))}
  </>
);

const Question = ({ model, follows }: { model: NoticePreview; follows: NoticeRecord }) => (
  <>
    <div class="stack">
      <h3>Now people agree to {follows.version}</h3>
      <p class="asis" lang={follows.language}>
        {follows.wording}
      </p>
    </div>
    <fieldset class="pick">
      <legend class="b">Does this version change what people agreed to?</legend>
      <p class="small muted">
        It does where more is collected, for other ends, for longer, or for others to receive; it does not
        where the same is said in better words.
      </p>
      <label for="changes-no">
        <input type="radio" id="changes-no" name="changesMeaning" value="no" required />
        <span>No, it says the same. Consent stays as it is.</span>
      </label>
      <label for="changes-yes">
        <input type="radio" id="changes-yes" name="changesMeaning" value="yes" required />
        <span>
          Yes. {number(model.people)} {model.people === 1 ? "person" : "people"} agreed to the versions so
          far; whoever does not agree anew is blocked from then on.
        </span>
      </label>
    </fieldset>
    <div class="note">
      <Icon name="info" />
      <p>
        After a yes nobody is written to about it: they see it in their choices and on forms. Forms that show
        the older version in this language show the new one; in other languages it is missing until it is
        translated.
      </p>
    </div>
    <Touched campaigns={model.touched} />
  </>
);
