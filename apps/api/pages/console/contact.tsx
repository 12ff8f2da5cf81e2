import { reasonText } from "#core/reason-text";
import type { StoredEvent } from "#db/queries/consent-events";
import type { StandingSuppression } from "#db/queries/suppressions";
import type { Evidence } from "#flow/consent/read-evidence";
import type { PointStanding } from "#flow/consent/standings";
import type { OpenContact } from "#flow/contacts/contacts";
import { State } from "../components/icon.tsx";
import { day, Head, Panel, Shell, type ShellModel } from "../components/layout.tsx";
import { nameOf } from "../components/person.tsx";

export const ContactListPage = ({
  shell,
  contacts,
  older,
  searched,
}: {
  shell: ShellModel;
  contacts: readonly OpenContact[];
  older: string | null;
  searched: boolean;
}) => (
  <Shell shell={shell}>
    <Head title="Contacts">
      <a class="btn" href="/renewals">
        Consent that ends soon
      </a>
    </Head>
    <div class="stack">
      <Panel title="Find a person">
        <form method="post" action="/contacts/search">
          <label for="wanted">Exact email address, number (+49…) or full name</label>
          <p>
            <input class="input" id="wanted" name="wanted" required autocomplete="off" />{" "}
            <button class="btn" type="submit">
              Find
            </button>
          </p>
        </form>
      </Panel>
      <Panel title={searched ? "Found" : "Newest first"}>
        {contacts.length === 0 ? (
          <p>
            {searched ? "No one matches exactly." : "People will stand here."}{" "}
            <a href="/import">Import a file</a>.
          </p>
        ) : (
          <table class="rows">
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">Contact points</th>
                <th scope="col">Country</th>
                <th scope="col">Since</th>
              </tr>
            </thead>
            <tbody>
              {contacts.map((contact) => (
                <tr>
                  <th scope="row">
                    <a href={`/contacts/${contact.record.id}`}>{nameOf(contact)}</a>
                  </th>
                  <td data-l="Contact points">{Object.values(contact.identity?.points ?? {}).join(", ")}</td>
                  <td data-l="Country">{contact.record.country ?? "unknown"}</td>
                  <td data-l="Since">{day(contact.record.createdAt)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        {older === null ? null : (
          <p class="mt">
            <a href={`/contacts?cursor=${older}`}>Older contacts</a>
          </p>
        )}
      </Panel>
    </div>
  </Shell>
);

export interface ContactPageModel {
  readonly contact: OpenContact;
  readonly events: readonly StoredEvent[];
  readonly evidence: ReadonlyMap<number, Evidence>;
  readonly suppressions: readonly StandingSuppression[];
  readonly purposeNames: Readonly<Record<string, string>>;
  readonly matrix: readonly {
    readonly purpose: string;
    readonly sender: string;
    /** Null: they have no contact point there. */
    readonly email: PointStanding | null;
    readonly phone: PointStanding | null;
  }[];
}

/** Answer first, proof below. */
export const ContactPage = ({ shell, model }: { shell: ShellModel; model: ContactPageModel }) => (
  <Shell shell={shell}>
    <Head
      title={nameOf(model.contact)}
      meta={[
        `since ${day(model.contact.record.createdAt)}`,
        model.contact.record.country ?? "country unknown",
      ]}
    />
    <div class="stack">
      {model.suppressions.length === 0 ? null : (
        <div class="note is-blocked">
          <ul>
            {model.suppressions.map((entry) => (
              <li>
                <strong>
                  {reasonText(entry.kind === "internal-dnc" ? entry.kind : `suppressed-${entry.kind}`).title}
                </strong>{" "}
                since {day(entry.at)}. Only the person can change this.
              </li>
            ))}
          </ul>
        </div>
      )}
      <Panel title="Consent">
        <table class="matrix">
          <caption class="sr">Consent by purpose and channel</caption>
          <thead>
            <tr>
              <th scope="col">Purpose</th>
              <th scope="col">Email</th>
              <th scope="col">Phone</th>
            </tr>
          </thead>
          <tbody>
            {model.matrix.map((row) => (
              <tr>
                <th scope="row">
                  {row.purpose}
                  <span class="sub">{row.sender}</span>
                </th>
                <td data-l="Email">
                  <Stands standing={row.email} />
                </td>
                <td data-l="Phone">
                  <Stands standing={row.phone} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Panel>
      <Panel title="What happened">
        <Timeline model={model} />
      </Panel>
      <Panel title="Contact points">
        <ul>
          {model.contact.record.points.map((point) => (
            <li>
              {model.contact.identity?.points[point.id] ?? "erased"}{" "}
              <span class="muted small">{point.channel}</span>
            </li>
          ))}
        </ul>
        {model.contact.record.erasedAt === null ? (
          <p class="mt">
            <a href={`/contacts/${model.contact.record.id}/erase`}>Erase this person…</a>
          </p>
        ) : null}
      </Panel>
    </div>
  </Shell>
);

/** What the gate says now: until when it stands, or why it does not. */
const Stands = ({ standing }: { standing: PointStanding | null }) => {
  if (standing === null) return <span class="muted">no contact point</span>;
  const { isPermitted, lapsesAt, heldBy, reason } = standing;
  return (
    <>
      <State state={standing.status} />
      {lapsesAt === null ? null : <span class="sub">until {day(lapsesAt)}</span>}
      {heldBy === null ? null : <span class="sub">held back: {reasonText(heldBy).title}</span>}
      {isPermitted ? null : <span class="sub">{reasonText(reason).title}</span>}
    </>
  );
};

/** What of the evidence is shown, in this order. */
const EVIDENCE_WORDS: Readonly<Record<string, string>> = {
  page: "Page",
  source: "Source",
  scriptVersion: "Script",
  recording: "Recording",
  ip: "From",
  userAgent: "Browser",
};

const Timeline = ({ model }: { model: ContactPageModel }) =>
  model.events.length === 0 ? (
    <p>Nothing is on record: they were never asked.</p>
  ) : (
    <ol class="line">
      {[...model.events].reverse().map((event) => (
        <li>
          <div class="what">
            <span>
              <b>{event.type}</b>{" "}
              {event.purposeId === null ? "everything" : (model.purposeNames[event.purposeId] ?? "")},{" "}
              {event.channel}
            </span>
            <time>{event.occurredAt.toISOString().slice(0, 16).replace("T", " ")} UTC</time>
          </div>
          <div class="evid">
            <dl class="kv">
              <dt>How</dt>
              <dd>
                {event.method}
                {event.claimed ? " (stated by the client, not witnessed by us)" : ""}
              </dd>
              {Object.entries(EVIDENCE_WORDS).map(([key, word]) => {
                const said = model.evidence.get(event.id)?.[key];
                return typeof said !== "string" || said === "" ? null : (
                  <>
                    <dt>{word}</dt>
                    <dd>{said}</dd>
                  </>
                );
              })}
              {event.noticeWording === null ? null : (
                <>
                  <dt>Was shown</dt>
                  <dd>
                    <q>{event.noticeWording}</q>
                  </dd>
                  <dt>Notice</dt>
                  <dd>
                    {event.noticeVersion} · <code>sha256 {event.noticeHash?.slice(0, 12)}…</code>
                  </dd>
                </>
              )}
            </dl>
          </div>
          <div class="seal">event {event.id}</div>
        </li>
      ))}
    </ol>
  );
