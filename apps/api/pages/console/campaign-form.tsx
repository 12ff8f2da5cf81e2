import type { FieldProblem } from "#flow/field-problems";
import { Field } from "../components/field.tsx";
import { Head, Panel, Shell, type ShellModel } from "../components/layout.tsx";
import { Problems } from "../components/problems.tsx";

/** Every field as text, as a form sends it. */
export interface FormValues {
  readonly name: string;
  readonly purposeId: string;
  readonly audience: string;
  readonly subject: string;
  readonly html: string;
  readonly text: string;
  readonly ratePerSecond: string;
  readonly capMax: string;
  readonly capHours: string;
  readonly endsAt: string;
}

export interface CampaignFormModel {
  readonly action: string;
  readonly values: FormValues;
  readonly purposes: readonly { readonly id: string; readonly name: string; readonly senderName: string }[];
  readonly problems: readonly FieldProblem[];
}

/** A draft. Saving sends nothing; the dry run comes before the schedule. */
export const CampaignFormPage = ({ shell, model }: { shell: ShellModel; model: CampaignFormModel }) => (
  <Shell shell={shell}>
    <Head title={shell.title} meta={["Saving sends nothing. Next comes a dry run."]} />
    <Problems title="The campaign was not saved." problems={model.problems} />
    <form method="post" action={model.action} class="grid even">
      <div class="c8">
        <Panel title="Message">
          <div class="stack">
            <Field id="name" label="Name" value={model.values.name} required />
            <Field id="purposeId" label="Topic and sender">
              <select id="purposeId" name="purposeId">
                {model.purposes.map((purpose) => (
                  <option
                    value={purpose.id}
                    {...(purpose.id === model.values.purposeId ? { selected: true } : {})}
                  >
                    {purpose.name} - {purpose.senderName}
                  </option>
                ))}
              </select>
            </Field>
            <Field id="subject" label="Subject" value={model.values.subject} required />
            <Area
              id="html"
              label="HTML, with Liquid variables such as {{ contact.given_name }}"
              value={model.values.html}
              rows={12}
              required
            />
            <Area
              id="text"
              label="Plain text (empty: made from the HTML)"
              value={model.values.text}
              rows={4}
            />
            <Area
              id="audience"
              label='Audience, as JSON; {"all":[]} is everyone, {"country":["DE"]} is Germany'
              value={model.values.audience}
              rows={3}
              required
            />
          </div>
        </Panel>
      </div>
      <div class="c4">
        <Panel title="How fast, how often, until when">
          <div class="stack">
            <Field
              id="ratePerSecond"
              label="Messages per second"
              value={model.values.ratePerSecond}
              inputmode="decimal"
              hint="Over all workers together. Empty: as fast as the mail server takes them."
            />
            <Field
              id="capMax"
              label="Messages a person may get at most"
              value={model.values.capMax}
              inputmode="numeric"
              hint="Of all your campaigns together, within the hours below. Empty: no cap."
            />
            <Field
              id="capHours"
              label="Within so many hours"
              value={model.values.capHours}
              inputmode="numeric"
              hint="168 hours are a week."
            />
            <Field
              id="endsAt"
              label="Ends at the latest (UTC)"
              value={model.values.endsAt}
              type="datetime-local"
              step="1"
              hint="Who is not contacted by then is not contacted any more. Empty: seven days after the start."
            />
            <button class="btn go big" type="submit">
              Save the draft
            </button>
          </div>
        </Panel>
      </div>
    </form>
  </Shell>
);

const Area = ({
  id,
  label,
  value,
  rows,
  required,
}: {
  id: string;
  label: string;
  value: string;
  rows: number;
  required?: boolean;
}) => (
  <Field id={id} label={label}>
    <textarea
      class="input"
      id={id}
      name={id}
      rows={rows}
      cols={80}
      {...(required === true ? { required } : {})}
    >
      {value}
    </textarea>
  </Field>
);
