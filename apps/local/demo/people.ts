/** A person of the demo, and what is on record about them. */
export interface DemoPerson {
  readonly fullName: string;
  readonly email: string;
  readonly country: string;
  readonly language: string;
  readonly city: string;
  readonly plan: "free" | "plus" | "club";
  readonly consent:
    | "given"
    | "double-opt-in"
    | "withdrawn"
    | "expired"
    | "never-asked"
    | "unsubscribed"
    | "complained"
    | "bounced"
    | "requested";
  /** Days ago, for the consent or its end. */
  readonly daysAgo: number;
}

const PLACES = [
  {
    country: "DE",
    language: "de",
    cities: ["Berlin", "Leipzig", "Freiburg", "Hamburg"],
    given: ["Lea", "Jonas", "Henrike", "Emil", "Marlene", "Deniz", "Katharina", "Oskar"],
    family: ["Brandt", "Okafor", "Arslan", "Weil", "Sommer", "Krüger", "Vogt", "Lindner"],
  },
  {
    country: "FR",
    language: "fr",
    cities: ["Lyon", "Nantes", "Lille", "Grenoble"],
    given: ["Marc", "Noor", "Camille", "Théo", "Inès", "Hugo", "Manon", "Karim"],
    family: ["Dupont", "Haddad", "Moreau", "Lefèvre", "Roux", "Benali", "Girard", "Petit"],
  },
  {
    country: "IT",
    language: "it",
    cities: ["Torino", "Bologna", "Trento", "Bari"],
    given: ["Giulia", "Marco", "Chiara", "Luca", "Elena", "Davide", "Sara", "Paolo"],
    family: ["Rossi", "Ferrari", "Esposito", "Conti", "Greco", "Marino", "Bruno", "Gallo"],
  },
  {
    country: "ES",
    language: "es",
    cities: ["Bilbao", "Sevilla", "Girona", "Gijón"],
    given: ["Ana", "Pablo", "Lucía", "Diego", "Marta", "Iker", "Nuria", "Álvaro"],
    family: ["Ribeiro", "Costa", "Navarro", "Ortega", "Molina", "Iglesias", "Prieto", "Vidal"],
  },
  {
    country: "GB",
    language: "en",
    cities: ["Leeds", "Cardiff", "Bristol", "Glasgow"],
    given: ["Yara", "Owen", "Freya", "Callum", "Priya", "Isla", "Rhys", "Amara"],
    family: ["Moss", "Adeyemi", "Evans", "Fraser", "Patel", "Hughes", "Reid", "Clarke"],
  },
  {
    country: "US",
    language: "en",
    cities: ["Portland", "Denver", "Austin", "Burlington"],
    given: ["Sofia", "Caleb", "Maya", "Elijah", "Grace", "Mateo", "Zoe", "Noah"],
    family: ["Lindgren", "Nguyen", "Reyes", "Carter", "Kim", "Sullivan", "Brooks", "Flores"],
  },
] as const;

/** Shares out of 100, in the order people come. */
const CONSENTS: readonly (readonly [DemoPerson["consent"], number])[] = [
  ["given", 38],
  ["double-opt-in", 14],
  ["withdrawn", 9],
  ["expired", 8],
  ["never-asked", 20],
  ["unsubscribed", 4],
  ["complained", 1],
  ["bounced", 2],
  ["requested", 4],
];

/** A small generator with a seed (mulberry32): the demo is the same on every machine. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Believable people in six countries, with consent of every kind. Addresses are of reserved domains: nobody's. */
export function demoPeople(count: number, seed = 20_261_123): DemoPerson[] {
  const random = randomFrom(seed);
  const pick = <T>(values: readonly T[]): T => {
    const value = values[Math.floor(random() * values.length)];
    if (value === undefined) throw new Error("nothing to pick from");
    return value;
  };
  return Array.from({ length: count }, (_, place) => {
    const home = pick(PLACES);
    const given = pick(home.given);
    const family = pick(home.family);
    const consent = consentOf(random() * 100);
    return {
      fullName: `${given} ${family}`,
      email: `${plain(given)}.${plain(family)}${place}@${pick(["example.com", "example.org", "example.net"])}`,
      country: home.country,
      language: home.language,
      city: pick(home.cities),
      plan: pick(["free", "free", "plus", "club"] as const),
      consent,
      daysAgo: consent === "expired" ? 760 + Math.floor(random() * 300) : 5 + Math.floor(random() * 500),
    };
  });
}

function consentOf(share: number): DemoPerson["consent"] {
  let passed = 0;
  for (const [consent, width] of CONSENTS) {
    passed += width;
    if (share < passed) return consent;
  }
  return "never-asked";
}

const plain = (name: string): string =>
  name
    .normalize("NFD")
    .replace(/[^A-Za-z]/g, "")
    .toLowerCase();
