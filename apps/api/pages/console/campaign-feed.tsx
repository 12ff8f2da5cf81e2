import { reasonText } from "#core/reason-text";
import type { OpenContact } from "#flow/contacts/contacts";
import { Icon, State } from "../components/icon.tsx";
import { clock, Panel } from "../components/layout.tsx";
import { nameOf } from "../components/person.tsx";

export interface FeedEntry {
  readonly id: number;
  readonly verdict: string;
  readonly reason: string;
  readonly recipientId: number;
  readonly contactId: string;
  readonly at: Date;
}

export interface FeedModel {
  readonly campaignId: string;
  readonly entries: readonly FeedEntry[];
  readonly people: ReadonlyMap<string, OpenContact>;
  /** More may come. */
  readonly isMoving: boolean;
  /** Held: nothing newer than these is shown until somebody lets it go on. */
  readonly isHeld: boolean;
}

/** The newest answers of the gate. Moving text can be held still to be read; the page around it goes on. */
export const Feed = ({ model }: { model: FeedModel }) => {
  const { campaignId, entries, isMoving, isHeld } = model;
  const path = `/campaigns/${campaignId}/feed`;
  const refresh =
    isMoving && !isHeld ? { "hx-get": path, "hx-trigger": "every 1s", "hx-swap": "outerHTML" } : {};
  return (
    <div id="feed" {...refresh}>
      <Panel
        title={isHeld ? "Newest decisions, held" : "Newest decisions"}
        end={isMoving ? <Hold path={path} newest={entries[0]?.id ?? 0} isHeld={isHeld} /> : undefined}
      >
        {entries.length === 0 ? (
          <p>Every answer of the gate will stand here.</p>
        ) : (
          <div role="log" aria-live="off" aria-label="Decisions" tabindex={0}>
            <ul class="feed">
              {entries.map((entry) => (
                <li>
                  <time>{clock(entry.at)}</time>
                  <State state={entry.verdict} />
                  <span>
                    <a href={`/recipients/${entry.recipientId}`}>{feedName(model, entry)}</a>{" "}
                    <span class="why">{reasonText(entry.reason).title}</span>
                  </span>
                </li>
              ))}
            </ul>
          </div>
        )}
      </Panel>
    </div>
  );
};

function feedName({ people }: FeedModel, { contactId }: FeedEntry): string {
  const contact = people.get(contactId);
  return contact === undefined ? "Unknown person" : nameOf(contact);
}

/** Without JavaScript nothing moves, and the link shows the same list by itself. */
const Hold = ({ path, newest, isHeld }: { path: string; newest: number; isHeld: boolean }) => {
  const to = isHeld ? path : `${path}?held=${newest}`;
  return (
    <a class="btn bare" href={to} hx-get={to} hx-target="#feed" hx-swap="outerHTML">
      <Icon name={isHeld ? "play" : "pause"} />
      {isHeld ? "Go on" : "Hold"}
    </a>
  );
};
