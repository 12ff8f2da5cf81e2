import { reasonText } from "#core/reason-text";
import type { CampaignProgress } from "#flow/campaign/progress";
import { Bar } from "../components/bar.tsx";
import { clock, number, Panel } from "../components/layout.tsx";

/** Why people were not contacted; a reason filters the people of the page. */
export const Reasons = ({ progress, filter }: { progress: CampaignProgress; filter: string | null }) => {
  const entries = progress.blockedByReason;
  const most = Math.max(...entries.map((entry) => entry.count), 1);
  return (
    <Panel
      title="Why not, by reason"
      end={`${number(entries.reduce((sum, entry) => sum + entry.count, 0))} · as of ${clock(progress.asOf)} UTC`}
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
