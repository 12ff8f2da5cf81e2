/**
 * An ISO 8601 instant (or a date, read as its first moment in UTC) as milliseconds since 1970. Instants are compared
 * by this number: `…00Z` and `…00.000Z` are one instant but two texts.
 * @throws RangeError when the text is no instant; the gate turns that into a block.
 */
export function instantMs(text: string): number {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new RangeError("a fact that should be an instant is not one");
  return ms;
}

/** Sorts instants, oldest first. */
export const compareInstants = (a: string, b: string): number => instantMs(a) - instantMs(b);
