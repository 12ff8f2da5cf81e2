import type { CampaignProgress } from "#flow/campaign/progress";
import { Bar } from "../components/bar.tsx";
import { State } from "../components/icon.tsx";
import { clock, number, Panel } from "../components/layout.tsx";

const ALLOWED = ["permitted", "redeemed", "contacted", "failed", "unconfirmed"];
const SCREENED = [...ALLOWED, "blocked", "deferred"];

interface Step {
  readonly title: string;
  readonly states: readonly string[];
  /** How the bar is divided. */
  readonly parts: readonly string[];
  /** Who was left behind at this step, or waits there. */
  readonly left: readonly (readonly [state: string, words: string])[];
}

const STEPS: readonly Step[] = [
  {
    title: "Screened",
    states: SCREENED,
    parts: ["screened"],
    left: [
      ["planned", "still waiting"],
      ["cancelled", "cancelled"],
    ],
  },
  {
    title: "Allowed",
    states: ALLOWED,
    parts: ["allowed", "blocked", "deferred"],
    left: [
      ["blocked", "blocked"],
      ["deferred", "deferred"],
    ],
  },
  {
    title: "Handed over",
    states: ["redeemed", "contacted", "unconfirmed"],
    parts: ["contacted"],
    left: [
      ["permitted", "allowed, waiting"],
      ["failed", "failed"],
    ],
  },
  {
    title: "Contacted",
    states: ["contacted"],
    parts: ["contacted"],
    left: [
      ["redeemed", "on the wire"],
      ["unconfirmed", "unconfirmed"],
    ],
  },
];

/** One row per step on one scale, and under each what left there. Every number leads to its people. */
export const Funnel = ({ progress }: { progress: CampaignProgress }) => {
  const { byState, recipients, campaign } = progress;
  const countOf = (states: readonly string[]) =>
    states.reduce((sum, state) => sum + (byState[state] ?? 0), 0);
  const link = (states: readonly string[]) => `/campaigns/${campaign.id}?state=${states.join(",")}#people`;
  return (
    <Panel title="From planned to contacted" end={`as of ${clock(progress.asOf)} UTC`}>
      <ol class="funnel">
        <li>
          <span>Planned</span>
          <b class="num">
            <a href={`/campaigns/${campaign.id}#people`}>{number(recipients)}</a>
          </b>
          <Bar parts={[["screened", recipients]]} total={recipients} size="m" />
        </li>
        {STEPS.map((step) => (
          <li>
            <span>{step.title}</span>
            <b class="num">
              <a href={link(step.states)}>{number(countOf(step.states))}</a>
            </b>
            <Bar
              parts={step.parts.map(
                (part, place) => [part, place === 0 ? countOf(step.states) : countOf([part])] as const,
              )}
              total={recipients}
              size="m"
            />
            <Left
              entries={step.left.map(([state, words]) => [state, countOf([state]), words] as const)}
              link={link}
            />
          </li>
        ))}
      </ol>
    </Panel>
  );
};

const Left = ({
  entries,
  link,
}: {
  entries: readonly (readonly [state: string, count: number, words: string])[];
  link: (states: readonly string[]) => string;
}) => {
  const present = entries.filter(([, count]) => count > 0);
  return present.length === 0 ? null : (
    <div class="left">
      {present.map(([state, count, words]) => (
        <a href={link([state])}>
          <State state={state} word={`${number(count)} ${words}`} />
        </a>
      ))}
    </div>
  );
};
