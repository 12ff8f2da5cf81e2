const BEAT_EVERY_MS = 5_000;

/**
 * Tells the sweeper that this process lives. A beat that finds the session declared dead is reported: what this
 * process had on the wire is then `unconfirmed` already, and its outcomes count as evidence.
 */
export function startHeartbeat(
  beat: () => Promise<boolean>,
  onError: (error: unknown) => void,
): { stop(): void } {
  const timer = setInterval(() => {
    beat().then((alive) => {
      if (!alive) onError(new Error("this worker's session was declared dead while it lived"));
    }, onError);
  }, BEAT_EVERY_MS);
  return { stop: () => clearInterval(timer) };
}
