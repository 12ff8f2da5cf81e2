import type { Question } from "#core/facts";
import { answers, at, call, copy, NOW } from "../question.ts";

const OPT_OUT = "allow opt-out-regime";
const NEVER = "block quiet-hours";

/** In New York, where the law lets one call from 8 to 21. */
const newYork = (
  local: string,
  from = "10:00",
  to = "17:30",
  change: Parameters<typeof call>[1] = {},
): Question =>
  call("US-NY", { now: at("America/New_York", local), campaign: { callWindow: { from, to } }, ...change });
/** Of somebody who lives on two clocks. */
const twoClocks = (local: string, from: string, to: string) =>
  newYork(local, from, to, { tzCandidates: ["America/New_York", "America/Los_Angeles"] });
const wait = (zone: string, local: string) => `defer quiet-hours until ${at(zone, local)}`;
const EAST = "America/New_York";

// biome-ignore format: one case a line
answers([
  ["a minute before the campaign's hours", newYork("2026-11-23T09:59"), wait(EAST, "2026-11-23T10:00"), "at the first", newYork("2026-11-23T10:00"), OPT_OUT],
  ["at the closing minute", newYork("2026-11-23T17:30"), wait(EAST, "2026-11-24T10:00"), "a minute before", newYork("2026-11-23T17:29"), OPT_OUT],
  ["hours that are wider than the law's do not widen it", newYork("2026-11-23T21:30", "06:00", "23:00"), wait(EAST, "2026-11-24T08:00"), "within both", newYork("2026-11-23T20:30", "06:00", "23:00"), OPT_OUT],
  ["until midnight", newYork("2026-11-23T09:00", "10:00", "24:00"), wait(EAST, "2026-11-23T10:00"), "open", newYork("2026-11-23T20:59", "10:00", "24:00"), OPT_OUT],
  ["both clocks have to be inside", twoClocks("2026-11-23T12:30", "10:00", "17:30"), wait(EAST, "2026-11-23T13:00"), "both are", twoClocks("2026-11-23T13:00", "10:00", "17:30"), OPT_OUT],
  ["hours that no moment suits on both", twoClocks("2026-11-23T12:30", "10:00", "12:00"), NEVER, "wider", twoClocks("2026-11-23T14:00", "10:00", "17:00"), OPT_OUT],
  ["hours that end before they begin", newYork("2026-11-23T12:00", "17:00", "10:00"), NEVER, "the other way round", newYork("2026-11-23T12:00"), OPT_OUT],
  ["a time that is none", newYork("2026-11-23T12:00", "10", "17:00"), NEVER, "one", newYork("2026-11-23T12:00", "10:00", "17:00"), OPT_OUT],
  ["over the hour that clocks jump, the first minute after it", newYork("2027-03-14T13:00", "14:00", "15:00"), wait(EAST, "2027-03-14T14:00"), "in it", newYork("2027-03-14T14:00", "14:00", "15:00", { registries: [copy("US-NDNCR", { listAsOf: "2027-03-10" })] }), OPT_OUT],
  ["no hours of its own", call("US-NY", { now: at(EAST, "2026-11-23T21:30") }), wait(EAST, "2026-11-24T08:00"), "the law's", call("US-NY", { now: NOW }), OPT_OUT],
]);
