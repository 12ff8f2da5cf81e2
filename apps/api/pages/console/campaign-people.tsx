import { reasonText } from "#core/reason-text";
import type { CampaignSummary, RecipientRow } from "#db/read-models/campaign-progress";
import { State } from "../components/icon.tsx";

/** Something may still happen to its people. */
export const isMoving = (state: string): boolean =>
  state === "scheduled" || state === "planning" || state === "sending" || state === "paused";

/** Empty while the audience is planned: it asks again until someone stands in it, and then holds still to be read. */
export const People = ({
  campaign,
  people,
  filter: { state, reason },
}: {
  campaign: CampaignSummary;
  people: readonly RecipientRow[];
  filter: { readonly state: string | null; readonly reason: string | null };
}) => {
  const isFiltered = state !== null || reason !== null;
  const isComing = people.length === 0 && !isFiltered && isMoving(campaign.state);
  const refresh = isComing
    ? {
        "hx-get": `/campaigns/${campaign.id}`,
        "hx-trigger": "every 2s",
        "hx-select": "#people",
        "hx-swap": "outerHTML",
      }
    : {};
  return (
    <section class="panel" id="people" {...refresh}>
      <header>
        <h2>People</h2>
        <div class="end small muted">
          {isFiltered ? (
            <a href={`/campaigns/${campaign.id}#people`}>Clear filters</a>
          ) : (
            "the first 25 of everyone"
          )}
        </div>
      </header>
      <div class="in">
        {people.length === 0 ? (
          <p>
            {isFiltered
              ? "No one matches."
              : "No one is planned yet. Everyone will stand here with a reason."}
          </p>
        ) : (
          <table class="rows">
            <thead>
              <tr>
                <th scope="col">Person</th>
                <th scope="col">State</th>
                <th scope="col">Why</th>
                <th scope="col">Decision</th>
              </tr>
            </thead>
            <tbody>
              {people.map((row) => (
                <tr>
                  <th scope="row">
                    <a href={`/contacts/${row.contactId}`}>Recipient {row.id}</a>
                  </th>
                  <td data-l="State">
                    <State state={row.state} />
                  </td>
                  <td data-l="Why">{row.reason === null ? "" : reasonText(row.reason).title}</td>
                  <td data-l="Decision">
                    {row.decision === null ? (
                      "not screened yet"
                    ) : (
                      <a href={`/recipients/${row.id}`}>{decisionText(row.decision)}</a>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </div>
    </section>
  );
};

/** The answer and, behind it, what the person said: "given on 2026-10-01 by web-form, event 4". */
function decisionText(decision: NonNullable<RecipientRow["decision"]>): string {
  const answer = `${decision.verdict}: ${reasonText(decision.reason).title}`;
  if (decision.evidence === null) return answer;
  const { type, occurredAt, method } = decision.evidence;
  return `${answer}; ${type} on ${occurredAt.slice(0, 10)} by ${method}, event ${decision.evidenceEventId}`;
}
