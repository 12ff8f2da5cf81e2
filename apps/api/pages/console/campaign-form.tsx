import { Head, Panel, Shell, type ShellModel } from "../components/layout.tsx";

export interface CampaignFormModel {
  readonly action: string;
  readonly values: {
    readonly name: string;
    readonly purposeId: string;
    readonly audience: string;
    readonly subject: string;
    readonly html: string;
    readonly text: string;
    readonly ratePerSecond: string;
  };
  readonly purposes: readonly { readonly id: string; readonly name: string; readonly senderName: string }[];
  readonly problems: readonly { readonly path: string; readonly message: string }[];
}

/** A draft. Saving sends nothing; the dry run comes before the schedule. */
export const CampaignFormPage = ({ shell, model }: { shell: ShellModel; model: CampaignFormModel }) => (
  <Shell shell={shell}>
    <Head title={shell.title} meta={["Saving sends nothing. Next comes a dry run."]} />
    {model.problems.length === 0 ? null : (
      <div class="note is-blocked" role="alert">
        <ul>
          {model.problems.map((problem) => (
            <li>
              <code>{problem.path}</code> {problem.message}
            </li>
          ))}
        </ul>
      </div>
    )}
    <Panel title="Message">
      <form method="post" action={model.action} class="stack">
        <Field id="name" label="Name" value={model.values.name} />
        <p>
          <label for="purposeId">Topic and sender</label>
          <br />
          <select class="input" id="purposeId" name="purposeId">
            {model.purposes.map((purpose) => (
              <option
                value={purpose.id}
                {...(purpose.id === model.values.purposeId ? { selected: true } : {})}
              >
                {purpose.name} - {purpose.senderName}
              </option>
            ))}
          </select>
        </p>
        <Field id="subject" label="Subject" value={model.values.subject} />
        <Area
          id="html"
          label="HTML, with Liquid variables such as {{ contact.given_name }}"
          value={model.values.html}
          rows={12}
          required
        />
        <Area id="text" label="Plain text (empty: made from the HTML)" value={model.values.text} rows={4} />
        <Area
          id="audience"
          label='Audience, as JSON; {"all":[]} is everyone, {"country":["DE"]} is Germany'
          value={model.values.audience}
          rows={3}
          required
        />
        <p>
          <label for="ratePerSecond">
            Messages per second (empty: as fast as the mail server takes them)
          </label>
          <br />
          <input
            class="input"
            id="ratePerSecond"
            name="ratePerSecond"
            inputmode="decimal"
            value={model.values.ratePerSecond}
          />
        </p>
        <button class="btn go" type="submit">
          Save the draft
        </button>
      </form>
    </Panel>
  </Shell>
);

const Field = ({ id, label, value }: { id: string; label: string; value: string }) => (
  <p>
    <label for={id}>{label}</label>
    <br />
    <input class="input" id={id} name={id} value={value} required />
  </p>
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
  <p>
    <label for={id}>{label}</label>
    <br />
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
  </p>
);
