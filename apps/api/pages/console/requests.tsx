import { PRIVACY_CLOCKS } from "#core/rights/deadlines";
import type { PrivacyRequestRecord } from "#db/queries/privacy-requests";
import type { StaffView } from "#flow/rights/requests/staff";
import { day, Head, Panel, Shell, type ShellModel } from "../components/layout.tsx";

const STATE_WORDS: Readonly<Record<PrivacyRequestRecord["state"], string>> = {
  unverified: "waits for the person",
  open: "open",
  answered: "answered",
  refused: "refused",
  lapsed: "lapsed: not confirmed in time",
};

const KIND_WORDS: Readonly<Record<PrivacyRequestRecord["kind"], string>> = {
  access: "Access and portability",
  rectification: "Rectification",
  erasure: "Erasure",
  restriction: "Restriction",
  objection: "Objection to marketing",
  withdrawal: "Withdrawal of consent",
};

export const RequestListPage = ({
  shell,
  requests,
  now,
}: {
  shell: ShellModel;
  requests: readonly PrivacyRequestRecord[];
  now: Date;
}) => (
  <Shell shell={shell}>
    <Head title="Requests of people about their data" />
    <Panel title="Open ones first, by due date">
      {requests.length === 0 ? (
        <p>No one has asked for anything yet.</p>
      ) : (
        <table class="rows">
          <thead>
            <tr>
              <th scope="col">Request</th>
              <th scope="col">State</th>
              <th scope="col">Received</th>
              <th scope="col">Answer by</th>
              <th scope="col">Law</th>
            </tr>
          </thead>
          <tbody>
            {requests.map((request) => (
              <tr>
                <th scope="row">
                  <a href={`/requests/${request.id}`}>{KIND_WORDS[request.kind]}</a>
                </th>
                <td data-l="State">{STATE_WORDS[request.state]}</td>
                <td data-l="Received">{day(request.receivedAt)}</td>
                <td data-l="Answer by">
                  {request.closedAt === null && request.answerBy < now ? <strong>overdue: </strong> : null}
                  {day(request.answerBy)}
                </td>
                <td data-l="Law">{PRIVACY_CLOCKS[request.law].name}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  </Shell>
);

export const RequestViewPage = ({ shell, view }: { shell: ShellModel; view: StaffView }) => {
  const { request, text, audit } = view;
  return (
    <Shell shell={shell}>
      <Head
        title={KIND_WORDS[request.kind]}
        meta={[
          STATE_WORDS[request.state],
          `answer by ${day(request.answerBy)}`,
          PRIVACY_CLOCKS[request.law].citation,
        ]}
      />
      <div class="stack">
        <Panel title="What they wrote">
          {text.details === undefined ? <p>Nothing.</p> : <p>{text.details}</p>}
          {text.agent === undefined ? null : (
            <p>
              <strong>Through an agent:</strong> {text.agent}
            </p>
          )}
          {request.contactId === null ? null : (
            <p>
              <a href={`/contacts/${request.contactId}`}>The person</a>
            </p>
          )}
          {text.extension === undefined ? null : <p>Put off: {text.extension}</p>}
          {text.answer === undefined ? null : <p>Answered: {text.answer}</p>}
        </Panel>
        {request.state === "open" ? <Orders request={request} /> : null}
        <Panel title="Who did what">
          <ul>
            {audit.map((entry) => (
              <li>
                <time>{entry.at.toISOString().slice(0, 16).replace("T", " ")} UTC</time> {entry.action},{" "}
                {entry.actor}
              </li>
            ))}
          </ul>
        </Panel>
      </div>
    </Shell>
  );
};

const Orders = ({ request }: { request: PrivacyRequestRecord }) => (
  <>
    <Panel title="Answer">
      <form method="post" action={`/requests/${request.id}/answer`}>
        <p>
          <label for="answer">The answer, which they get by a link in a mail</label>
          <textarea class="input" id="answer" name="text" rows={5} maxlength={5000} required></textarea>
        </p>
        <p>
          <label for="outcome">Outcome</label>{" "}
          <select class="input" id="outcome" name="outcome">
            <option value="answered">Done</option>
            <option value="refused">Refused; the answer says why</option>
          </select>
        </p>
        <button class="btn go" type="submit">
          Close and mail the answer
        </button>
      </form>
    </Panel>
    {request.extendedBy === null || request.extendedAt !== null ? null : (
      <Panel title={`Put off until ${day(request.extendedBy)}`}>
        <form method="post" action={`/requests/${request.id}/extend`}>
          <p>
            <label for="reason">Why it needs longer. Tell the person before the first date.</label>
            <textarea class="input" id="reason" name="text" rows={2} maxlength={5000} required></textarea>
          </p>
          <button class="btn" type="submit">
            Put off once
          </button>
        </form>
      </Panel>
    )}
  </>
);
