import type { CampaignProgress } from "#flow/campaign/progress";
import { number, Panel } from "../components/layout.tsx";

/** Zero after opt-out stands with its denominator and its clock. */
export const OptOuts = ({ progress }: { progress: CampaignProgress }) => {
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
