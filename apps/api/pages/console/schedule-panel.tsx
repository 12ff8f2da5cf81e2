import type { CampaignSummary } from "#db/read-models/campaign-progress";
import { Field } from "../components/field.tsx";
import { number, Panel } from "../components/layout.tsx";
import { ZoneOptions } from "../components/zone-options.tsx";

export interface ScheduleValues {
  readonly date: string;
  readonly time: string;
  readonly zone: string;
}

/** The two ways on from a dry run: start now, or at a date and time of a named zone. */
export const SchedulePanel = ({
  campaign,
  allowed,
  deferred,
  values,
}: {
  campaign: CampaignSummary;
  allowed: number;
  deferred: number;
  values: ScheduleValues;
}) => {
  const people = `${number(allowed)} ${allowed === 1 ? "person" : "people"}`;
  const isNobody = allowed === 0 && deferred === 0;
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
      end={campaign.ratePerSecond === null ? undefined : lengthOf(allowed, campaign.ratePerSecond)}
    >
      <form method="post" action={action} class="stack">
        <input type="hidden" name="when" value="now" />
        {isNobody ? (
          <p>Nobody may be contacted now. Beside each reason stands what would change it.</p>
        ) : null}
        <button class="btn go big wide" type="submit" disabled={isNobody}>
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
          {isNobody ? "Schedule for who may be contacted then" : `Schedule for ${people}`}
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
