import type { AuditEntry } from "#db/read-models/audit-trail";
import type { CampaignProgress } from "#flow/campaign/progress";
import { Icon } from "../components/icon.tsx";
import { clock, day, Head, Shell, type ShellModel } from "../components/layout.tsx";
import { Feed, type FeedModel } from "./campaign-feed.tsx";
import { Funnel } from "./campaign-funnel.tsx";
import { campaignWord } from "./campaign-list.tsx";
import { Notes } from "./campaign-notes.tsx";
import { OptOuts } from "./campaign-opt-outs.tsx";
import { isMoving, People, type PeopleModel } from "./campaign-people.tsx";
import { type RateModel, RatePanel } from "./campaign-rate.tsx";
import { Reasons } from "./campaign-reasons.tsx";
import { WhereEveryoneIs } from "./campaign-where.tsx";

/** The slower part of a campaign's page. */
export interface FiguresModel {
  readonly progress: CampaignProgress;
  readonly rate: RateModel | null;
  readonly trail: readonly AuditEntry[];
}

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
