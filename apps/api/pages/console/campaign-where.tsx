import type { CampaignProgress } from "#flow/campaign/progress";
import { Bar } from "../components/bar.tsx";
import { State } from "../components/icon.tsx";
import { clock, number, Panel } from "../components/layout.tsx";

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

/** Where everyone of a campaign is now; each count leads to its people. */
export const WhereEveryoneIs = ({
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
