import { reasonText } from "#core/reason-text";
import type { RecipientFilter, RecipientRow } from "#db/read-models/campaign-people";
import type { CampaignProgress } from "#flow/campaign/progress";
import type { OpenContact } from "#flow/contacts/contacts";
import { Icon, State } from "../components/icon.tsx";
import { number } from "../components/layout.tsx";
import { Person } from "../components/person.tsx";

/** Something may still happen to its people. */
export const isMoving = (state: string): boolean =>
  state === "scheduled" || state === "planning" || state === "sending" || state === "paused";

export interface PeopleModel {
  readonly progress: CampaignProgress;
  readonly rows: readonly RecipientRow[];
  readonly contacts: ReadonlyMap<string, OpenContact>;
  readonly filter: RecipientFilter;
}

const GROUPS: Readonly<Record<NonNullable<RecipientFilter["group"]>, string>> = {
  "opted-out": "Opted out from a message of this send",
  late: "Contacted after opt-out",
  "on-the-wire-at-stop": "Opted out while a message was on the wire",
};

/** Empty while the audience is planned: it asks again until someone stands in it, and then holds still to be read. */
export const People = ({ model }: { model: PeopleModel }) => {
  const { progress, rows, filter } = model;
  const { campaign } = progress;
  const isFiltered = filter.states !== null || filter.reason !== null || filter.group !== null;
  const count = filteredCount(progress, filter);
  const isComing = rows.length === 0 && !isFiltered && isMoving(campaign.state);
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
        {isFiltered ? <Filters model={model} /> : null}
        <div class="end small muted">
          {count === null ? "some" : number(count)} of {number(progress.recipients)}
        </div>
      </header>
      <div class="in">
        {rows.length === 0 ? (
          <p>
            {isFiltered ? (
              <>
                No one matches. <a href={`/campaigns/${campaign.id}#people`}>Clear filters</a>.
              </>
            ) : (
              "No one is planned yet. Everyone will stand here with a reason."
            )}
          </p>
        ) : (
          <Rows model={model} />
        )}
        <Pages model={model} />
      </div>
    </section>
  );
};

const Rows = ({ model }: { model: PeopleModel }) => (
  <table class="rows">
    <thead>
      <tr>
        <th scope="col">Person</th>
        <th scope="col">State</th>
        <th scope="col">Why</th>
        <th scope="col">Rests on</th>
        <th scope="col">Details</th>
      </tr>
    </thead>
    <tbody>
      {model.rows.map((row) => (
        <tr>
          <th scope="row" data-l="Person">
            <Person
              contact={model.contacts.get(row.contactId)}
              contactId={row.contactId}
              pointId={row.contactPointId}
            />
          </th>
          <td data-l="State">
            <State state={row.state} />
          </td>
          <td data-l="Why">
            {reasonOf(row) === null ? "" : reasonText(reasonOf(row) ?? "").title}
            {reasonOf(row) === null ? null : <span class="sub mono tiny">{reasonOf(row)}</span>}
          </td>
          <td data-l="Rests on">{restsOn(row)}</td>
          <td data-l="Details">
            <a href={`/recipients/${row.id}`}>{row.decision === null ? "Not screened yet" : "Decision"}</a>
          </td>
        </tr>
      ))}
    </tbody>
  </table>
);

/** Why they are where they are; of those who were allowed, what allowed it. */
const reasonOf = (row: RecipientRow): string | null => row.reason ?? row.decision?.reason ?? null;

/** What the person said: "given on 2026-10-01 by web-form, event 4". */
function restsOn({ decision }: RecipientRow): string {
  if (decision === null || decision.evidence === null) return "";
  const { type, occurredAt, method } = decision.evidence;
  return `${type} on ${occurredAt.slice(0, 10)} by ${method}, event ${decision.evidenceEventId}`;
}

const Filters = ({ model: { filter, progress } }: { model: PeopleModel }) => {
  const href = (next: Pick<RecipientFilter, "states" | "reason" | "group">) =>
    `/campaigns/${progress.campaign.id}${queryOf(next)}#people`;
  return (
    <div class="chips">
      {filter.states === null ? null : (
        <a href={href({ ...filter, states: null })} aria-current="true">
          {filter.states.map((state) => (
            <State state={state} />
          ))}
          <Remove />
        </a>
      )}
      {filter.reason === null ? null : (
        <a href={href({ ...filter, reason: null })} aria-current="true">
          {reasonText(filter.reason).title} <Remove />
        </a>
      )}
      {filter.group === null ? null : (
        <a href={href({ ...filter, group: null })} aria-current="true">
          {GROUPS[filter.group]} <Remove />
        </a>
      )}
    </div>
  );
};

const Remove = () => (
  <>
    <Icon name="x" />
    <span class="sr">remove filter</span>
  </>
);

const Pages = ({ model: { filter, rows, progress } }: { model: PeopleModel }) => {
  const last = rows.at(-1);
  const path = `/campaigns/${progress.campaign.id}`;
  return (
    <p class="mt">
      {filter.after === 0 ? null : <a href={`${path}${queryOf(filter)}#people`}>First page</a>}{" "}
      {rows.length < filter.limit || last === undefined ? null : (
        <a href={`${path}${queryOf(filter, last.id)}#people`}>Next {filter.limit}</a>
      )}
    </p>
  );
};

function queryOf(filter: Pick<RecipientFilter, "states" | "reason" | "group">, after?: number): string {
  const query = new URLSearchParams();
  if (filter.states !== null) query.set("state", filter.states.join(","));
  if (filter.reason !== null) query.set("reason", filter.reason);
  if (filter.group !== null) query.set("group", filter.group);
  if (after !== undefined) query.set("after", String(after));
  const text = query.toString();
  return text === "" ? "" : `?${text}`;
}

const COUNTED_BY_REASON: readonly string[] = ["blocked", "failed"];

/** How many the filter selects, from the counts that the page has anyway; null when they do not tell. */
export function filteredCount(progress: CampaignProgress, filter: RecipientFilter): number | null {
  const { states, reason } = filter;
  if (filter.group === "opted-out") return progress.optOuts.count;
  if (filter.group === "late") return progress.optOuts.late;
  if (filter.group === "on-the-wire-at-stop") return progress.optOuts.withInFlight;
  if (reason !== null) {
    if (states === null || !states.every((state) => COUNTED_BY_REASON.includes(state))) return null;
    const counted = progress.blockedByReason.filter(
      (each) => each.reason === reason && states.includes(each.state),
    );
    return counted.reduce((sum, each) => sum + each.count, 0);
  }
  if (states === null) return progress.recipients;
  return states.reduce((sum, state) => sum + (progress.byState[state] ?? 0), 0);
}
