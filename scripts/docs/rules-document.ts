import { HOURS } from "#core/hours/hours-table";
import { POLICY_DEFAULTS, POLICY_SETTINGS } from "#core/policy";
import { REASON_TEXTS } from "#core/reason-text";
import { REGISTRIES } from "#core/rules/do-not-call-lists";
import type { Basis, Rule } from "#core/rules/rule";
import { RULESET } from "#core/ruleset";
import { readNote } from "#flow/rulebook/hours-sources";
import { dayHours, hoursAsOf, limitsOf, needsLaw, STAGES, whereOf } from "#flow/rulebook/rulebook";

/** docs/rules.md, made from the rules themselves, so that it cannot tell another story than the gate. */
export function rulesDocument(): string {
  return [
    "<!-- Made by `npm run docs` from packages/core. Do not edit: change the rule and make it anew. -->",
    "",
    "# The rules of the gate",
    "",
    `Rule set ${RULESET}. The gate asks the rules in the order they stand here. A block beats a wait, a wait beats an allow;`,
    "every rule that fails is told, the first is the decisive reason. A rule that cannot be evaluated blocks. None of this",
    "is legal advice: the confidence says how sure we are of the source, `policy` marks a choice that the law leaves open.",
    ...STAGES.flatMap((stage) => ["", `## ${stage.title}`, "", stage.says, "", ...rulesTable(stage.rules)]),
    "",
    "## Do-not-call lists",
    "",
    "A list that a place requires has to be on hand in a copy no older than this; an older one blocks before its content",
    "is asked.",
    "",
    ...registriesTable(),
    "",
    "## Calling hours",
    "",
    `As of ${hoursAsOf()}. Half-open: at the closing minute it is closed. A call has to be inside the hours of every place`,
    "and on every clock the person may live by; what is not known is held to the strictest.",
    "",
    ...hoursTable(),
    "",
    "## Settings",
    "",
    "Where the law leaves a choice, or a source is not sure enough, a setting decides.",
    "A sender's `legalBasis` is `consent-only` until somebody switches it; a question to `evaluate` asks under `law`.",
    "",
    ...settingsTable(),
    "",
    "## Reasons",
    "",
    "Codes are stable: the API, the console and support use the same.",
    "",
    ...table(
      ["code", "means", "what would change it"],
      Object.entries(REASON_TEXTS).map(([code, text]) => [`\`${code}\``, text.title, text.cure]),
    ),
    "",
  ].join("\n");
}

const rulesTable = (rules: readonly (Rule | Basis)[]) =>
  table(
    ["id", "asks", "channels", "where", "source", "in force", "as of", "confidence"],
    rules.map((rule) => [
      `\`${rule.id}\`${needsLaw(rule) ? " (only under `law`)" : ""}`,
      rule.asks,
      rule.channels.join(", "),
      whereOf(rule),
      rule.citation,
      inForce(rule),
      rule.asOf,
      rule.confidence,
    ]),
  );

function inForce({ effectiveFrom, effectiveTo }: Rule | Basis): string {
  if (effectiveFrom === null) return effectiveTo === null ? "always" : `until ${effectiveTo}`;
  return effectiveTo === null ? `from ${effectiveFrom}` : `from ${effectiveFrom} until ${effectiveTo}`;
}

const registriesTable = () =>
  table(
    ["list", "country", "copy no older than", "needed until", "source"],
    REGISTRIES.map((registry) => [
      `\`${registry.id}\``,
      registry.country,
      registry.daysMax === 1 ? "1 day" : `${registry.daysMax} days`,
      registry.until ?? "further notice",
      registry.citation,
    ]),
  );

const hoursTable = () =>
  table(
    [
      "place",
      "Monday to Friday",
      "Saturday",
      "Sunday",
      "public holidays",
      "limits",
      "confidence",
      "note",
      "read at",
    ],
    HOURS.map((row) => {
      const note = readNote(row.note);
      return [
        row.jurisdiction,
        dayHours(row, "weekday"),
        dayHours(row, "saturday"),
        dayHours(row, "sunday"),
        dayHours(row, "holiday"),
        limitsOf(row),
        row.confidence,
        note.words,
        note.sources.map(({ host, url }) => (url === null ? host : `[${host}](${url})`)).join(", "),
      ];
    }),
  );

const settingsTable = () =>
  table(
    ["setting", "decides", "default", "source"],
    POLICY_SETTINGS.map((setting) => [
      `\`${setting.key}\``,
      setting.asks,
      `\`${JSON.stringify(POLICY_DEFAULTS[setting.key])}\``,
      setting.source,
    ]),
  );

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)];
}
