import type { AuditEntry } from "#db/read-models/audit-trail";
import { Icon } from "../components/icon.tsx";
import { clock, day, Panel } from "../components/layout.tsx";

const WORDS: Readonly<Record<string, readonly [icon: string, words: string]>> = {
  "campaign-created": ["pen", "Drafted"],
  "campaign-changed": ["pen", "Changed"],
  "campaign-scheduled": ["send", "Scheduled"],
  "campaign-paused": ["pause", "Paused"],
  "campaign-resumed": ["play", "Resumed"],
  "campaign-cancelled": ["cancelled", "Rest cancelled"],
  "workspace-frozen": ["freeze", "All contact frozen"],
  "workspace-unfrozen": ["play", "Contact unfrozen"],
};

/** What of the audit stands on a campaign's page. */
export const NOTED_ACTIONS = Object.keys(WORDS);

/** Who did what to a campaign, newest first. */
export const Notes = ({ trail }: { trail: readonly AuditEntry[] }) => (
  <Panel title="Notes on this send">
    {trail.length === 0 ? (
      <p>Who starts, pauses or cancels it will stand here.</p>
    ) : (
      <ul class="line">
        {trail.map((entry) => {
          const [icon, words] = WORDS[entry.action] ?? ["info", entry.action];
          const { at } = entry.detail;
          return (
            <li class="is-neutral">
              <Icon name={icon} />
              <div class="what">
                <span>
                  {words} by {entry.actorName}
                </span>
                <time>
                  {day(entry.at)}, {clock(entry.at)} UTC
                </time>
              </div>
              {typeof at === "string" ? (
                <p class="small muted">
                  for {day(new Date(at))}, {clock(new Date(at))} UTC
                </p>
              ) : null}
            </li>
          );
        })}
      </ul>
    )}
  </Panel>
);
