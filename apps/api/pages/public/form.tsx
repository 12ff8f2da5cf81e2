import { NOTICE_PARTS, noticeLabels } from "#core/notice-text";
import type { OpenForm } from "#flow/forms/open-form";
import { ownAddress, PublicPage, type Reader } from "./frame.tsx";

/** What is wrong with what somebody entered. */
export type FormFault = "address" | "name" | "phone" | "nothing" | "changed";

/** What was entered, to be shown again when something is missing. */
export interface Entered {
  readonly email: string;
  readonly name: string;
  readonly phone: string;
  /** The names of ticked boxes. */
  readonly ticked: ReadonlySet<string>;
}

export const EMPTY: Entered = { email: "", name: "", phone: "", ticked: new Set() };

/** A box's name in the form. */
export const boxName = (box: OpenForm["boxes"][number]): string => `${box.purposeId}.${box.channel}`;

/** A field that people do not see and programs fill in. */
export const TRAP = "website";

/** Names the wording that stood beside a box: a page of another site may be older than the form. */
export const SHOWN = "shown";

/** The hosted sign-up form: one empty box per purpose and channel, each beside its whole wording. */
export const SignUpPage = ({
  reader,
  open,
  entered,
  faults,
  isPreview = false,
}: {
  reader: Reader;
  open: OpenForm;
  entered: Entered;
  faults: readonly FormFault[];
  /** Staff look at it: nothing is stored. */
  isPreview?: boolean;
}) => {
  const { form } = reader.words;
  const title = form.title(open.speaker.senderName);
  return (
    <PublicPage reader={reader} speaker={open.speaker} title={title}>
      {isPreview ? (
        <p class="note" lang="en">
          A preview for staff: whatever is entered here, nothing is stored and nothing is sent.
        </p>
      ) : null}
      <h1>{title}</h1>
      <p>{form.intro}</p>
      <Faults reader={reader} faults={faults} />
      <form method="post" action={ownAddress(reader)} novalidate>
        <Field
          id="email"
          label={form.address}
          type="email"
          autocomplete="email"
          value={entered.email}
          isWrong={faults.includes("address")}
        />
        {open.form.asksName ? (
          <Field
            id="name"
            label={`${form.name} (${form.optional})`}
            type="text"
            autocomplete="name"
            value={entered.name}
            isWrong={faults.includes("name")}
          />
        ) : null}
        {open.form.asksPhone ? (
          <Field
            id="phone"
            label={`${form.phone} (${form.optional})`}
            hint={form.phoneHint}
            type="tel"
            autocomplete="tel"
            value={entered.phone}
            isWrong={faults.includes("phone")}
          />
        ) : null}
        <p class="trap" aria-hidden="true">
          <label for={TRAP}>{form.trap}</label>
          <input id={TRAP} name={TRAP} type="text" tabindex={-1} autocomplete="off" />
        </p>
        <h2>{form.what}</h2>
        {open.boxes.map((box, place) => (
          <Box reader={reader} box={box} place={place} isTicked={entered.ticked.has(boxName(box))} />
        ))}
        <p class="small muted mt">{form.after}</p>
        <button class="btn go mt2" type="submit">
          {form.send}
        </button>
      </form>
    </PublicPage>
  );
};

const FAULT_FIELDS: Readonly<Record<FormFault, string>> = {
  address: "email",
  name: "name",
  phone: "phone",
  nothing: "box-0",
  changed: "box-0",
};

const Faults = ({ reader, faults }: { reader: Reader; faults: readonly FormFault[] }) => {
  if (faults.length === 0) return null;
  const { form } = reader.words;
  const texts: Readonly<Record<FormFault, string>> = {
    address: form.faultAddress,
    name: form.faultName,
    phone: form.faultPhone,
    nothing: form.faultNothing,
    changed: form.faultChanged,
  };
  return (
    <div class="note is-blocked" role="alert">
      <div>
        <p>
          <strong>{form.faultsTitle}</strong>
        </p>
        <ul>
          {faults.map((fault) => (
            <li>
              <a href={`#${FAULT_FIELDS[fault]}`}>{texts[fault]}</a>
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
};

const Field = ({
  id,
  label,
  hint,
  type,
  autocomplete,
  value,
  isWrong,
}: {
  id: string;
  label: string;
  hint?: string;
  type: string;
  autocomplete: string;
  value: string;
  isWrong: boolean;
}) => (
  <p class="field">
    <label for={id}>{label}</label>
    {hint === undefined ? null : (
      <span class="small muted" id={`${id}-hint`}>
        {hint}
      </span>
    )}
    <input
      class="input"
      id={id}
      name={id}
      type={type}
      autocomplete={autocomplete}
      value={value}
      {...(hint === undefined ? {} : { "aria-describedby": `${id}-hint` })}
      {...(isWrong ? { "aria-invalid": "true" as const } : {})}
      {...(id === "email" ? { required: true } : {})}
    />
  </p>
);

/** A box beside everything that has to be read before it is ticked. */
export const Box = ({
  reader,
  box,
  place,
  isTicked,
}: {
  reader: Reader;
  box: OpenForm["boxes"][number];
  place: number;
  isTicked: boolean;
}) => (
  <fieldset class="choice">
    <legend>
      {box.purposeName}, {reader.words.common.by[box.channel]}
    </legend>
    <p class="small muted">{box.purposeDescription}</p>
    <label for={`box-${place}`}>
      <input
        type="checkbox"
        id={`box-${place}`}
        name="box"
        value={boxName(box)}
        checked={isTicked}
        {...(box.notice.information === null ? {} : { "aria-describedby": `told-${place}` })}
      />
      <span lang={box.notice.language}>{box.notice.statement ?? box.notice.wording}</span>
    </label>
    <input type="hidden" name={SHOWN} value={box.notice.id} />
    <Information notice={box.notice} place={place} />
  </fieldset>
);

const Information = ({
  notice: { information, language },
  place,
}: {
  notice: OpenForm["boxes"][number]["notice"];
  place: number;
}) => {
  if (information === null) return null;
  const labels = noticeLabels(language);
  return (
    <dl class="told small" id={`told-${place}`} lang={language}>
      {NOTICE_PARTS.map((part) => (
        <>
          <dt>{labels[part]}</dt>
          <dd>{information[part]}</dd>
        </>
      ))}
    </dl>
  );
};
