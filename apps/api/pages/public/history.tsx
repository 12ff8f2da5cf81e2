import type { ContactMessage } from "#db/read-models/contact-messages";
import type { Preferences } from "#flow/preferences/read-preferences";
import { dayIn, heldBackOf, momentIn, wayOf } from "../words/catalogue.ts";
import { ownAddress, PublicPage, type Reader } from "./frame.tsx";
import { capLabel } from "./paces.ts";

const SHOWN_MAX = 20;

interface Entry {
  readonly at: Date;
  readonly text: string;
  readonly messageId: number | null;
}

/** What the person did and what was sent to them, newest first. */
export const History = ({ reader, model }: { reader: Reader; model: Preferences }) => {
  const words = reader.words.preferences;
  const entries = entriesOf(reader, model).slice(0, SHOWN_MAX);
  return (
    <>
      <h2>{words.historyTitle}</h2>
      {entries.length === 0 ? (
        <p>{words.historyEmpty}</p>
      ) : (
        <ul class="hist">
          {entries.map((entry) => (
            <li>
              <time datetime={entry.at.toISOString()}>{dayIn(reader.language, entry.at)}</time>
              <span>
                {entry.text} <WhyLink reader={reader} messageId={entry.messageId} />
              </span>
            </li>
          ))}
        </ul>
      )}
      <p>
        <a href={ownAddress(reader, `${reader.path}/messages`)}>{words.all}</a>
      </p>
      {model.deeds.some((deed) => deed.event.purposeId !== null) ? (
        <p>
          <a href={`${reader.path}/receipts`} download="consent-receipts.json">
            {words.receipts}
          </a>
        </p>
      ) : null}
    </>
  );
};

const WhyLink = ({ reader, messageId }: { reader: Reader; messageId: number | null }) =>
  messageId === null ? null : (
    <a href={ownAddress(reader, `${choicesOf(reader)}/messages/${messageId}`)}>{reader.words.history.why}</a>
  );

/** The address of the page with all choices, from any page below it. */
const choicesOf = (reader: Reader): string => reader.path.replace(/\/messages.*$/, "");

function entriesOf(reader: Reader, model: Preferences): Entry[] {
  const { history, common } = reader.words;
  const deeds = model.deeds.map(({ at, event, purposeName }) => ({
    at,
    text: history.deed(event.type, purposeName ?? history.everything, common.by[event.channel]),
    messageId: null,
  }));
  const paces = model.paces.map((pace) => ({
    at: pace.createdAt,
    text: history.paced(
      pace.pausedUntil === null ? null : dayIn(reader.language, pace.pausedUntil),
      pace.capMax === null || pace.capWindowHours === null
        ? null
        : capLabel(reader, pace.capMax, pace.capWindowHours),
    ),
    messageId: null,
  }));
  const messages = model.messages
    .filter((message) => message.state !== "blocked")
    .map((message) => ({ at: message.at, text: sentText(reader, message), messageId: message.id }));
  return [...deeds, ...paces, ...messages].sort((a, b) => b.at.getTime() - a.at.getTime());
}

function sentText(reader: Reader, message: ContactMessage): string {
  const { history } = reader.words;
  const text =
    message.channel === "email"
      ? history.emailed(message.campaignName)
      : history.called(message.campaignName);
  return message.state === "unconfirmed" ? `${text} ${history.maybe}` : text;
}

/** Everything that was sent and everything that was held back, each with its reason. */
export const MessagesPage = ({ reader, model }: { reader: Reader; model: Preferences }) => {
  const { messages, common } = reader.words;
  const sent = model.messages.filter((message) => message.state !== "blocked");
  return (
    <PublicPage reader={reader} speaker={model.speaker} title={messages.title}>
      <h1>{messages.title}</h1>
      <h2>{messages.sent}</h2>
      {sent.length === 0 ? (
        <p>{messages.sentNone}</p>
      ) : (
        <ul class="hist">
          {sent.map((message) => (
            <li>
              <time datetime={message.at.toISOString()}>{dayIn(reader.language, message.at)}</time>
              <span>
                {sentText(reader, message)} <WhyLink reader={reader} messageId={message.id} />
              </span>
            </li>
          ))}
        </ul>
      )}
      <h2>{messages.held}</h2>
      <HeldBack reader={reader} model={model} none={messages.heldNone} />
      <p class="mt2">
        <a href={ownAddress(reader, choicesOf(reader))}>{common.backToChoices}</a>
      </p>
    </PublicPage>
  );
};

const HeldBack = ({ reader, model, none }: { reader: Reader; model: Preferences; none: string }) => {
  const held = model.messages.filter((message) => message.state === "blocked");
  if (held.length === 0) return <p>{none}</p>;
  return (
    <ul class="hist">
      {held.map((message) => (
        <li>
          <time datetime={message.at.toISOString()}>{dayIn(reader.language, message.at)}</time>
          <span>
            “{message.campaignName}”. {reader.words.why.blocked[heldBackOf(message.reason)]}.
          </span>
        </li>
      ))}
    </ul>
  );
};

/** One message: from whom, when, and the permission it rested on, with the words that were shown. */
export const WhyPage = ({
  reader,
  model,
  message,
}: {
  reader: Reader;
  model: Preferences;
  message: ContactMessage;
}) => {
  const { why, common, history } = reader.words;
  const point = model.points.find((each) => each.contactPointId === message.contactPointId);
  return (
    <PublicPage reader={reader} speaker={model.speaker} title={why.title}>
      <h1>{why.title}</h1>
      <dl class="kv">
        <dt>{why.message}</dt>
        <dd>{message.campaignName}</dd>
        <dt>{why.from}</dt>
        <dd>{message.senderName}</dd>
        <dt>{why.topic}</dt>
        <dd>{message.purposeName}</dd>
        <dt>{why.when}</dt>
        <dd>
          {momentIn(reader.language, message.at)}
          {message.state === "unconfirmed" ? `. ${history.maybe}` : ""}
        </dd>
        {point === undefined ? null : (
          <>
            <dt>{why.to}</dt>
            <dd>{point.maskedValue}</dd>
          </>
        )}
      </dl>
      <h2>{why.permission}</h2>
      <Permission reader={reader} message={message} />
      <h2>{why.blockedTitle}</h2>
      <HeldBack reader={reader} model={model} none={reader.words.messages.heldNone} />
      <p class="mt2">
        <a href={ownAddress(reader, choicesOf(reader))}>{common.backToChoices}</a>
      </p>
    </PublicPage>
  );
};

const Permission = ({ reader, message }: { reader: Reader; message: ContactMessage }) => {
  const { why, history } = reader.words;
  if (message.permission === "transactional") return <p>{why.ownBusiness}</p>;
  if (message.permission !== null && message.permission !== "consent-express") return <p>{why.otherBasis}</p>;
  if (message.consentAt === null || message.consentMethod === null) return <p>{why.unknown}</p>;
  return (
    <>
      <p>
        {why.consent}{" "}
        {why.agreedOn(dayIn(reader.language, message.consentAt), history.way[wayOf(message.consentMethod)])}
      </p>
      {message.noticeWording === null ? null : (
        <>
          <p>{why.shown}</p>
          <blockquote lang={message.noticeLanguage ?? reader.language}>{message.noticeWording}</blockquote>
        </>
      )}
    </>
  );
};
