import { reasonText } from "#core/reason-text";
import type { DryRun } from "#flow/campaign/dry-run";
import { State } from "../components/icon.tsx";
import { clock, Head, number, Panel, Shell, type ShellModel } from "../components/layout.tsx";

/** What the gate would answer now, and the form that starts the campaign; its button names the number. */
export const DryRunPage = ({
  shell,
  campaignId,
  name,
  run,
}: {
  shell: ShellModel;
  campaignId: string;
  name: string;
  run: DryRun;
}) => (
  <Shell shell={shell}>
    <Head
      title={`Dry run of ${name}`}
      meta={[
        "Nobody was contacted.",
        `legal basis ${run.legalBasis}`,
        `rule set ${run.ruleset}`,
        `as of ${clock(run.asOf)} UTC`,
      ]}
    />
    <div class="stack">
      <div class="grid even">
        <Figure count={run.allowed} state="allow" of={run.people} />
        <Figure count={run.blocked} state="block" of={run.people} />
        <Figure count={run.deferred} state="defer" of={run.people} />
      </div>
      <Panel title="Reasons">
        {run.groups.map((group) => (
          <details>
            <summary>
              <State state={group.verdict} /> <b>{number(group.count)}</b> {reasonText(group.reason).title}{" "}
              <code class="small">{group.reason}</code>
            </summary>
            <p class="small">{reasonText(group.reason).cure}</p>
            <ul>
              {group.samples.map((sample, place) => (
                <li>
                  <a href={`/contacts/${sample.contactId}`}>Sample {place + 1}</a>
                </li>
              ))}
            </ul>
          </details>
        ))}
      </Panel>
      <Panel title="Schedule">
        <form method="post" action={`/campaigns/${campaignId}/schedule`}>
          <p class="small muted">
            Everyone is asked about again in the instant before contact. Today's answers are a forecast.
          </p>
          <button class="btn go big" type="submit">
            Start now for {number(run.allowed)} people
          </button>
        </form>
      </Panel>
    </div>
  </Shell>
);

const Figure = ({ count, state, of }: { count: number; state: string; of: number }) => (
  <div class="c4">
    <Panel title={state === "allow" ? "Would be contacted" : state === "block" ? "Blocked" : "Later"}>
      <p class="figure xl">
        {number(count)} <small>of {number(of)}</small>
      </p>
      <State state={state} />
    </Panel>
  </div>
);
