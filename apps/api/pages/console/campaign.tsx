import { reasonText } from "#core/reason-text";
import type { AuditEntry } from "#db/read-models/audit-trail";
import type { CampaignProgress } from "#flow/campaign/progress";
import { Bar } from "../components/bar.tsx";
import { Icon, State } from "../components/icon.tsx";
import { clock, day, Head, number, Panel, Shell, type ShellModel } from "../components/layout.tsx";
import { Feed, type FeedModel } from "./campaign-feed.tsx";
import { Funnel } from "./campaign-funnel.tsx";
import { campaignWord } from "./campaign-list.tsx";
import { Notes } from "./campaign-notes.tsx";
import { isMoving, People, type PeopleModel } from "./campaign-people.tsx";
import { type RateModel, RatePanel } from "./campaign-rate.tsx";

/** The slower part of a campaign's page. */
export interface FiguresModel {
  readonly progress: CampaignProgress;
  readonly rate: RateModel | null;
  readonly trail: readonly AuditEntry[];
}

/** One order everywhere. */
const ORDER = [
  "contacted",
  "redeemed",
  "failed",
  "unconfirmed",
  "blocked",
  "deferred",
  "permitted",
  "planned",
  "cancelled",
];

export const CampaignPage = ({
  shell,
  figures,
  feed,
  people,
}: {
  shell: ShellModel;
  figures: FiguresModel;
  feed: FeedModel;
  people: PeopleModel;
}) => (
  <Shell shell={shell} live>
    <div class="stack">
      <CampaignLive progress={figures.progress} filter={people.filter.states} />
      <CampaignFigures model={figures} filter={people.filter.reason} />
      <Feed model={feed} />
      <People model={people} />
    </div>
  </Shell>
);

/** A stop is one press. */
const Actions = ({ id, state }: { id: string; state: string }) => (
  <>
    {state === "draft" ? (
      <>
        <a class="btn big" href={`/campaigns/${id}/edit`}>
          Edit
        </a>
        <a class="btn go big" href={`/campaigns/${id}/dry-run`}>
          Dry run
        </a>
      </>
    ) : null}
    {state === "sending" ? <Press id={id} command="pause" icon="pause" word="Pause" kind="big" /> : null}
    {state === "paused" ? <Press id={id} command="resume" icon="play" word="Resume" kind="go big" /> : null}
    {isMoving(state) ? (
      <Press id={id} command="cancel" icon="cancelled" word="Cancel the rest" kind="stop big" />
    ) : null}
  </>
);

const Press = ({
  id,
  command,
  icon,
  word,
  kind,
}: {
  id: string;
  command: string;
  icon: string;
  word: string;
  kind: string;
}) => (
  <form method="post" action={`/campaigns/${id}/${command}`}>
    <button class={`btn ${kind}`} type="submit">
      <Icon name={icon} />
      {word}
    </button>
  </form>
);

/** Where everyone is, each second while a campaign runs; the same with and without JavaScript. */
export const CampaignLive = ({
  progress,
  filter,
}: {
  progress: CampaignProgress;
  filter: readonly string[] | null;
}) => {
  const { campaign } = progress;
  const refresh = isMoving(campaign.state)
    ? {
        "hx-get": `/campaigns/${campaign.id}/live${filter === null ? "" : `?state=${filter.join()}`}`,
        "hx-trigger": "every 1s",
        "hx-swap": "outerMorph",
      }
    : {};
  return (
    <div id="live" class="stack" {...refresh}>
      <Head
        title={campaign.name}
        chip={
          <span class={`chip is-${campaign.state === "sending" ? "contacted" : "neutral"}`}>
            {campaignWord(campaign.state)}
          </span>
        }
        meta={[
          `Email · ${campaign.purposeName}`,
          `from ${campaign.senderName}`,
          `legal basis ${campaign.legalBasis}`,
          ...whenOf(campaign),
        ]}
      >
        <Actions id={campaign.id} state={campaign.state} />
      </Head>
      <WhereEveryoneIs progress={progress} filter={filter} />
      <div class="grid even">
        <div class="c5 first">
          <OptOuts progress={progress} />
        </div>
        <div class="c7">
          <Funnel progress={progress} />
        </div>
      </div>
    </div>
  );
};

/** When it starts, or began, and by when it is over whatever is left. */
function whenOf({ state, scheduledAt, startedAt, endsAt }: CampaignProgress["campaign"]): string[] {
  const at = (instant: Date) => `${day(instant)}, ${clock(instant).slice(0, 5)} UTC`;
  return [
    ...(startedAt !== null ? [`started ${at(startedAt)}`] : []),
    ...(startedAt === null && state === "scheduled" && scheduledAt !== null
      ? [`starts ${at(scheduledAt)}`]
      : []),
    ...(endsAt !== null ? [`ends at the latest ${at(endsAt)}`] : []),
  ];
}

/** What changes more slowly: reasons, the rate over the whole send, and who did what. */
export const CampaignFigures = ({ model, filter }: { model: FiguresModel; filter: string | null }) => {
  const { campaign } = model.progress;
  const refresh = isMoving(campaign.state)
    ? {
        "hx-get": `/campaigns/${campaign.id}/figures${filter === null ? "" : `?reason=${filter}`}`,
        "hx-trigger": "every 5s",
        "hx-swap": "outerMorph",
      }
    : {};
  return (
    <div id="figures" class="grid even" {...refresh}>
      <div class="c5">
        <Reasons progress={model.progress} filter={filter} />
      </div>
      <div class="c7 stack">
        <RatePanel model={model.rate} />
        <Notes trail={model.trail} />
      </div>
    </div>
  );
};

const WhereEveryoneIs = ({
  progress,
  filter,
}: {
  progress: CampaignProgress;
  filter: readonly string[] | null;
}) => {
  const { campaign, byState, recipients } = progress;
  const present = ORDER.filter((state) => (byState[state] ?? 0) > 0);
  const unconfirmed = byState["unconfirmed"] ?? 0;
  const link = (state: string) => `/campaigns/${campaign.id}?state=${state}#people`;
  return (
    <Panel
      title="Where everyone is"
      end={
        <>
          {campaign.state === "sending" ? `${progress.perSecond.toFixed(1)} messages/s` : null}
          {campaign.ratePerSecond !== null ? ` of ${campaign.ratePerSecond}` : null}
          {progress.expectedEnd !== null
            ? ` · ends about ${clock(progress.expectedEnd).slice(0, 5)} UTC`
            : null}
          {` · as of ${clock(progress.asOf)} UTC`}
        </>
      }
      foot={
        unconfirmed > 0 ? (
          <>
            <a href={link("unconfirmed")}>{number(unconfirmed)} unconfirmed</a>: handed over, and no clear
            answer came. They are never resent by software.
          </>
        ) : undefined
      }
    >
      {recipients === 0 ? (
        <p>Nobody is planned yet. Try it dry first; then schedule it.</p>
      ) : (
        <>
          <Bar parts={present.map((state) => [state, byState[state] ?? 0])} total={recipients} size="l" />
          <div class="legend">
            {present.map((state) => (
              <a href={link(state)} {...(filter?.join() === state ? { "aria-current": "true" } : {})}>
                <b>{number(byState[state] ?? 0)}</b>
                <State state={state} />
              </a>
            ))}
          </div>
        </>
      )}
    </Panel>
  );
};

const OptOuts = ({ progress }: { progress: CampaignProgress }) => {
  const { optOuts, campaign } = progress;
  const link = (group: string) => `/campaigns/${campaign.id}?group=${group}#people`;
  return (
    <Panel title="Opt-outs during this send">
      <p class="figure xl">
        <a href={link("late")}>{number(optOuts.late)}</a> <small>contacted after opt-out</small>
      </p>
      {optOuts.count === 0 ? (
        <p class="small muted mt">
          No one has opted out yet. After the first press you see here how long it took.
        </p>
      ) : (
        <>
          <p class="small muted mt">
            <a href={link("opted-out")}>of {number(optOuts.count)} who opted out</a>; how long it took until
            no worker could start:
          </p>
          <dl class="kv small mt">
            <dt>Median</dt>
            <dd>{Math.round(optOuts.p50Ms ?? 0)} ms</dd>
            <dt>99th percentile</dt>
            <dd>{Math.round(optOuts.p99Ms ?? 0)} ms</dd>
            <dt>Slowest</dt>
            <dd>{Math.round(optOuts.slowestMs ?? 0)} ms</dd>
            <dt>On the wire then</dt>
            <dd>
              <a href={link("on-the-wire-at-stop")}>{number(optOuts.withInFlight)}</a>
            </dd>
          </dl>
        </>
      )}
    </Panel>
  );
};

const Reasons = ({ progress, filter }: { progress: CampaignProgress; filter: string | null }) => {
  const entries = progress.blockedByReason;
  const most = Math.max(...entries.map((entry) => entry.count), 1);
  return (
    <Panel
      title="Why not, by reason"
      end={number(entries.reduce((sum, entry) => sum + entry.count, 0))}
      foot={entries.length === 0 ? undefined : "Choosing a reason filters the people below."}
    >
      {entries.length === 0 ? (
        <p>No one is blocked. When the gate refuses someone, its reason stands here.</p>
      ) : (
        <ul class="reasons">
          {entries.map((entry) => (
            <li>
              <a
                href={`/campaigns/${progress.campaign.id}?state=${entry.state}&reason=${entry.reason ?? ""}#people`}
                {...(filter === entry.reason ? { "aria-current": "true" } : {})}
              >
                <span>
                  {reasonText(entry.reason ?? "").title}
                  <code>{entry.reason}</code>
                </span>
                <b class="num">{number(entry.count)}</b>
                <Bar parts={[[entry.state, entry.count]]} total={most} />
              </a>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
};
