import type { SenderRecord } from "#db/queries/senders";
import type { AuditEntry } from "#db/read-models/audit-trail";
import type { FieldProblem } from "#flow/field-problems";
import type { PolicyItem } from "#flow/policy/merge-policy";
import { Field } from "../components/field.tsx";
import { Icon } from "../components/icon.tsx";
import { clock, day, Head, Panel, Shell, type ShellModel } from "../components/layout.tsx";
import { Problems } from "../components/problems.tsx";
import { kindOf, settingField, settingText } from "./setting-value.ts";
import { SettingsNav, Touched, type TouchedCampaign } from "./settings.tsx";

export interface SettingChangeModel {
  readonly sender: SenderRecord | null;
  readonly item: PolicyItem;
  readonly history: readonly AuditEntry[];
  readonly problems: readonly FieldProblem[];
  /** What was asked for and is to be confirmed; null: nothing was asked yet. */
  readonly asked: {
    readonly text: string;
    /** What will be in force then. */
    readonly value: unknown;
    readonly touched: readonly TouchedCampaign[];
    /** Senders that keep a value of their own. */
    readonly exempt: readonly string[];
  } | null;
}

const pathOf = ({ sender, item }: SettingChangeModel): string =>
  sender === null ? `/settings/${item.key}` : `/settings/senders/${sender.id}/${item.key}`;

/** One setting: what it decides, a new value for it, and before that takes hold what it will do. */
export const SettingChangePage = ({ shell, model }: { shell: ShellModel; model: SettingChangeModel }) => {
  const { item, sender, asked } = model;
  return (
    <Shell shell={shell}>
      <Head
        title={item.asks}
        meta={[
          sender === null ? "for the workspace" : `for ${sender.name}`,
          `in force: ${settingText(item.key, item.value)}`,
          `default: ${settingText(item.key, item.default)}`,
          item.source,
        ]}
      />
      <div class="stack">
        <SettingsNav current="policy" />
        <Problems title="Nothing was changed." problems={model.problems} />
        {asked === null ? <Ask model={model} /> : <Confirm model={model} asked={asked} />}
        <History model={model} />
      </div>
    </Shell>
  );
};

const Ask = ({ model }: { model: SettingChangeModel }) => (
  <Panel title="A new value" foot="Nothing changes yet: you are shown first what it will do.">
    <form method="post" action={pathOf(model)} class="stack">
      <Control model={model} />
      <button class="btn go" type="submit">
        Show what it will do
      </button>
    </form>
  </Panel>
);

const Control = ({ model: { item, sender } }: { model: SettingChangeModel }) => {
  const kind = kindOf(item.key, item.default);
  const without = sender === null ? "the default" : "what holds for the workspace";
  const isOwn = item.setBy === (sender === null ? "workspace" : "sender");
  const current = isOwn ? settingField(item.key, item.value) : "";
  if (kind === "yes-no" || kind === "basis") {
    const choices =
      kind === "basis"
        ? [
            ["consent-only", "consent-only: proved consent alone permits contact"],
            ["law", "law: whatever the law of the place allows permits contact"],
          ]
        : [
            ["", `no value of its own: ${without}`],
            ["yes", "yes"],
            ["no", "no"],
          ];
    const chosen = kind === "basis" ? String(item.value) : current;
    return (
      <Field id="value" label="Value">
        <select id="value" name="value">
          {choices.map(([value, words]) => (
            <option value={value} {...(value === chosen ? { selected: true } : {})}>
              {words}
            </option>
          ))}
        </select>
      </Field>
    );
  }
  const unit =
    item.key === "spamRateCeiling" ? "Value in percent" : kind === "number" ? "Months" : "Countries";
  const hint =
    kind === "countries"
      ? `Codes such as GB, DE; the word nowhere for none. Empty: ${without}.`
      : `Empty: ${without}.`;
  return (
    <Field
      id="value"
      label={unit}
      value={current}
      hint={hint}
      {...(kind === "number" ? { inputmode: "decimal" as const } : {})}
    />
  );
};

const Confirm = ({
  model,
  asked,
}: {
  model: SettingChangeModel;
  asked: NonNullable<SettingChangeModel["asked"]>;
}) => {
  const { item, sender } = model;
  const isLaw = item.key === "legalBasis" && asked.value === "law";
  const who = sender === null ? "" : ` for ${sender.name}`;
  return (
    <Panel
      title="What it will do"
      foot="Every permit that was given before goes stale; what is on the wire is waited for."
    >
      <div class="stack">
        <p>
          <b>{settingText(item.key, item.value)}</b> becomes <b>{settingText(item.key, asked.value)}</b>
          {who}.
        </p>
        {isLaw ? <LawWarning name={sender?.name ?? ""} /> : null}
        <Touched campaigns={asked.touched} />
        {asked.exempt.length === 0 ? null : (
          <p class="small muted">{asked.exempt.join(", ")}: not changed, with a value of their own.</p>
        )}
        <form method="post" action={pathOf(model)} class="stack">
          <input type="hidden" name="value" value={asked.text} />
          <input type="hidden" name="confirmed" value="yes" />
          <div class="acts">
            <button class="btn go wrap" type="submit">
              {isLaw
                ? `Let the law permit contact${who}`
                : `Change it to ${settingText(item.key, asked.value)}${who}`}
            </button>
            <a class="btn" href={pathOf(model)}>
              Choose another value
            </a>
          </div>
        </form>
      </div>
    </Panel>
  );
};

const LawWarning = ({ name }: { name: string }) => (
  <div class="note is-blocked">
    <Icon name="warn" />
    <p>
      <strong>People who never agreed may then be contacted by {name}.</strong> Soft opt-in, running
      contracts, opt-out countries and the like permit contact where their law does, on the facts you have
      recorded; you answer for those facts. Stops, objections and do-not-call lists bind as before. It stands
      in the audit and in the results of each campaign.
    </p>
  </div>
);

const History = ({ model: { history, item } }: { model: SettingChangeModel }) => (
  <Panel title="Changes so far">
    {history.length === 0 ? (
      <p>Nobody has changed it yet.</p>
    ) : (
      <ul class="line">
        {history.map((entry) => {
          const change = changeOf(entry, item.key);
          const text = (value: unknown) => (value === null ? "no own value" : settingText(item.key, value));
          return (
            <li class="is-neutral">
              <Icon name="pen" />
              <div class="what">
                <span>
                  {text(change?.before ?? null)} became <b>{text(change?.after ?? null)}</b>, by{" "}
                  {entry.actorName}
                </span>
                <time>
                  {day(entry.at)}, {clock(entry.at)} UTC
                </time>
              </div>
            </li>
          );
        })}
      </ul>
    )}
  </Panel>
);

/** What an audit entry says about one setting; null when it is about others. */
export function changeOf(
  entry: AuditEntry,
  key: string,
): { readonly before: unknown; readonly after: unknown } | null {
  const changes = (entry.detail["changes"] ?? {}) as Readonly<
    Record<string, { before: unknown; after: unknown }>
  >;
  return changes[key] ?? changes[`policy.${key}`] ?? null;
}
