import { reasonText } from "#core/reason-text";
import type { CampaignSummary } from "#db/read-models/campaign-progress";
import type { DryRun, DryRunGroup } from "#flow/campaign/dry-run";
import type { OpenContact } from "#flow/contacts/contacts";
import type { FieldProblem } from "#flow/field-problems";
import { Bar } from "../components/bar.tsx";
import { Icon, State } from "../components/icon.tsx";
import { clock, day, Head, number, Panel, Shell, type ShellModel } from "../components/layout.tsx";
import { Person } from "../components/person.tsx";
import { Problems } from "../components/problems.tsx";
import { SchedulePanel, type ScheduleValues } from "./schedule-panel.tsx";

export interface DryRunModel {
  readonly campaign: CampaignSummary;
  readonly run: DryRun;
  readonly people: ReadonlyMap<string, OpenContact>;
  readonly values: ScheduleValues;
  readonly problems: readonly FieldProblem[];
}

/** What the gate would answer now, and the forms that start the campaign; their buttons name the number. */
export const DryRunPage = ({ shell, model }: { shell: ShellModel; model: DryRunModel }) => {
  const { campaign, run } = model;
  return (
    <Shell shell={shell}>
      <Head
        title={`Dry run of ${campaign.name}`}
        meta={[
          `Email · ${campaign.purposeName}`,
          `from ${campaign.senderName}`,
          `legal basis ${run.legalBasis}`,
          `as of ${clock(run.asOf)} UTC`,
        ]}
      >
        <a class="btn" href={`/campaigns/${campaign.id}/dry-run`}>
          Run again
        </a>
      </Head>
      <div class="stack">
        <Problems title="The campaign was not scheduled." problems={model.problems} />
        <div class="note">
          <Icon name="info" />
          <p>
            <strong>Nobody was contacted.</strong> The real gate decided {number(run.people)} people with rule
            set {run.ruleset}. Everyone is decided again at the moment of sending, so the figures drift with
            what people do, and what lapses, until then.
          </p>
        </div>
        <div class="grid">
          <div class="c8 stack">
            <Figures run={run} />
            {(["block", "defer", "allow"] as const).map((verdict) => (
              <Groups verdict={verdict} model={model} />
            ))}
            <DeferredDays run={run} />
          </div>
          <div class="c4 first">
            <SchedulePanel
              campaign={campaign}
              allowed={run.allowed}
              deferred={run.deferred}
              values={model.values}
            />
          </div>
        </div>
      </div>
    </Shell>
  );
};

const TITLES = { allow: "Allowed, by reason", block: "Blocked, by reason", defer: "Deferred, by reason" };

const Figures = ({ run }: { run: DryRun }) => {
  const parts = [
    ["allow", run.allowed],
    ["block", run.blocked],
    ["defer", run.deferred],
  ] as const;
  return (
    <Panel title="If it went out now" end={`${number(run.people)} people`}>
      <div class="three">
        {parts.map(([verdict, count]) => (
          <div>
            <p class="figure">{count === 0 ? "0" : <a href={`#${verdict}`}>{number(count)}</a>}</p>
            <State state={verdict} />
            <p class="small muted">{share(count, run.people)}</p>
          </div>
        ))}
      </div>
      <div class="mt">
        <Bar parts={parts} total={run.people} size="l" />
      </div>
      {run.duplicates === 0 ? null : (
        <p class="small muted mt">
          {number(run.duplicates)} more share an address with one of them and count once.
        </p>
      )}
    </Panel>
  );
};

const share = (count: number, of: number): string =>
  of === 0 ? "of nobody" : `${((count / of) * 100).toFixed(1)} % of ${number(of)}`;

const Groups = ({ verdict, model }: { verdict: DryRunGroup["verdict"]; model: DryRunModel }) => {
  const groups = model.run.groups.filter((group) => group.verdict === verdict);
  if (groups.length === 0) return null;
  const most = Math.max(...groups.map((group) => group.count));
  const sum = groups.reduce((all, group) => all + group.count, 0);
  return (
    <section class="panel" id={verdict}>
      <header>
        <h2>{TITLES[verdict]}</h2>
        <div class="end small muted">{number(sum)} people</div>
      </header>
      <div class="mt">
        {groups.map((group, place) => (
          <details class="more" {...(place === 0 && verdict === "block" ? { open: true } : {})}>
            <summary class="cols">
              <span class="grow">{reasonText(group.reason).title}</span>
              <span class="barw">
                <Bar parts={[[verdict, group.count]]} total={most} />
              </span>
              <b class="num w4">{number(group.count)}</b>
            </summary>
            <Samples group={group} people={model.people} />
          </details>
        ))}
      </div>
    </section>
  );
};

const Samples = ({ group, people }: { group: DryRunGroup; people: ReadonlyMap<string, OpenContact> }) => (
  <div class="in sample">
    <p class="small muted">
      <code>{group.reason}</code> · {reasonText(group.reason).cure}
    </p>
    <table class="rows">
      <caption class="sr">Samples</caption>
      <thead>
        <tr>
          <th scope="col">Person</th>
          <th scope="col">Rests on</th>
        </tr>
      </thead>
      <tbody>
        {group.samples.map((sample) => (
          <tr>
            <th scope="row" data-l="Person">
              <Person contact={people.get(sample.contactId)} contactId={sample.contactId} />
            </th>
            <td data-l="Rests on">
              {sample.evidenceEventId === null ? "no event" : `event ${sample.evidenceEventId}`}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
    {group.count > group.samples.length ? (
      <p class="small muted">
        {group.samples.length} of {number(group.count)}. Once it is planned, the campaign's page lists them
        all.
      </p>
    ) : null}
  </div>
);

const DeferredDays = ({ run }: { run: DryRun }) => {
  const days = Object.entries(run.deferredByDay).sort(([a], [b]) => (a < b ? -1 : 1));
  if (days.length === 0) return null;
  const most = Math.max(...days.map(([, count]) => count));
  return (
    <Panel
      title="Deferred until"
      end={`${number(run.deferred)} people`}
      foot="Each is decided again at that time; whoever is then not allowed is blocked."
    >
      <ul class="funnel days">
        {days.map(([date, count]) => (
          <li>
            <span>{day(new Date(date)).slice(0, 6)}</span>
            <b class="num">{number(count)}</b>
            <Bar parts={[["defer", count]]} total={most} size="m" />
          </li>
        ))}
      </ul>
    </Panel>
  );
};
