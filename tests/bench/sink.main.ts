import { startSmtpSink } from "../support/smtp-sink.ts";

/** The mail server of a measurement, in a process of its own. Answers each IPC message with what came so far. */
export interface SinkReport {
  readonly port: number;
  readonly count: number;
  readonly distinct: number;
  /** Milliseconds since 1970 of the first and last final dot. */
  readonly firstAt: number;
  readonly lastAt: number;
}

const seen = new Set<string>();
let count = 0;
let firstAt = 0;
let lastAt = 0;
const sink = await startSmtpSink({
  keepMessages: false,
  onDot: ({ to }) => {
    lastAt = Date.now();
    if (count === 0) firstAt = lastAt;
    count += 1;
    seen.add(to);
  },
});
const report = () => {
  const said: SinkReport = { port: sink.port, count, distinct: seen.size, firstAt, lastAt };
  process.send?.(said);
};
process.on("message", (wish) => {
  if (wish === "reset") {
    count = 0;
    seen.clear();
  }
  report();
});
process.on("disconnect", () => process.exit(0));
report();
