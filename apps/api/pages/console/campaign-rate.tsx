import type { HandOverCount } from "#db/read-models/campaign-rate";
import { clock, day, number, Panel } from "../components/layout.tsx";

/** A time in which nothing was to be sent; `to` is null while it lasts. */
export interface Pause {
  readonly word: "paused" | "frozen";
  readonly from: Date;
  readonly to: Date | null;
}

export interface RateModel {
  readonly counts: readonly HandOverCount[];
  readonly stepSeconds: number;
  readonly from: Date;
  readonly to: Date;
  readonly isRunning: boolean;
  readonly limitPerSecond: number | null;
  readonly perSecond: number;
  readonly pauses: readonly Pause[];
}

const WIDTH = 600;
const HEIGHT = 112;
const FLOOR = 110;
const HEADROOM = 1.1;
/** More labels than that would stand on each other; all pauses are in the sentence. */
const LABELS_MAX = 2;

/** Messages per second over the whole send: the limit dashed, pauses labelled. */
export const RatePanel = ({ model }: { model: RateModel | null }) => {
  if (model === null)
    return (
      <Panel title="Messages per second">
        <p>No message was handed over yet. The rate over the whole send will stand here.</p>
      </Panel>
    );
  const total = model.counts.reduce((sum, { count }) => sum + count, 0);
  const limit = model.limitPerSecond;
  return (
    <Panel
      title="Messages per second"
      end={
        <>
          {model.isRunning ? (
            <>
              now <b>{model.perSecond.toFixed(1)}</b>,{" "}
            </>
          ) : null}
          {limit === null ? "no limit" : `limit ${limit}`}
        </>
      }
      foot={`${number(total)} handed over; fastest ${fastest(model).toFixed(1)} a second over ${model.stepSeconds} seconds.`}
    >
      <Chart model={model} />
      <Axis model={model} />
      {model.pauses.length <= LABELS_MAX ? null : (
        <p class="small muted">{model.pauses.map((pause) => pauseText(pause, model.to)).join(", ")}</p>
      )}
    </Panel>
  );
};

const Chart = ({ model }: { model: RateModel }) => {
  const points = ratesOf(model);
  const top = Math.max(model.limitPerSecond ?? 0, ...points.map((point) => point.rate), 0.1) * HEADROOM;
  const y = (rate: number) => (FLOOR - (rate / top) * FLOOR).toFixed(1);
  const line = points.map((point) => `L${(point.share * WIDTH).toFixed(1)} ${y(point.rate)}`);
  const last = ((points.at(-1)?.share ?? 0) * WIDTH).toFixed(1);
  return (
    <svg
      class="plot"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={sentence(model)}
    >
      {model.limitPerSecond === null ? null : (
        <path class="lim" d={`M0 ${y(model.limitPerSecond)}H${WIDTH}`} />
      )}
      <path class="ax" d={`M0 ${FLOOR}H${WIDTH}`} />
      <path class="ar" d={`M0 ${FLOOR} ${line.join(" ")} L${last} ${FLOOR}Z`} />
      <path class="ln" d={`M0 ${FLOOR} ${line.join(" ")}`} />
      {model.pauses.map((pause) => (
        <path class="ax" d={`M${(shareOf(model, pause.from) * WIDTH).toFixed(1)} 0V${FLOOR}`} />
      ))}
    </svg>
  );
};

const Axis = ({ model }: { model: RateModel }) => (
  <div class="axis">
    <span>{moment(model.from, model)}</span>
    {model.pauses.slice(0, LABELS_MAX).map((pause) => (
      <span>{pauseText(pause, model.to)}</span>
    ))}
    <span>{moment(model.to, model)}</span>
  </div>
);

/** The rate of every whole stretch, those without any message too; `share` is its middle's place from 0 to 1. */
function ratesOf(model: RateModel): readonly { readonly share: number; readonly rate: number }[] {
  const { stepSeconds, from, to } = model;
  const counts = new Map(model.counts.map(({ at, count }) => [at, count]));
  const begin = Math.floor(from.getTime() / 1000 / stepSeconds) * stepSeconds;
  const end = to.getTime() / 1000;
  const points: { share: number; rate: number }[] = [];
  for (let at = begin; at < end; at += stepSeconds) {
    // The stretch under way has not all its messages yet; drawn, it would look like a drop.
    if (model.isRunning && at + stepSeconds > end) break;
    // The first and the last may begin or end within the send.
    const seconds = Math.min(at + stepSeconds, end) - Math.max(at, from.getTime() / 1000);
    const middle = new Date((at + stepSeconds / 2) * 1000);
    points.push({ share: shareOf(model, middle), rate: (counts.get(at) ?? 0) / Math.max(1, seconds) });
  }
  return points;
}

const shareOf = ({ from, to }: RateModel, at: Date): number =>
  Math.min(1, Math.max(0, (at.getTime() - from.getTime()) / Math.max(1, to.getTime() - from.getTime())));

const fastest = (model: RateModel): number => Math.max(0, ...ratesOf(model).map((point) => point.rate));

const moment = (at: Date, { from, to }: RateModel): string =>
  day(from) === day(to) ? clock(at).slice(0, 5) : `${day(at)}, ${clock(at).slice(0, 5)}`;

function pauseText(pause: Pause, until: Date): string {
  const seconds = Math.max(0, Math.round(((pause.to ?? until).getTime() - pause.from.getTime()) / 1000));
  const length = seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
  return `${clock(pause.from).slice(0, 5)} ${pause.word} ${length}`;
}

function sentence(model: RateModel): string {
  const limit = model.limitPerSecond === null ? "" : `, the limit is ${model.limitPerSecond}`;
  const pauses =
    model.pauses.length === 0
      ? ""
      : `; ${model.pauses.map((pause) => pauseText(pause, model.to)).join(", ")}`;
  return `Messages per second since ${clock(model.from)} UTC: fastest ${fastest(model).toFixed(1)}${limit}${pauses}`;
}
