import { tintOf } from "./icon.tsx";

/** A single person is always visible. */
const LEAST_PERCENT = 0.35;
/** Not by colour alone: states that look alike at a glance carry a texture. */
const TEXTURES: Readonly<Record<string, "tex" | "dot">> = {
  deferred: "tex",
  defer: "tex",
  redeemed: "tex",
  unconfirmed: "dot",
};

/** Counts side by side on one scale, which begins at zero and ends at `total`. The numbers stand beside it as text. */
export const Bar = ({
  parts,
  total,
  size,
}: {
  parts: readonly (readonly [state: string, count: number])[];
  total: number;
  size?: "m" | "l";
}) => {
  let left = 0;
  const drawn = parts
    .filter(([, count]) => count > 0)
    .map(([state, count]) => {
      const width = Math.min(100, Math.max(LEAST_PERCENT, (count / Math.max(1, total)) * 100));
      const part = { state, x: `${left.toFixed(2)}%`, width: `${width.toFixed(2)}%` };
      left += width;
      return part;
    });
  return (
    <svg class={`bar ${size ?? ""}`} aria-hidden="true">
      {drawn.map(({ state, x, width }) => (
        <>
          <rect x={x} width={width} height="100%" class={`is-${tintOf(state)}`} />
          {TEXTURES[state] === undefined ? null : (
            <rect x={x} width={width} height="100%" class={TEXTURES[state]} />
          )}
        </>
      ))}
    </svg>
  );
};
