/** An icon of the sprite; decorative, so the word beside it says what it means. */
export const Icon = ({ name }: { readonly name: string }) => (
  <svg class="i" aria-hidden="true">
    <use href={`#i-${name}`} />
  </svg>
);

/** How each state of a recipient looks: tint, shape and word. */
const STATES: Readonly<Record<string, readonly [tint: string, icon: string, word: string]>> = {
  contacted: ["contacted", "contacted", "Contacted"],
  redeemed: ["contacted", "wire", "On the wire"],
  failed: ["failed", "failed", "Failed"],
  unconfirmed: ["unconfirmed", "unconfirmed", "Unconfirmed"],
  blocked: ["blocked", "blocked", "Blocked"],
  deferred: ["deferred", "deferred", "Deferred"],
  planned: ["neutral", "planned", "Waiting"],
  permitted: ["neutral", "planned", "Allowed, waiting"],
  cancelled: ["neutral", "cancelled", "Cancelled"],
  allowed: ["allowed", "allowed", "Allowed"],
  allow: ["allowed", "allowed", "Allowed"],
  block: ["blocked", "blocked", "Blocked"],
  defer: ["deferred", "deferred", "Deferred"],
  yes: ["allowed", "allowed", "Yes"],
  withdrawn: ["blocked", "blocked", "Withdrawn"],
  refused: ["blocked", "blocked", "Refused"],
  lapsed: ["deferred", "expired", "Lapsed"],
  "notice-changed": ["deferred", "expired", "Wording changed"],
  requested: ["neutral", "asked", "Asked"],
  "by-law": ["allowed", "allowed", "By law"],
  unproved: ["deferred", "expired", "Not proved"],
  stopped: ["blocked", "blocked", "Stopped"],
  "never-asked": ["neutral", "planned", "Never asked"],
};

export const tintOf = (state: string): string => STATES[state]?.[0] ?? "neutral";

/** A state as shape and word; colour only supports them. */
export const State = ({ state, word }: { readonly state: string; readonly word?: string }) => {
  const [tint, icon, usual] = STATES[state] ?? ["neutral", "planned", state];
  return (
    <span class={`st is-${tint}`}>
      <Icon name={icon} />
      {word ?? usual}
    </span>
  );
};
