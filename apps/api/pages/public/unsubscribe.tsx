import { momentIn } from "../words/catalogue.ts";
import {
  OneButton,
  ownAddress,
  PublicPage,
  type Reader,
  SayingPage,
  SignalRecorded,
  type SpeakerLine,
  Undo,
} from "./frame.tsx";

export interface UnsubscribeModel extends SpeakerLine {
  readonly purposeName: string;
  readonly maskedAddress: string | null;
  /** The page with all choices; null for a person we no longer know. */
  readonly choicesPath: string | null;
}

/** Asks; changes nothing. One filled button for the topic, everything below it. */
export const UnsubscribePage = ({
  reader,
  model,
  optOutRecorded = false,
}: {
  reader: Reader;
  model: UnsubscribeModel;
  optOutRecorded?: boolean;
}) => {
  const { unsubscribe, common } = reader.words;
  const title = unsubscribe.title(model.purposeName);
  return (
    <PublicPage reader={reader} speaker={model} title={title}>
      <h1>{title}</h1>
      <p>
        {unsubscribe.where} <strong class="nowrap">{model.maskedAddress ?? common.yourAddress}</strong>.
      </p>
      <p>{unsubscribe.notYet}</p>
      <SignalRecorded reader={reader} isRecorded={optOutRecorded} />
      <OneButton action={ownAddress(reader)} fields={{ scope: "topic" }} kind="go">
        {unsubscribe.stop(model.purposeName)}
      </OneButton>
      <h2>{unsubscribe.moreTitle}</h2>
      <p>{unsubscribe.more}</p>
      <OneButton action={ownAddress(reader)} fields={{ scope: "everything" }}>
        {common.stopEverything}
      </OneButton>
      {model.choicesPath === null ? null : (
        <>
          <h2>{unsubscribe.changeTitle}</h2>
          <p>
            <a href={ownAddress(reader, model.choicesPath)}>{unsubscribe.change}</a>
          </p>
        </>
      )}
      <p class="small muted">{unsubscribe.forwarded}</p>
    </PublicPage>
  );
};

export interface StoppedModel extends UnsubscribeModel {
  readonly scope: "topic" | "everything";
  readonly since: Date;
  readonly inFlight: number;
  readonly undoNonce: string | null;
  /** Where the signed receipt of the stop is. */
  readonly receiptPath: string;
}

/** Says what was stopped, since when, what may still arrive, and offers the one-time undo. */
export const StoppedPage = ({ reader, model }: { reader: Reader; model: StoppedModel }) => {
  const { stopped, common } = reader.words;
  return (
    <PublicPage reader={reader} speaker={model} title={stopped.title}>
      <h1 role="status">
        {model.scope === "everything" ? stopped.everything : stopped.topic(model.purposeName)}
      </h1>
      <p>
        {model.inFlight === 0
          ? stopped.from(momentIn(reader.language, model.since))
          : stopped.onTheWay(model.inFlight)}
      </p>
      <p>
        <a href={model.receiptPath} download="stop-receipt.json">
          {stopped.receipt}
        </a>
      </p>
      {model.scope === "topic" ? (
        <OneButton action={ownAddress(reader)} fields={{ scope: "everything" }}>
          {common.stopEverything}
        </OneButton>
      ) : null}
      <Undo reader={reader} nonce={model.undoNonce} action={ownAddress(reader)} />
      {model.choicesPath === null ? null : (
        <p class="mt2">
          <a href={ownAddress(reader, model.choicesPath)}>{common.choices}</a>
        </p>
      )}
    </PublicPage>
  );
};

export const UndonePage = ({
  reader,
  speaker,
  undone,
}: {
  reader: Reader;
  speaker: SpeakerLine;
  undone: boolean;
}) => {
  const { undone: words } = reader.words;
  return (
    <SayingPage
      reader={reader}
      speaker={speaker}
      title={undone ? words.done : words.late}
      lines={[undone ? words.doneText : words.lateText]}
    />
  );
};
