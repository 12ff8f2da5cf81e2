import type { HoursRow } from "#core/hours/hours-table";
import { REGISTRIES } from "#core/rules/do-not-call-lists";
import type { Basis, Rule } from "#core/rules/rule";
import type { SenderRecord } from "#db/queries/senders";
import type { PolicyItem } from "#flow/policy/merge-policy";
import { readNote } from "#flow/rulebook/hours-sources";
import { dayHours, limitsOf, needsLaw, placeName, whereOf } from "#flow/rulebook/rulebook";
import { day } from "../components/layout.tsx";
import { settingText } from "./setting-value.ts";

/** What each rule asks, where, from which source, and how sure we are of it. */
export const RulesTable = ({ rules }: { rules: readonly (Rule | Basis)[] }) => (
  <table class="rows">
    <thead>
      <tr>
        <th scope="col">Asks</th>
        <th scope="col">Where</th>
        <th scope="col">Source</th>
        <th scope="col">Confidence</th>
      </tr>
    </thead>
    <tbody>
      {rules.map((rule) => (
        <tr>
          <th scope="row" data-l="Asks">
            {rule.asks}
            <span class="sub">
              <code>{rule.id}</code>
              {needsLaw(rule) ? " · only where the sender's legal basis is law" : ""}
            </span>
          </th>
          <td data-l="Where">
            {whereOf(rule)}
            <span class="sub nowrap">{rule.channels.join(" and ")}</span>
          </td>
          <td data-l="Source">
            {rule.citation}
            {rule.effectiveFrom === null ? null : <span class="sub">from {instant(rule.effectiveFrom)}</span>}
            {rule.effectiveTo === null ? null : <span class="sub">until {instant(rule.effectiveTo)}</span>}
          </td>
          <td data-l="Confidence" class="nowrap">
            {rule.confidence}
            <span class="sub">as of {day(new Date(rule.asOf))}</span>
          </td>
        </tr>
      ))}
    </tbody>
  </table>
);

/** `10 Aug 2026, 22:00 UTC`. */
export const instant = (at: string): string => `${day(new Date(at))}, ${at.slice(11, 16)} UTC`;

/** When calls may be made, on the clock of the person called. */
export const HoursTable = ({ rows }: { rows: readonly HoursRow[] }) => (
  <table class="rows">
    <thead>
      <tr>
        <th scope="col">Place</th>
        <th scope="col">Monday to Friday</th>
        <th scope="col">Saturday</th>
        <th scope="col">Sunday</th>
        <th scope="col">Public holidays</th>
        <th scope="col">Confidence</th>
        <th scope="col">Note and source</th>
      </tr>
    </thead>
    <tbody>
      {rows.map((row) => (
        <tr>
          <th scope="row" data-l="Place">
            {placeName(row.jurisdiction)}
            {limitsOf(row) === "" ? null : <span class="sub">{limitsOf(row)}</span>}
          </th>
          <td data-l="Mon to Fri">
            <Hours row={row} day="weekday" />
          </td>
          <td data-l="Saturday">
            <Hours row={row} day="saturday" />
          </td>
          <td data-l="Sunday">
            <Hours row={row} day="sunday" />
          </td>
          <td data-l="Holidays">
            <Hours row={row} day="holiday" />
          </td>
          <td data-l="Confidence">{row.confidence}</td>
          <td data-l="Note" class="small">
            <Note row={row} />
          </td>
        </tr>
      ))}
    </tbody>
  </table>
);

/** A table with a time torn in two is hard to read. */
const Hours = ({ row, day }: { row: HoursRow; day: "weekday" | "saturday" | "sunday" | "holiday" }) => (
  <span>
    {dayHours(row, day)
      .split(", ")
      .map((hours, place) => (
        <>
          {place === 0 ? "" : ", "}
          <span class="nowrap">{hours}</span>
        </>
      ))}
  </span>
);

const Note = ({ row }: { row: HoursRow }) => {
  const note = readNote(row.note);
  return (
    <span>
      {note.words}
      {note.words === "" || note.sources.length === 0 ? "" : " · "}
      {note.sources.map(({ host, url }, place) => (
        <>
          {place === 0 ? "" : ", "}
          {url === null ? host : <a href={url}>{host}</a>}
        </>
      ))}
    </span>
  );
};

/** How old a copy of each do-not-call list may be. */
export const RegistriesTable = () => (
  <table class="rows">
    <thead>
      <tr>
        <th scope="col">List</th>
        <th scope="col">Where</th>
        <th scope="col">Copy at most</th>
        <th scope="col">Source</th>
      </tr>
    </thead>
    <tbody>
      {REGISTRIES.map((registry) => (
        <tr>
          <th scope="row" data-l="List">
            <code>{registry.id}</code>
            {registry.until === null ? null : <span class="sub">needed until {instant(registry.until)}</span>}
          </th>
          <td data-l="Where">{placeName(registry.country)}</td>
          <td data-l="Copy at most" class="nowrap">
            {registry.daysMax === 1 ? "1 day old" : `${registry.daysMax} days old`}
          </td>
          <td data-l="Source">{registry.citation}</td>
        </tr>
      ))}
    </tbody>
  </table>
);

/** What each setting decides, and what holds where nobody set it. */
export const SettingsTable = ({ items }: { items: readonly PolicyItem[] }) => (
  <table class="rows">
    <thead>
      <tr>
        <th scope="col">Decides</th>
        <th scope="col">Here</th>
        <th scope="col">Default</th>
        <th scope="col">Source</th>
      </tr>
    </thead>
    <tbody>
      {items.map((setting) => (
        <tr>
          <th scope="row" data-l="Decides">
            {setting.asks}
            <span class="sub">
              <code>{setting.key}</code>
            </span>
          </th>
          <td data-l="Here">
            {setting.setBy === "default" ? (
              "as the default"
            ) : (
              <b>{settingText(setting.key, setting.value)}</b>
            )}
          </td>
          <td data-l="Default">{defaultText(setting)}</td>
          <td data-l="Source">{setting.source}</td>
        </tr>
      ))}
    </tbody>
  </table>
);

function defaultText(setting: PolicyItem): string {
  // Senders do not begin where a question without a sender does.
  if (setting.key === "legalBasis") return "consent-only for senders, law for questions to evaluate";
  return settingText(setting.key, setting.default);
}

/** Senders that differ from what holds for the workspace. */
export const OwnValues = ({ senders }: { senders: readonly SenderRecord[] }) => {
  const own = senders.filter(
    (sender) => sender.legalBasis === "law" || Object.keys(sender.policy).length > 0,
  );
  return own.length === 0 ? (
    <p class="small muted mt">No sender has values of its own.</p>
  ) : (
    <ul class="small mt">
      {own.map((sender) => (
        <li>
          <a href={`/settings/senders/${sender.id}`}>{sender.name}</a>:{" "}
          {[
            ...(sender.legalBasis === "law" ? ["legalBasis law"] : []),
            ...Object.entries(sender.policy).map(
              ([key, value]) => `${key} ${settingText(key as PolicyItem["key"], value)}`,
            ),
          ].join(", ")}
        </li>
      ))}
    </ul>
  );
};
