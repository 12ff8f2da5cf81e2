import type { CapturedMessage, CapturedSummary } from "#flow/inbox";
import { clock, Head, number, Shell, type ShellModel } from "../components/layout.tsx";

export const InboxPage = ({
  shell,
  messages,
  total,
  open,
}: {
  shell: ShellModel;
  messages: readonly CapturedSummary[];
  total: number;
  open: CapturedMessage | null;
}) => (
  <Shell shell={shell}>
    <Head
      title="Inbox"
      meta={[
        "Every message the demo sends is caught here. None leaves this machine.",
        `${number(total)} messages`,
      ]}
    />
    <section class="panel">
      {messages.length === 0 ? (
        <div class="in">
          <p>
            Messages will stand here. <a href="/campaigns">Start a campaign</a>, then come back.
          </p>
        </div>
      ) : (
        <div class={open === null ? "mail" : "mail reading"}>
          <ul>
            {messages.map((message) => (
              <li>
                <a
                  href={`/inbox/${message.id}`}
                  {...(message.id === open?.id ? { "aria-current": "true" as const } : {})}
                >
                  <span class="what2">
                    <b>{message.to.join(", ")}</b>
                    <time class="tiny muted">{clock(message.receivedAt)}</time>
                  </span>
                  <span class="sub">{message.subject}</span>
                </a>
              </li>
            ))}
          </ul>
          {open === null ? null : <Opened message={open} />}
        </div>
      )}
    </section>
  </Shell>
);

const Opened = ({ message }: { message: CapturedMessage }) => (
  <div class="in stack open">
    <p class="back">
      <a href="/inbox">All messages</a>
    </p>
    <div>
      <h2 class="t16">{message.subject}</h2>
      <p class="small muted">
        from {message.from} to {message.to.join(", ")}
      </p>
    </div>
    <iframe
      class="letter"
      title="Message"
      src={`/inbox/${message.id}/html`}
      sandbox="allow-popups allow-top-navigation-by-user-activation"
      width="100%"
      height="360"
    ></iframe>
    {message.unsubscribeUrl === null ? null : (
      <p>
        <a class="btn go" href={message.unsubscribeUrl}>
          Open the unsubscribe page
        </a>
      </p>
    )}
    <dl class="kv small">
      {message.headers
        .filter((header) =>
          /^(list-unsubscribe|list-unsubscribe-post|message-id|dkim-signature)$/i.test(header.name),
        )
        .map((header) => (
          <>
            <dt>{header.name}</dt>
            <dd>
              <code>{header.value.slice(0, 120)}</code>
            </dd>
          </>
        ))}
    </dl>
  </div>
);
