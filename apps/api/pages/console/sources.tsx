import type { SourceRecord } from "#db/queries/sources";
import type { AuditEntry } from "#db/read-models/audit-trail";
import type { FieldProblem } from "#flow/field-problems";
import { Field } from "../components/field.tsx";
import { State } from "../components/icon.tsx";
import { day, Head, number, Panel, Shell, type ShellModel } from "../components/layout.tsx";
import { Problems } from "../components/problems.tsx";
import { Changed, LastChange, SettingsNav, Touched, type TouchedCampaign } from "./settings.tsx";

export const SOURCE_KINDS: Readonly<Record<SourceRecord["kind"], string>> = {
  "csv-import": "A file of our own",
  "purchased-list": "A list that was bought",
  "third-party-named-consent": "Consent that a third party collected in our name",
};

/** A source, and who said last whether it is verified. */
export interface ShownSource {
  readonly source: SourceRecord;
  readonly lastChange: AuditEntry | null;
}

export interface SourcesModel {
  readonly sources: readonly ShownSource[];
  readonly problems: readonly FieldProblem[];
  readonly inFlight: number | null;
}

/** Where contacts' data came from, and whether somebody saw how it was collected. */
export const SourcesPage = ({ shell, model }: { shell: ShellModel; model: SourcesModel }) => (
  <Shell shell={shell}>
    <Head
      title="Sources of data"
      meta={["Nobody from a source is contacted before somebody has seen how its data was collected."]}
    />
    <div class="stack">
      <SettingsNav current="sources" />
      <Changed inFlight={model.inFlight} />
      <Problems title="The source was not added." problems={model.problems} />
      <Panel title="Sources">
        {model.sources.length === 0 ? (
          <p>Sources will stand here. Add the first one below; an import then names it.</p>
        ) : (
          <table class="rows">
            <thead>
              <tr>
                <th scope="col">Source</th>
                <th scope="col">Kind</th>
                <th scope="col">Verified</th>
                <th scope="col">Last change</th>
                <th scope="col">
                  <span class="sr">Change it</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {model.sources.map((each) => (
                <SourceRow shown={each} />
              ))}
            </tbody>
          </table>
        )}
      </Panel>
      <AddSource />
    </div>
  </Shell>
);

const SourceRow = ({ shown: { source, lastChange } }: { shown: ShownSource }) => (
  <tr>
    <th scope="row" data-l="Source">
      {source.name}
      <span class="sub">
        <code>{source.key}</code>
        {source.vendor === null ? "" : ` · from ${source.vendor}`}
      </span>
    </th>
    <td data-l="Kind">{SOURCE_KINDS[source.kind]}</td>
    <td data-l="Verified">
      {source.verifiedAt === null ? (
        <State state="block" word="Not verified" />
      ) : (
        <>
          <State state="allow" word={`Since ${day(source.verifiedAt)}`} />
          <span class="sub">{source.verifiedNote}</span>
        </>
      )}
    </td>
    <td data-l="Last change" class="small">
      <LastChange entry={lastChange} />
    </td>
    <td data-l="">
      {source.verifiedAt === null ? (
        <a href={`/settings/sources/${source.id}`}>
          Verify<span class="sr"> {source.name}</span>
        </a>
      ) : (
        <form method="post" action={`/settings/sources/${source.id}/unverify`}>
          <button class="btn stop" type="submit">
            Stop contact<span class="sr"> of people from {source.name}</span>
          </button>
        </form>
      )}
    </td>
  </tr>
);

const AddSource = () => (
  <Panel title="Add a source" foot="It begins unverified.">
    <form method="post" action="/settings/sources" class="stack">
      <Field id="name" label="Name" required />
      <Field id="key" label="Key" hint="Lower-case letters, digits and hyphens; imports name it." required />
      <Field id="kind" label="Kind">
        <select id="kind" name="kind">
          {Object.entries(SOURCE_KINDS).map(([kind, words]) => (
            <option value={kind}>{words}</option>
          ))}
        </select>
      </Field>
      <Field id="vendor" label="Who it came from" hint="Empty: nobody else." />
      <p>
        <button class="btn go" type="submit">
          Add the source
        </button>
      </p>
    </form>
  </Panel>
);

/** Before a source counts as verified: what was seen, and whom that lets be contacted. */
export const VerifySourcePage = ({
  shell,
  source,
  people,
  touched,
  problems,
}: {
  shell: ShellModel;
  source: SourceRecord;
  people: number;
  touched: readonly TouchedCampaign[];
  problems: readonly FieldProblem[];
}) => (
  <Shell shell={shell}>
    <Head title={`Verify ${source.name}`} meta={[SOURCE_KINDS[source.kind]]} />
    <div class="stack">
      <SettingsNav current="sources" />
      <Problems title="Nothing was changed." problems={problems} />
      <Panel title="What it will do">
        <div class="stack">
          <p>
            {number(people)} {people === 1 ? "contact is" : "contacts are"} from this source. They are blocked
            now; then the other rules decide: without proved consent they stay blocked.
          </p>
          <Touched campaigns={touched} />
          <form method="post" action={`/settings/sources/${source.id}/verify`} class="stack">
            <Field id="note" label="What was seen, and where it is kept">
              <textarea class="input" id="note" name="note" rows={3} cols={60} maxlength={2000} required />
            </Field>
            <Field
              id="deletionsRunAt"
              label="Last day on which the vendor carried out the deletions that Californians asked of data brokers"
              hint="Only for data bought from a broker; without it people in California are not contacted."
            >
              <input class="input" type="date" id="deletionsRunAt" name="deletionsRunAt" />
            </Field>
            <div class="acts">
              <button class="btn go" type="submit">
                Verify for {number(people)} {people === 1 ? "contact" : "contacts"}
              </button>
              <a class="btn" href="/settings/sources">
                Leave it unverified
              </a>
            </div>
          </form>
        </div>
      </Panel>
    </div>
  </Shell>
);
