import type { NoticeRecord, PurposeRecord } from "#db/queries/senders";
import type { AuditEntry } from "#db/read-models/audit-trail";
import { State } from "../components/icon.tsx";
import { Head, Panel, Shell, type ShellModel } from "../components/layout.tsx";
import { OWN_NAMES } from "../words/catalogue.ts";
import { Changed, LastChange, SettingsNav } from "./settings.tsx";

export const BY: Readonly<Record<NoticeRecord["channel"], string>> = { email: "by email", phone: "by phone" };

export interface ShownNotice {
  readonly notice: NoticeRecord;
  readonly isInForce: boolean;
  readonly published: AuditEntry | null;
}

/** A purpose and channel with its notices, newest first. */
export interface NoticeSubject {
  readonly purpose: PurposeRecord;
  readonly senderName: string;
  readonly channel: NoticeRecord["channel"];
  readonly notices: readonly ShownNotice[];
}

/** What people are told before they agree, version by version, and which versions consent may still rest on. */
export const NoticesPage = ({
  shell,
  subjects,
  inFlight,
}: {
  shell: ShellModel;
  subjects: readonly NoticeSubject[];
  inFlight: number | null;
}) => (
  <Shell shell={shell}>
    <Head
      title="Notices"
      meta={["The exact words people agree to; a version is never changed, only followed by another"]}
    >
      <a class="btn go" href="/settings/notices/new">
        Write a notice
      </a>
    </Head>
    <div class="stack">
      <SettingsNav current="notices" />
      <Changed inFlight={inFlight} />
      {subjects.length === 0 ? (
        <Panel title="No notice yet">
          <p>Notices will stand here. A form needs one for each of its boxes; the first is written above.</p>
        </Panel>
      ) : (
        subjects.map((subject) => <Subject subject={subject} />)
      )}
    </div>
  </Shell>
);

const Subject = ({ subject: { purpose, senderName, channel, notices } }: { subject: NoticeSubject }) => (
  <Panel title={`${purpose.name}, ${BY[channel]}`} end={senderName}>
    <table class="rows">
      <thead>
        <tr>
          <th scope="col">Version</th>
          <th scope="col">Language</th>
          <th scope="col">Consent under it</th>
          <th scope="col">What people read</th>
          <th scope="col">Published</th>
          <th scope="col">
            <span class="sr">Go on from it</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {notices.map(({ notice, isInForce, published }) => (
          <tr>
            <th scope="row" data-l="Version">
              {notice.version}
              <span class="sub">
                <code>sha256 {notice.hash.slice(0, 12)}…</code>
              </span>
            </th>
            <td data-l="Language">{languageName(notice.language)}</td>
            <td data-l="Consent">
              {isInForce ? (
                <State state="allow" word="Counts" />
              ) : (
                <State state="lapsed" word="No longer permits: the meaning has changed since" />
              )}
            </td>
            <td data-l="Reads">
              <details class="more">
                <summary>
                  Read it
                  <span class="sr">
                    : {notice.version}, {languageName(notice.language)}
                  </span>
                </summary>
                <p class="asis" lang={notice.language}>
                  {notice.wording}
                </p>
              </details>
            </td>
            <td data-l="Published" class="small">
              <LastChange entry={published} />
            </td>
            <td data-l="">
              <a href={`/settings/notices/new?from=${notice.id}`}>
                Next version<span class="sr"> or translation of {notice.version}</span>
              </a>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </Panel>
);

/** A language by its own name where it is one of ours, else its tag. */
export const languageName = (tag: string): string =>
  Object.hasOwn(OWN_NAMES, tag) ? OWN_NAMES[tag as keyof typeof OWN_NAMES] : tag;
