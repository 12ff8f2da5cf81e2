import type { ImportRow } from "#db/queries/imports";
import type { SourceRecord } from "#db/queries/sources";
import type { FieldProblem } from "#flow/field-problems";
import { Field } from "../components/field.tsx";
import { Head, number, Panel, Shell, type ShellModel } from "../components/layout.tsx";
import { Problems } from "../components/problems.tsx";

/** What the form sends instead of a source. */
export const FROM_THEMSELVES = "themselves";

export const ImportPage = ({
  shell,
  jobs,
  sources,
  problems,
}: {
  shell: ShellModel;
  jobs: readonly { readonly job: ImportRow; readonly source: SourceRecord | null }[];
  sources: readonly SourceRecord[];
  problems: readonly FieldProblem[];
}) => (
  <Shell shell={shell}>
    <Head
      title="Imports"
      meta={["An import never lifts an opt-out, and raises consent only with evidence."]}
    />
    <div class="stack">
      <Problems title="Nothing was imported." problems={problems} />
      <Panel title="Import a file">
        <form method="post" action="/import" enctype="multipart/form-data" class="stack">
          <Field
            id="source"
            label="Where did the data come from?"
            hint="People from a source that nobody verified are not contacted until somebody does."
          >
            <select id="source" name="source" required aria-describedby="source-hint">
              <option value="">Choose</option>
              <option value={FROM_THEMSELVES}>From the people themselves</option>
              {sources.map((source) => (
                <option value={source.id}>
                  {source.name}
                  {source.verifiedAt === null ? " (not verified)" : ""}
                </option>
              ))}
            </select>
          </Field>
          <Field
            id="file"
            label="CSV file"
            hint="UTF-8, with a header line: email, full_name, country, obtained_at, consent_given_at, consent_source, notice_version, purpose…"
          >
            <input
              class="input"
              id="file"
              name="file"
              type="file"
              accept=".csv,text/csv"
              required
              aria-describedby="file-hint"
            />
          </Field>
          <p class="small">
            <a href="/settings/sources">Add a source</a>
          </p>
          <button class="btn go" type="submit">
            Import
          </button>
        </form>
      </Panel>
      <Panel title="Newest imports">
        {jobs.length === 0 ? (
          <p>What an import did, and what it refused and why, will stand here.</p>
        ) : (
          <table class="rows">
            <thead>
              <tr>
                <th scope="col">State</th>
                <th scope="col">From</th>
                <th scope="col">Rows</th>
                <th scope="col">New</th>
                <th scope="col">Updated</th>
                <th scope="col">Consent raised</th>
                <th scope="col">Waits for the person</th>
                <th scope="col">Refused</th>
              </tr>
            </thead>
            <tbody>
              {jobs.map(({ job, source }) => (
                <tr>
                  <th scope="row">{job.problem === null ? job.state : `${job.state}: ${job.problem}`}</th>
                  <td data-l="From">{source === null ? "the people" : source.name}</td>
                  <td data-l="Rows">
                    {number(job.mergedRows)} of {number(job.rows)}
                  </td>
                  <td data-l="New">{number(job.created)}</td>
                  <td data-l="Updated">{number(job.updated)}</td>
                  <td data-l="Consent raised">{number(job.consentRaised)}</td>
                  <td data-l="Waits for the person">{number(job.consentRequested)}</td>
                  <td data-l="Refused">
                    <Refused job={job} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Panel>
    </div>
  </Shell>
);

/** Whole rows and single values by reason, and the file that lists each with what it said and what was kept. */
const Refused = ({ job }: { job: ImportRow }) => {
  const reasons = Object.entries(job.refusedByReason);
  if (reasons.length === 0) return <>nothing</>;
  return (
    <>
      {reasons.map(([reason, count]) => (
        <div>
          {number(count)} <code>{reason}</code>
        </div>
      ))}
      <a href={`/import/${job.id}/errors`}>Refused rows as CSV</a>
    </>
  );
};
