import { LANGUAGES, type Language } from "#core/language";
import type { NoticeRecord, PurposeRecord, SenderRecord } from "#db/queries/senders";
import type { FieldProblem } from "#flow/field-problems";
import { Field } from "../components/field.tsx";
import { Head, Panel, Shell, type ShellModel } from "../components/layout.tsx";
import { Problems } from "../components/problems.tsx";
import { OWN_NAMES } from "../words/catalogue.ts";
import { BY, languageName } from "./notices.tsx";

/** What the editor holds, as it was entered. */
export interface EditedForm {
  readonly name: string;
  /** `purpose.channel` of each box. */
  readonly offered: ReadonlySet<string>;
  readonly asksName: boolean;
  readonly asksPhone: boolean;
  /** Empty where there are no own words. */
  readonly thanks: Readonly<Record<Language, string>>;
}

/** A box the form can have, with the wordings it would show; none: it has no notice yet. */
export interface OfferedChoice {
  readonly purpose: PurposeRecord;
  readonly channel: "email" | "phone";
  readonly notices: readonly NoticeRecord[];
}

export interface FormEditorModel {
  /** Null: a new one. */
  readonly formId: string | null;
  readonly senders: readonly SenderRecord[];
  readonly sender: SenderRecord | null;
  readonly choices: readonly OfferedChoice[];
  readonly edited: EditedForm;
  readonly problems: readonly FieldProblem[];
}

/** A sign-up form: what it offers, what it asks for, and what it says afterwards. */
export const FormEditorPage = ({ shell, model }: { shell: ShellModel; model: FormEditorModel }) => (
  <Shell shell={shell}>
    <Head
      title={model.formId === null ? "New form" : `Edit ${model.edited.name}`}
      meta={model.sender === null ? [] : [`from ${model.sender.name}`]}
    />
    <div class="stack">
      <Problems title="The form was not saved." problems={model.problems} />
      {model.formId === null && model.senders.length > 1 ? <Senders model={model} /> : null}
      <form method="post" action={actionOf(model)} class="stack">
        <Panel title="What it offers" foot="On the form every box is empty until the person ticks it.">
          <div class="stack">
            <Field
              id="name"
              label="Name"
              hint="For you alone; people see the sender’s name."
              value={model.edited.name}
              required
            />
            <fieldset class="pick">
              <legend class="b">Boxes</legend>
              {model.choices.length === 0 ? (
                <p>This sender has no marketing purpose yet; purposes are made through the API.</p>
              ) : (
                model.choices.map((choice) => <Offer choice={choice} edited={model.edited} />)
              )}
            </fieldset>
            <fieldset class="pick">
              <legend class="b">Asks besides the email address</legend>
              <Tick
                name="asksName"
                isOn={model.edited.asksName}
                label="for the name, which may be left out"
              />
              <Tick
                name="asksPhone"
                isOn={model.edited.asksPhone}
                label="for a phone number; a form that offers calls has to"
              />
            </fieldset>
          </div>
        </Panel>
        <Panel
          title="What it says afterwards"
          foot="Plain text. After it stands what to do: look into the mailbox, and confirm."
        >
          <div class="stack">
            {LANGUAGES.map((language) => (
              <Field
                id={`thanks-${language}`}
                label={OWN_NAMES[language]}
                {...(language === "en"
                  ? { hint: "Also for languages you leave empty. All empty: only what to do." }
                  : {})}
              >
                <textarea
                  class="input"
                  id={`thanks-${language}`}
                  name={`thanks-${language}`}
                  lang={language}
                  rows={2}
                  maxlength={2000}
                >
                  {model.edited.thanks[language]}
                </textarea>
              </Field>
            ))}
          </div>
        </Panel>
        <div class="acts">
          <button class="btn go" type="submit">
            {model.formId === null ? "Make the form" : "Save the form"}
          </button>
          <a class="btn" href="/forms">
            Leave it as it is
          </a>
        </div>
      </form>
    </div>
  </Shell>
);

const actionOf = ({ formId, sender }: FormEditorModel): string =>
  formId === null ? `/forms/new${sender === null ? "" : `?sender=${sender.id}`}` : `/forms/${formId}/edit`;

const Senders = ({ model }: { model: FormEditorModel }) => (
  <nav class="chips" aria-label="Sender">
    {model.senders.map((sender) => (
      <a
        href={`/forms/new?sender=${sender.id}`}
        {...(sender.id === model.sender?.id ? { "aria-current": "page" as const } : {})}
      >
        {sender.name}
      </a>
    ))}
  </nav>
);

const Offer = ({
  choice: { purpose, channel, notices },
  edited,
}: {
  choice: OfferedChoice;
  edited: EditedForm;
}) => {
  const name = `${purpose.id}.${channel}`;
  const label = `${purpose.name}, ${BY[channel]}`;
  if (notices.length === 0)
    return (
      <p class="small muted">
        {label}: has no <a href="/settings/notices/new">notice</a> yet, so it cannot be offered.
      </p>
    );
  return (
    <label for={`offer-${name}`}>
      <input
        type="checkbox"
        id={`offer-${name}`}
        name="offer"
        value={name}
        checked={edited.offered.has(name)}
      />
      <span>
        {label}{" "}
        <span class="small muted">
          ({notices.map((notice) => `${languageName(notice.language)}: ${notice.version}`).join(", ")})
        </span>
      </span>
    </label>
  );
};

const Tick = ({ name, isOn, label }: { name: string; isOn: boolean; label: string }) => (
  <label for={name}>
    <input type="checkbox" id={name} name={name} value="yes" checked={isOn} />
    <span>{label}</span>
  </label>
);
