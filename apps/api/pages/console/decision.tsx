import type { Considered, Outcome } from "#core/explain";
import { reasonText } from "#core/reason-text";
import type { OpenContact } from "#flow/contacts/contacts";
import type { RecipientExplanation } from "#flow/gate/explain-recipient";
import { Field } from "../components/field.tsx";
import { State } from "../components/icon.tsx";
import { Head, Panel, Shell, type ShellModel } from "../components/layout.tsx";
import { nameOf } from "../components/person.tsx";

/** The shape and word each outcome of a rule is shown with. */
const OUTCOMES: Readonly<Record<Outcome, readonly [state: string, word: string]>> = {
  passed: ["allow", "Passed"],
  permits: ["allow", "Permits"],
  blocked: ["block", "Blocks"],
  refused: ["block", "Does not hold"],
  deferred: ["defer", "Later"],
  "not-claimed": ["unknown", "Nothing claims it"],
  "not-in-force": ["unknown", "Not in force"],
  "law-only": ["unknown", "Not used by this sender"],
};

const minute = (at: Date | string): string =>
  `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;

/** One decision: the answer first, then every rule with what it saw. */
export const DecisionPage = ({
  shell,
  found,
  person,
  problem,
}: {
  shell: ShellModel;
  found: RecipientExplanation;
  person: OpenContact | null;
  problem: string | null;
}) => {
  const { recipient, explanation } = found;
  return (
    <Shell shell={shell}>
      <Head
        title={person === null ? "Unknown person" : nameOf(person)}
        meta={[`in ${recipient.campaignName}`, `recipient ${recipient.id}`, `asked for ${minute(found.at)}`]}
      >
        <a class="btn" href={`/contacts/${recipient.contactId}`}>
          The person
        </a>
        <a class="btn" href={`/campaigns/${recipient.campaignId}`}>
          The campaign
        </a>
      </Head>
      <div class="stack">
        {problem === null ? null : (
          <div class="note is-blocked" role="alert">
            {problem}
          </div>
        )}
        <div class="grid even">
          <div class="c4">
            <Stored found={found} />
          </div>
          <div class="c4">
            <Asked found={found} />
          </div>
          <div class="c4">
            <AsOf found={found} />
          </div>
        </div>
        <Panel title="Every rule that was asked, in order">
          {explanation === null ? (
            <p>This person's record cannot be read any more, so nothing can be asked anew.</p>
          ) : (
            <Rules considered={explanation.considered} at={found.at.toISOString()} />
          )}
        </Panel>
      </div>
    </Shell>
  );
};

const Stored = ({ found }: { found: RecipientExplanation }) => {
  const { recipient } = found;
  const { decision } = recipient;
  return (
    <Panel title="What was decided">
      {decision === null ? (
        <p>Not screened yet.</p>
      ) : (
        <>
          <Answer verdict={decision.verdict} reason={decision.reason} />
          <p class="small muted">
            {minute(decision.decidedAt)}, rule set {decision.ruleset}
            {decision.evidenceEventId === null ? "" : `, event ${decision.evidenceEventId}`}
          </p>
        </>
      )}
      <p class="small mt">
        Stands now as <State state={recipient.state} />
      </p>
    </Panel>
  );
};

/** The reader's word first, the code second. */
const Answer = ({ verdict, reason }: { verdict: string; reason: string }) => (
  <>
    <p>
      <State state={verdict} /> {reasonText(reason).title}
    </p>
    <p>
      <code class="small muted">{reason}</code>
    </p>
  </>
);

const Asked = ({ found }: { found: RecipientExplanation }) => {
  const decision = found.explanation?.decision;
  return (
    <Panel title="The same question">
      {decision === undefined ? (
        <p>Nothing can be asked.</p>
      ) : (
        <>
          <Answer verdict={decision.verdict} reason={decision.reason} />
          <p class="small muted">{reasonText(decision.reason).cure}</p>
          {decision.verdict === "defer" ? (
            <p class="small">Next allowed at {minute(decision.until)}</p>
          ) : null}
        </>
      )}
      {found.isOfStoredFacts === null ? null : (
        <p class="small">
          {found.isOfStoredFacts
            ? "The facts are the very ones the stored decision was made from."
            : "Some facts are not what they were when it was decided."}
        </p>
      )}
      {found.readAsOfNow.length === 0 ? null : (
        <p class="small muted">Kept without history, so read as of now: {found.readAsOfNow.join("; ")}.</p>
      )}
    </Panel>
  );
};

const AsOf = ({ found }: { found: RecipientExplanation }) => (
  <Panel title="As of another moment">
    <form method="get" action={`/recipients/${found.recipient.id}`} class="stack">
      <Field
        id="at"
        label="What did the gate know then? (UTC)"
        type="datetime-local"
        step="1"
        value={found.at.toISOString().slice(0, 19)}
        required
      />
      <button class="btn" type="submit">
        Ask for this moment
      </button>
    </form>
  </Panel>
);

const Rules = ({ considered, at }: { considered: readonly Considered[]; at: string }) => (
  <table class="rows">
    <caption class="sr">Rules in the order they were asked</caption>
    <thead>
      <tr>
        <th scope="col">Asks</th>
        <th scope="col">Answer</th>
        <th scope="col">Saw</th>
        <th scope="col">Source</th>
      </tr>
    </thead>
    <tbody>
      {considered.map((rule) => (
        <tr>
          <th scope="row" data-l="Asks">
            {rule.asks}
            <span class="sub">
              <code>{rule.id}</code>
            </span>
          </th>
          <td data-l="Answer">
            <State state={OUTCOMES[rule.outcome][0]} word={OUTCOMES[rule.outcome][1]} />
            {rule.reason === null ? null : <span class="sub">{reasonText(rule.reason).title}</span>}
            {rule.until === null ? null : <span class="sub">until {minute(rule.until)}</span>}
            {rule.place === null ? null : <span class="sub">in {rule.place}</span>}
            {rule.at === at ? null : (
              <span class="sub">asked for {minute(rule.at)}, when the wait is over</span>
            )}
            {rule.evidenceEventId === null ? null : <span class="sub">event {rule.evidenceEventId}</span>}
            {rule.decisive ? <span class="sub">This decided.</span> : null}
          </td>
          <td data-l="Saw">
            <Saw facts={rule.saw} />
          </td>
          <td data-l="Source" class="small">
            {rule.citation}
            <span class="sub">
              as of {rule.asOf}, confidence {rule.confidence}
            </span>
          </td>
        </tr>
      ))}
    </tbody>
  </table>
);

/** Facts as they were given; long lists open on demand. */
const Saw = ({ facts }: { facts: Readonly<Record<string, unknown>> }) => (
  <ul class="small">
    {Object.entries(facts).map(([path, fact]) => {
      const text = fact === null ? "not given" : JSON.stringify(fact);
      return (
        <li>
          {text.length <= 60 ? (
            <>
              {path}: <code>{text}</code>
            </>
          ) : (
            <details>
              <summary>{path}</summary>
              <code>{text}</code>
            </details>
          )}
        </li>
      );
    })}
  </ul>
);
