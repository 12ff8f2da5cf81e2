import { HOURS } from "#core/hours/hours-table";
import { RULESET } from "#core/ruleset";
import type { SenderRecord } from "#db/queries/senders";
import type { PolicyItem } from "#flow/policy/merge-policy";
import type { RuleChange, RuleChanges } from "#flow/rulebook/rule-changes";
import { hoursAsOf, STAGES } from "#flow/rulebook/rulebook";
import { clock, day, Head, Panel, Shell, type ShellModel } from "../components/layout.tsx";
import {
  HoursTable,
  instant,
  OwnValues,
  RegistriesTable,
  RulesTable,
  SettingsTable,
} from "./rules-tables.tsx";

const RULES_COUNT = STAGES.reduce((sum, stage) => sum + stage.rules.length, 0);
const ROWS = HOURS.toSorted((a, b) =>
  a.jurisdiction < b.jurisdiction ? -1 : Number(a.jurisdiction > b.jurisdiction),
);
const STATES = ROWS.filter((row) => row.jurisdiction.startsWith("US-"));
const COUNTRIES = ROWS.filter((row) => !row.jurisdiction.startsWith("US-"));

const SECTIONS = [
  ...STAGES.map((stage) => [anchorOf(stage.title), stage.title] as const),
  ["hours", "Calling hours"],
  ["lists", "Do-not-call lists"],
  ["settings", "Settings"],
] as const;

/** The rule set in force, what changes on coming dates, and where every rule comes from. */
export const RulesPage = ({
  shell,
  now,
  changes,
  items,
  senders,
}: {
  shell: ShellModel;
  now: Date;
  changes: RuleChanges;
  items: readonly PolicyItem[];
  senders: readonly SenderRecord[];
}) => (
  <Shell shell={shell}>
    <Head
      title="Rules"
      meta={[`rule set ${RULESET}`, `${RULES_COUNT} rules`, `as of ${day(now)}, ${clock(now)} UTC`]}
    />
    <div class="stack">
      <nav class="chips" aria-label="Sections of this page">
        {SECTIONS.map(([anchor, title]) => (
          <a href={`#${anchor}`}>{title}</a>
        ))}
      </nav>
      <Panel title="Coming">
        <Changes changes={changes.coming} empty="No rule, list or hours have a date ahead of them." />
      </Panel>
      <Panel title="Changed in the last 180 days">
        <Changes changes={changes.recent} empty="Nothing changed by its date." />
      </Panel>
      {STAGES.map((stage) => (
        <div id={anchorOf(stage.title)}>
          <Panel title={stage.title} end={`${stage.rules.length} rules`} foot={stage.says}>
            <RulesTable rules={stage.rules} />
          </Panel>
        </div>
      ))}
      <div id="hours">
        <Panel
          title="Calling hours"
          end={`as of ${day(new Date(hoursAsOf()))}`}
          foot="On the clock of the person called, in every place and zone they may be in. At the closing minute it is closed."
        >
          <HoursTable rows={COUNTRIES} />
          <details class="more">
            <summary>
              <span>
                States of the US and their strictest profile <span class="muted">{STATES.length} rows</span>
              </span>
            </summary>
            <HoursTable rows={STATES} />
          </details>
        </Panel>
      </div>
      <div id="lists">
        <Panel
          title="Do-not-call lists"
          foot="Without a copy that is fresh enough nobody in that place is called, whatever the list says."
        >
          <RegistriesTable />
        </Panel>
      </div>
      <div id="settings">
        <Panel
          title="Settings"
          end={<a href="/settings">Change them</a>}
          foot="Where the law leaves a choice, or a source is not sure enough."
        >
          <SettingsTable items={items} />
          <OwnValues senders={senders} />
        </Panel>
      </div>
    </div>
  </Shell>
);

function anchorOf(title: string): string {
  return title.toLowerCase().replaceAll(" ", "-");
}

const VERBS: Readonly<Record<RuleChange["kind"], string>> = {
  begins: "Begins",
  ends: "Ends",
  changes: "Changes",
};

const Changes = ({ changes, empty }: { changes: readonly RuleChange[]; empty: string }) =>
  changes.length === 0 ? (
    <p class="muted">{empty}</p>
  ) : (
    <table class="rows">
      <thead>
        <tr>
          <th scope="col">When</th>
          <th scope="col">Happens</th>
          <th scope="col">What</th>
        </tr>
      </thead>
      <tbody>
        {changes.map((change) => (
          <tr>
            <th scope="row" data-l="When" class="nowrap">
              {change.at === null ? day(new Date(change.day)) : instant(change.at)}
            </th>
            <td data-l="Happens">{VERBS[change.kind]}</td>
            <td data-l="What">
              {change.what}
              <span class="sub">
                <code>{change.subject}</code>
                {change.citation === null ? "" : ` · ${change.citation}`}
              </span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
