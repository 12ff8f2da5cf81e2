import type { SenderRecord } from "#db/queries/senders";
import type { AuditEntry } from "#db/read-models/audit-trail";
import type { PolicyItem } from "#flow/policy/merge-policy";
import { Icon } from "../components/icon.tsx";
import { clock, day, Head, number, Panel, Shell, type ShellModel } from "../components/layout.tsx";
import { settingText } from "./setting-value.ts";

/** A setting, and who changed it last. */
export interface ShownSetting {
  readonly item: PolicyItem;
  readonly lastChange: AuditEntry | null;
}

export interface SettingsModel {
  /** Null: the settings are the workspace's. */
  readonly sender: SenderRecord | null;
  readonly senders: readonly SenderRecord[];
  readonly settings: readonly ShownSetting[];
  /** Messages that the old value had allowed and that were on the wire when the change was made; null: none was. */
  readonly inFlight: number | null;
}

const SECTIONS = [
  ["policy", "/settings", "What the law leaves to you"],
  ["notices", "/settings/notices", "Notices"],
  ["sources", "/settings/sources", "Sources of data"],
  ["registries", "/settings/registries", "Do-not-call lists"],
] as const;

/** The pages of the settings, as links. */
export const SettingsNav = ({ current }: { current: (typeof SECTIONS)[number][0] }) => (
  <nav class="chips" aria-label="Settings">
    {SECTIONS.map(([name, href, title]) => (
      <a href={href} {...(name === current ? { "aria-current": "page" as const } : {})}>
        {title}
      </a>
    ))}
  </nav>
);

/** After a change: from when it binds, and what was still on the wire. */
export const Changed = ({ inFlight }: { inFlight: number | null }) =>
  inFlight === null ? null : (
    <div class="note" role="status">
      <Icon name="info" />
      <p>
        <strong>Changed.</strong> Everyone is decided by it from now on; {number(inFlight)}{" "}
        {inFlight === 1 ? "message" : "messages"} that left before may still arrive.
      </p>
    </div>
  );

/** Every choice in plain words: what holds, what would hold without it, where it comes from, who changed it when. */
export const SettingsPage = ({ shell, model }: { shell: ShellModel; model: SettingsModel }) => {
  const { sender, senders, settings } = model;
  const base = sender === null ? "/settings" : `/settings/senders/${sender.id}`;
  return (
    <Shell shell={shell}>
      <Head
        title={sender === null ? "Settings" : `Settings of ${sender.name}`}
        meta={
          sender === null
            ? ["for all senders that have no value of their own"]
            : ["where it has a value of its own it counts before the workspace's"]
        }
      />
      <div class="stack">
        <SettingsNav current="policy" />
        <Changed inFlight={model.inFlight} />
        {sender === null ? <Senders senders={senders} /> : null}
        <Panel
          title="What the law leaves to you"
          foot="Each change shows first what it will do, stands in the audit, and is in force before it is answered."
        >
          <table class="rows">
            <thead>
              <tr>
                <th scope="col">Decides</th>
                <th scope="col">In force</th>
                <th scope="col">Default</th>
                <th scope="col">Where the choice comes from</th>
                <th scope="col">Last change</th>
                <th scope="col">
                  <span class="sr">Change it</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {settings.map(({ item, lastChange }) => (
                <tr>
                  <th scope="row" data-l="Decides">
                    {item.asks}
                    <span class="sub">
                      <code>{item.key}</code>
                    </span>
                  </th>
                  <td data-l="In force">
                    {item.setBy === "default" ? (
                      settingText(item.key, item.value)
                    ) : (
                      <b>{settingText(item.key, item.value)}</b>
                    )}
                    <span class="sub">{SET_BY[item.setBy]}</span>
                  </td>
                  <td data-l="Default">{settingText(item.key, item.default)}</td>
                  <td data-l="Source" class="small">
                    {item.source}
                  </td>
                  <td data-l="Last change" class="small">
                    <LastChange entry={lastChange} />
                  </td>
                  <td data-l="">
                    {item.settableOn.includes(sender === null ? "workspace" : "sender") ? (
                      <a href={`${base}/${item.key}`}>
                        Change<span class="sr">: {item.asks}</span>
                      </a>
                    ) : (
                      <span class="small muted">on each sender</span>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Panel>
      </div>
    </Shell>
  );
};

const SET_BY = { default: "default", workspace: "set for the workspace", sender: "set on this sender" };

const Senders = ({ senders }: { senders: readonly SenderRecord[] }) => (
  <Panel title="Senders">
    {senders.length === 0 ? (
      <p>Senders will stand here; they are made through the API.</p>
    ) : (
      <table class="rows">
        <thead>
          <tr>
            <th scope="col">Sender</th>
            <th scope="col">What may permit contact</th>
            <th scope="col">Own values</th>
          </tr>
        </thead>
        <tbody>
          {senders.map((sender) => (
            <tr>
              <th scope="row" data-l="Sender">
                <a href={`/settings/senders/${sender.id}`}>{sender.name}</a>
                <span class="sub">{sender.fromAddress}</span>
              </th>
              <td data-l="Permits">
                {sender.legalBasis === "law" ? "What the law of the place allows" : "Proved consent alone"}
                <span class="sub">
                  <code>{sender.legalBasis}</code>
                </span>
              </td>
              <td data-l="Own values">
                {Object.keys(sender.policy).length === 0 ? "none" : Object.keys(sender.policy).join(", ")}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    )}
  </Panel>
);

export const LastChange = ({ entry }: { entry: AuditEntry | null }) =>
  entry === null ? (
    <>never</>
  ) : (
    <>
      {day(entry.at)}, {clock(entry.at).slice(0, 5)} UTC
      <span class="sub">by {entry.actorName}</span>
    </>
  );

/** A campaign whose people are decided anew after a change. */
export interface TouchedCampaign {
  readonly id: string;
  readonly name: string;
  readonly state: string;
}

/** What a change will do to campaigns that are not over. */
export const Touched = ({ campaigns }: { campaigns: readonly TouchedCampaign[] }) =>
  campaigns.length === 0 ? (
    <p>No campaign is scheduled or sending that it would change.</p>
  ) : (
    <>
      <p>
        {number(campaigns.length)} {campaigns.length === 1 ? "campaign is" : "campaigns are"} not over;
        everyone in {campaigns.length === 1 ? "it" : "them"} who was not contacted yet is decided by the new
        value:
      </p>
      <ul>
        {campaigns.slice(0, 10).map((campaign) => (
          <li>
            <a href={`/campaigns/${campaign.id}`}>{campaign.name}</a>{" "}
            <span class="muted">{campaign.state}</span>
          </li>
        ))}
      </ul>
    </>
  );
