import { reasonText } from "#core/reason-text";
import type { RecipientRow } from "#db/read-models/campaign-progress";
import type { CampaignProgress } from "#flow/campaign/progress";
import { State, tintOf } from "../components/icon.tsx";
import { clock, Head, number, Panel, Shell, type ShellModel } from "../components/layout.tsx";
import { campaignWord } from "./campaign-list.tsx";
import { isMoving, People } from "./campaign-people.tsx";

export interface FeedEntry {
  readonly verdict: string;
  readonly reason: string;
  readonly contactId: string;
  readonly at: Date;
}

export interface CampaignPageModel {
  readonly progress: CampaignProgress;
  readonly feed: readonly FeedEntry[];
  readonly people: readonly RecipientRow[];
  readonly filter: { readonly state: string | null; readonly reason: string | null };
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

export const CampaignPage = ({ shell, model }: { shell: ShellModel; model: CampaignPageModel }) => {
  return (
    <Shell shell={shell} live>
      <div class="stack">
        <CampaignLive model={model} />
        <People campaign={model.progress.campaign} people={model.people} filter={model.filter} />
      </div>
    </Shell>
  );
};

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
    {state === "sending" ? <Press id={id} command="pause" word="Pause" kind="big" /> : null}
    {state === "paused" ? <Press id={id} command="resume" word="Resume" kind="go big" /> : null}
    {isMoving(state) ? <Press id={id} command="cancel" word="Cancel the rest" kind="stop big" /> : null}
  </>
);

const Press = ({ id, command, word, kind }: { id: string; command: string; word: string; kind: string }) => (
  <form method="post" action={`/campaigns/${id}/${command}`}>
    <button class={`btn ${kind}`} type="submit">
      {word}
    </button>
  </form>
);

/** The part that changes while a campaign runs; the same with and without JavaScript. */
export const CampaignLive = ({ model }: { model: CampaignPageModel }) => {
  const { progress } = model;
  const { campaign } = progress;
  const refresh = isMoving(campaign.state)
    ? { "hx-get": `/campaigns/${campaign.id}/live`, "hx-trigger": "every 1s", "hx-swap": "outerHTML" }
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
        ]}
      >
        <Actions id={campaign.id} state={campaign.state} />
      </Head>
      <WhereEveryoneIs progress={progress} />
      <div class="grid even">
        <div class="c6">
          <OptOuts progress={progress} />
        </div>
        <div class="c6">
          <Reasons progress={progress} />
        </div>
      </div>
      <Feed entries={model.feed} />
    </div>
  );
};

const WhereEveryoneIs = ({ progress }: { progress: CampaignProgress }) => {
  const { campaign, byState, recipients } = progress;
  const present = ORDER.filter((state) => (byState[state] ?? 0) > 0);
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
        (byState["unconfirmed"] ?? 0) > 0
          ? `${number(byState["unconfirmed"] ?? 0)} unconfirmed: handed over, and no clear answer came. They are never resent by software.`
          : undefined
      }
    >
      {recipients === 0 ? (
        <p>Nobody is planned yet. Try it dry first; then schedule it.</p>
      ) : (
        <>
          <Strip states={present.map((state) => [state, byState[state] ?? 0] as const)} total={recipients} />
          <div class="legend">
            {present.map((state) => (
              <a href={`/campaigns/${campaign.id}?state=${state}#people`}>
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

/** A stacked bar; a single person is always visible. */
const Strip = ({ states, total }: { states: readonly (readonly [string, number])[]; total: number }) => {
  let left = 0;
  const parts = states.map(([state, count]) => {
    const width = Math.max(0.35, (count / total) * 100);
    const part = { state, x: left, width };
    left += width;
    return part;
  });
  return (
    <svg class="bar l" aria-hidden="true">
      {parts.map((part) => (
        <rect
          x={`${part.x.toFixed(2)}%`}
          width={`${part.width.toFixed(2)}%`}
          height="100%"
          class={`is-${tintOf(part.state)}`}
        />
      ))}
    </svg>
  );
};

const OptOuts = ({ progress }: { progress: CampaignProgress }) => {
  const { optOuts } = progress;
  return (
    <Panel title="Opt-outs during this send">
      <p class="figure xl">
        {number(optOuts.late)} <small>contacted after opt-out</small>
      </p>
      {optOuts.count === 0 ? (
        <p class="small muted mt">
          No one has opted out yet. After the first press you see here how long it took.
        </p>
      ) : (
        <p class="small muted mt">
          of {number(optOuts.count)} who opted out; answered after p50 {Math.round(optOuts.p50Ms ?? 0)} ms,
          p99 {Math.round(optOuts.p99Ms ?? 0)} ms, slowest {Math.round(optOuts.slowestMs ?? 0)} ms.{" "}
          {optOuts.withInFlight === 0 ? "" : `${optOuts.withInFlight} had a message on the wire.`}
        </p>
      )}
    </Panel>
  );
};

const Reasons = ({ progress }: { progress: CampaignProgress }) => (
  <Panel title="Why not">
    {progress.blockedByReason.length === 0 ? (
      <p>No one is blocked. When the gate refuses someone, its reason stands here.</p>
    ) : (
      <ul class="stack">
        {progress.blockedByReason.map((entry) => (
          <li>
            <a
              href={`/campaigns/${progress.campaign.id}?state=${entry.state}&reason=${entry.reason ?? ""}#people`}
            >
              <b>{number(entry.count)}</b> {reasonText(entry.reason ?? "").title}
            </a>{" "}
            <code class="small">{entry.reason}</code>
          </li>
        ))}
      </ul>
    )}
  </Panel>
);

const Feed = ({ entries }: { entries: readonly FeedEntry[] }) => (
  <Panel title="Newest decisions">
    {entries.length === 0 ? (
      <p>Every answer of the gate will stand here.</p>
    ) : (
      <ol class="line">
        {entries.map((entry) => (
          <li>
            <div class="what">
              <span>
                <State state={entry.verdict} /> <a href={`/contacts/${entry.contactId}`}>a person</a>:{" "}
                {reasonText(entry.reason).title}
              </span>
              <time>{clock(entry.at)}</time>
            </div>
          </li>
        ))}
      </ol>
    )}
  </Panel>
);
