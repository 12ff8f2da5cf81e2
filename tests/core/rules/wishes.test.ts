import { describe, expect, test } from "vitest";
import { decide, settle } from "#core/decide";
import { answers, call, email, yes, yesToCalls } from "../question.ts";

const ALLOW = "allow consent-express";
const order = { kind: "transactional" } as const;

describe("a break the person asked for", () => {
  const until = "2026-12-23T15:00:00Z";
  const paused = (pausedUntil: string, change: Parameters<typeof email>[1] = {}) =>
    email("DE", { ...yes(), wishes: { pausedUntil }, ...change });
  const WAIT = `defer paused-by-person until ${until}`;
  // biome-ignore format: one case a line
  answers([
    ["holds messages back until its end", paused(until), WAIT, "once it is over", paused("2026-11-23T15:00:00Z"), ALLOW],
    ["to the second", paused("2026-11-23T15:00:01Z"), "defer paused-by-person until 2026-11-23T15:00:01Z", "a second less", paused("2026-11-23T15:00:00Z"), ALLOW],
    ["holds calls back as well", call("DE", { ...yesToCalls(), wishes: { pausedUntil: until } }), WAIT, "without it", call("DE", yesToCalls()), ALLOW],
    ["does not hold back what is about an order", paused(until, { campaign: order }), "allow transactional", "an offer", paused(until), WAIT],
    ["holds mixed content back", paused(until, { campaign: { kind: "mixed" } }), WAIT, "about an order", paused(until, { campaign: order }), "allow transactional"],
    ["that ends in the night is followed by the morning's hours", call("DE", { ...yesToCalls(), wishes: { pausedUntil: "2026-11-24T01:00:00Z" } }), "defer paused-by-person until 2026-11-24T07:00:00Z", "without it", call("DE", yesToCalls()), ALLOW],
    ["binds under the law's own bases too", email("US-NY", { wishes: { pausedUntil: until } }), WAIT, "without it", email("US-NY"), "allow opt-out-regime"],
    ["of which the end cannot be read blocks", paused("soon"), "block rule-error", "that can", paused("2026-01-01"), ALLOW],
  ]);

  test("is a block where the campaign ends first, and never lifts a no", () => {
    expect(settle(paused(until), "2026-12-01T00:00:00Z")).toMatchObject({
      verdict: "block",
      reason: "paused-by-person",
    });
    expect(decide(email("DE", { wishes: { pausedUntil: until } })).verdict).toBe("block");
  });
});

describe("the person's own cap", () => {
  const capped = (max: number, contactedAt: string[], change: Parameters<typeof email>[1] = {}) =>
    email("DE", {
      ...yes(),
      wishes: { frequencyCap: { max, windowHours: 168 }, contactedAt },
      ...change,
    });
  const two = ["2026-11-18T08:00:00Z", "2026-11-20T08:00:00Z"];
  const WAIT = "defer frequency-cap until 2026-11-25T08:00:00Z";
  // biome-ignore format: one case a line
  answers([
    ["two a week", capped(2, two), WAIT, "three a week", capped(3, two), ALLOW],
    ["to the second", capped(1, ["2026-11-16T15:00:00Z"]), ALLOW, "a second less", capped(1, ["2026-11-16T15:00:01Z"]), "defer frequency-cap until 2026-11-23T15:00:01Z"],
    ["counts contacts at any address of theirs", capped(2, two, { attempts: [] }), WAIT, "and no others", capped(2, [], { attempts: two }), ALLOW],
    ["binds where the sender's own cap is wider", capped(2, two, { campaign: { frequencyCap: { max: 9, windowHours: 24 } } }), WAIT, "and not where neither does", capped(3, two, { campaign: { frequencyCap: { max: 9, windowHours: 24 } } }), ALLOW],
    ["does not bind about an order", capped(2, two, { campaign: order }), "allow transactional", "an offer", capped(2, two), WAIT],
    ["on a call", call("DE", { ...yesToCalls(), wishes: { frequencyCap: { max: 1, windowHours: 24 }, contactedAt: ["2026-11-23T09:00:00Z"] } }), "defer frequency-cap until 2026-11-24T09:00:00Z", "without it", call("DE", yesToCalls()), ALLOW],
  ]);
});
