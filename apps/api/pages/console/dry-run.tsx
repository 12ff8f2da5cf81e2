import { reasonText } from "#core/reason-text";
import type { CampaignSummary } from "#db/read-models/campaign-progress";
import type { DryRun, DryRunGroup } from "#flow/campaign/dry-run";
import type { OpenContact } from "#flow/contacts/contacts";
import { Bar } from "../components/bar.tsx";
import { Field } from "../components/field.tsx";
import { Icon, State } from "../components/icon.tsx";
import { clock, day, Head, number, Panel, Shell, type ShellModel } from "../components/layout.tsx";
import { Person } from "../components/person.tsx";
import { Problems } from "../components/problems.tsx";
import { ZoneOptions } from "../components/zone-options.tsx";

export interface ScheduleValues {
  readonly date: string;
  readonly time: string;
  readonly zone: string;
}

export interface DryRunModel {
  readonly campaign: CampaignSummary;
  readonly run: DryRun;
  readonly people: ReadonlyMap<string, OpenContact>;
  readonly values: ScheduleValues;
  readonly problems: readonly { readonly path: string; readonly message: string }[];
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
            <Schedule model={model} />
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

const Schedule = ({ model }: { model: DryRunModel }) => {
  const { campaign, run, values } = model;
  const people = `${number(run.allowed)} ${run.allowed === 1 ? "person" : "people"}`;
  const action = `/campaigns/${campaign.id}/schedule`;
  if (campaign.state !== "draft")
    return (
      <Panel title="Schedule">
        <p>
          It is scheduled already. <a href={`/campaigns/${campaign.id}`}>To the campaign</a>
        </p>
      </Panel>
    );
  return (
    <Panel
      title="Schedule"
      foot="You can pause or cancel at any moment; it acts at once."
      end={campaign.ratePerSecond === null ? undefined : lengthOf(run.allowed, campaign.ratePerSecond)}
    >
      <form method="post" action={action} class="stack">
        <input type="hidden" name="when" value="now" />
        <button class="btn go big wide" type="submit">
          Start now for {people}
        </button>
      </form>
      <form method="post" action={action} class="stack mt2">
        <h3>Or at a later time</h3>
        <input type="hidden" name="when" value="later" />
        <Field id="date" label="Date" type="date" value={values.date} required />
        <Field id="time" label="Time" type="time" value={values.time} required />
        <Field id="zone" label="Time zone">
          <select id="zone" name="zone">
            <ZoneOptions chosen={values.zone} />
          </select>
        </Field>
        <button class="btn big wide" type="submit">
          Schedule for {people}
        </button>
      </form>
    </Panel>
  );
};

function lengthOf(people: number, ratePerSecond: number): string {
  const seconds = people / ratePerSecond;
  if (seconds < 90) return `done in about ${Math.max(1, Math.round(seconds))} s`;
  const minutes = seconds / 60;
  return minutes < 90
    ? `done in about ${Math.round(minutes)} minutes`
    : `done in about ${Math.round(minutes / 60)} hours`;
}
