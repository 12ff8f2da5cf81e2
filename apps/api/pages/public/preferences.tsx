import type { Choice, OwnPoint, Preferences, Topic } from "#flow/preferences/read-preferences";
import { dayIn, wayOf } from "../words/catalogue.ts";
import { ownAddress, PublicPage, type Reader, SignalRecorded, Undo } from "./frame.tsx";
import { History } from "./history.tsx";
import { capLabel, PACES } from "./paces.ts";

/** What the press before this page did, told on top of it; the page below shows what is stored since. */
export interface Done {
  readonly stopped: number;
  readonly everything: boolean;
  readonly inFlight: number;
  readonly isPaced: boolean;
  readonly isAsked: boolean;
  readonly undo: "none" | "undone" | "not-valid";
  readonly undoNonce: string | null;
}

/** Everything a person gets, as stored, with one press to stop all of it on top. */
export const PreferencesPage = ({
  reader,
  model,
  done,
  optOutRecorded = false,
}: {
  reader: Reader;
  model: Preferences;
  done: Done | null;
  optOutRecorded?: boolean;
}) => {
  const words = reader.words.preferences;
  return (
    <PublicPage
      reader={reader}
      speaker={model.speaker}
      title={done === null ? words.title : words.savedTitle}
    >
      {done === null ? null : <DoneNote reader={reader} model={model} done={done} />}
      {done === null ? <h1>{words.title}</h1> : <h2>{words.title}</h2>}
      <p>
        {words.forWhom} <Points points={model.points} />. {words.onRecord}
      </p>
      <SignalRecorded reader={reader} isRecorded={optOutRecorded} />
      <form method="post" action={ownAddress(reader)} class="stopall">
        <p>
          <strong>{words.noneOfIt}</strong> {words.onePress}
        </p>
        <input type="hidden" name="act" value="everything" />
        <button class="btn stop" type="submit">
          {reader.words.common.stopEverything}
        </button>
      </form>
      <form method="post" action={ownAddress(reader)}>
        <input type="hidden" name="act" value="save" />
        {model.topics.map((topic) => (
          <TopicChoices reader={reader} model={model} topic={topic} />
        ))}
        <Paces reader={reader} model={model} />
        <button class="btn go mt2" type="submit">
          {words.save}
        </button>
        <p class="small muted mt">{words.saveHint}</p>
      </form>
      <History reader={reader} model={model} />
    </PublicPage>
  );
};

const Points = ({ points }: { points: readonly OwnPoint[] }) => (
  <>
    {points.map((point, place) => (
      <>
        {place === 0 ? null : ", "}
        <strong class="nowrap">{point.maskedValue}</strong>
      </>
    ))}
  </>
);

const DoneNote = ({ reader, model, done }: { reader: Reader; model: Preferences; done: Done }) => {
  const { preferences, stopped, undone } = reader.words;
  const pausedUntil = pauseOf(model);
  const lines = [
    ...(done.everything ? [stopped.everything] : []),
    ...(!done.everything && done.stopped > 0 ? [preferences.savedStopped(done.stopped)] : []),
    ...(done.inFlight > 0 ? [stopped.onTheWay(done.inFlight)] : []),
    ...(done.isPaced
      ? [
          pausedUntil === null
            ? preferences.savedPace
            : preferences.savedPaused(dayIn(reader.language, pausedUntil)),
        ]
      : []),
    ...(done.isAsked ? [preferences.savedAsked] : []),
    ...(done.undo === "undone" ? [undone.done] : []),
    ...(done.undo === "not-valid" ? [undone.late, undone.lateText] : []),
  ];
  return (
    <div class="done">
      <h1 role="status">{preferences.savedTitle}</h1>
      {(lines.length === 0 ? [preferences.savedNothing] : lines).map((line) => (
        <p>{line}</p>
      ))}
      <Undo reader={reader} nonce={done.undoNonce} action={ownAddress(reader)} />
    </div>
  );
};

/** Until when the person is paused; null when they are not. */
export const pauseOf = ({ pace, now }: Preferences): Date | null =>
  pace?.pausedUntil != null && pace.pausedUntil > now ? pace.pausedUntil : null;

const TopicChoices = ({ reader, model, topic }: { reader: Reader; model: Preferences; topic: Topic }) => (
  <fieldset class="choice">
    <legend>
      {topic.name}
      {topic.senderName === model.speaker.senderName ? "" : ` (${topic.senderName})`}
    </legend>
    <p class="small muted">{topic.description}</p>
    {topic.choices.map((choice) => (
      <OneChoice reader={reader} model={model} choice={choice} />
    ))}
  </fieldset>
);

const OneChoice = ({ reader, model, choice }: { reader: Reader; model: Preferences; choice: Choice }) => {
  const words = reader.words.preferences;
  const several = model.points.filter((point) => point.channel === choice.point.channel).length > 1;
  const label = words.channel(choice.point.channel, choice.point.maskedValue, several);
  const standing = standingOf(reader, choice);
  if (!choice.isOn && !choice.canAsk) {
    return (
      <p class="fixed">
        <span>{label}</span>
        <span class="sub">
          {standing}
          {choice.point.channel === "phone" ? `. ${words.onlyByPhone}` : ""}
        </span>
      </p>
    );
  }
  return (
    <>
      <input type="hidden" name="shown" value={choice.key} />
      <label for={choice.key}>
        <input type="checkbox" id={choice.key} name="on" value={choice.key} checked={choice.isOn} />
        <span>{label}</span>
        <span class="sub">{standing}</span>
      </label>
    </>
  );
};

function standingOf(reader: Reader, choice: Choice): string {
  const words = reader.words.preferences;
  return [
    statusWords(reader, choice),
    ...(choice.lapsesAt === null ? [] : [words.endsOn(dayIn(reader.language, choice.lapsesAt))]),
    ...(choice.heldBy === null ? [] : [words.heldBack]),
  ].join("; ");
}

function statusWords(reader: Reader, choice: Choice): string {
  const words = reader.words.preferences;
  const day = choice.since === null ? "" : dayIn(reader.language, choice.since);
  const way = choice.method === null ? "" : reader.words.history.way[wayOf(choice.method)];
  switch (choice.status) {
    case "yes":
      return day === "" ? words.on : words.onSince(day, way);
    case "withdrawn":
      return words.offSince(day, way);
    case "refused":
      return words.refusedOn(day);
    case "lapsed":
      return words.lapsedOn(day);
    case "notice-changed":
      return choice.canAsk ? `${words.changedSince(day)}. ${words.confirmAnew}` : words.changedSince(day);
    case "requested":
      return words.askedOn(day);
    case "never-asked":
      return words.neverAsked;
    case "by-law":
      return words.byLaw;
    case "unproved":
      return words.unproved;
    case "stopped":
      return words.stoppedSince(day);
    default:
      return choice.status satisfies never;
  }
}

const Paces = ({ reader, model }: { reader: Reader; model: Preferences }) => {
  const words = reader.words.preferences;
  const pausedUntil = pauseOf(model);
  const current =
    pausedUntil !== null
      ? "keep"
      : (PACES.find(
          (pace) =>
            pace.kind === "cap" &&
            pace.max === model.pace?.capMax &&
            pace.windowHours === model.pace.capWindowHours,
        )?.name ?? "as-it-comes");
  const option = (name: string, label: string) => (
    <label for={`pace-${name}`}>
      <input type="radio" id={`pace-${name}`} name="pace" value={name} checked={name === current} />
      <span>{label}</span>
    </label>
  );
  return (
    <fieldset class="pick">
      <legend>
        <span class="h2">{words.paceTitle}</span>
      </legend>
      {pausedUntil === null ? null : option("keep", words.pausedUntil(dayIn(reader.language, pausedUntil)))}
      {PACES.map((pace) => option(pace.name, paceLabel(reader, pace)))}
    </fieldset>
  );
};

function paceLabel(reader: Reader, pace: (typeof PACES)[number]): string {
  const words = reader.words.preferences;
  switch (pace.kind) {
    case "free":
      return words.asItComes;
    case "cap":
      return capLabel(reader, pace.max, pace.windowHours);
    case "pause":
      return words.nothingFor(pace.days);
    default:
      return pace satisfies never;
  }
}
