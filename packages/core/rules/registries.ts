import type { BlockReason } from "../decision.ts";
import { instantMs } from "../instant.ts";
import type { Place } from "../place/places.ts";
import type { Case } from "./case.ts";
import { isYoung } from "./copy-age.ts";
import { REGISTRIES, type Registry, STATE_LIST, STATE_LISTS } from "./do-not-call-lists.ts";
import { EVERYWHERE, type Finding, PASS, type Rule } from "./rule.ts";

function freshness(asked: Case): Finding {
  return eachRegistry(asked, (registry, copy) =>
    copy === undefined || !isYoung(asked, copy.listAsOf, registry.daysMax) ? "dnc-registry-stale" : null,
  );
}

function listing(asked: Case): Finding {
  return eachRegistry(asked, (registry, copy, place) => {
    if (copy === undefined || copy.listed === false) return null;
    // An entry without a date may be younger than any consent.
    const listedAtMs = copy.listedAt === undefined ? Number.POSITIVE_INFINITY : instantMs(copy.listedAt);
    return registry.entry(asked, place, listedAtMs);
  });
}

type Copy = NonNullable<Case["facts"]["registries"]>[number];

/** Asks every list that the places of this case require; the first reason found blocks. */
function eachRegistry(
  asked: Case,
  ask: (
    registry: Pick<Registry, "daysMax" | "entry">,
    copy: Copy | undefined,
    place: Place,
  ) => BlockReason | null,
): Finding {
  if (!asked.isMarketing) return PASS;
  for (const place of asked.places) {
    for (const registry of REGISTRIES) {
      if (registry.country !== place.country || !isRequired(registry, asked)) continue;
      for (const copy of copiesOf(asked, registry.id)) {
        const reason = ask(registry, copy, place);
        if (reason !== null) return { kind: "block", reason };
      }
    }
    if (asked.policy.requiresStateDoNotCallLists === false || !STATE_LISTS.has(place.region ?? "")) continue;
    for (const copy of copiesOf(asked, `${place.region}-DNC`)) {
      const reason = ask(STATE_LIST, copy, place);
      if (reason !== null) return { kind: "block", reason };
    }
  }
  return PASS;
}

/** A list that is given is heeded though this campaign need not ask it. */
const isRequired = (registry: Registry, asked: Case): boolean =>
  (registry.until === null || asked.nowMs < instantMs(registry.until)) &&
  (registry.isNeeded(asked) ||
    (asked.facts.registries ?? []).some((copy) => copy.id === registry.id && copy.listed !== false));

/** Every copy given of a list; one that is missing is asked about as such. */
function copiesOf(asked: Case, id: string): readonly (Copy | undefined)[] {
  const copies = (asked.facts.registries ?? []).filter((copy) => copy.id === id);
  return copies.length === 0 ? [undefined] : copies;
}

const COUNTRIES = [...new Set(REGISTRIES.map((registry) => registry.country))];

export const REGISTRY_RULES: readonly Rule[] = [
  {
    ...EVERYWHERE,
    id: "dnc-registry-stale",
    asks: "Is there a current copy of every do-not-call list the place requires?",
    channels: ["phone"],
    jurisdictions: COUNTRIES,
    citation: "47 CFR 64.1200(c)(2); PECR 21; L. 5/2018; CRTC UTR; DNCR Act 2006; see the list of registries",
    reads: ["registries"],
    check: freshness,
  },
  {
    ...EVERYWHERE,
    id: "dnc-registry-listed",
    asks: "Is the number on a do-not-call list, and does nothing beat the entry?",
    channels: ["phone"],
    jurisdictions: COUNTRIES,
    citation: "47 CFR 64.1200(c)(2), (f)(5); 16 CFR 310.2; PECR 21(4); L. 5/2018; CRTC UTR part II",
    reads: ["registries", "consents", "relationship"],
    check: listing,
  },
];
