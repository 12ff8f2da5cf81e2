import type { Channel } from "./facts.ts";

const ADDRESS_LENGTH_MAX = 254;
const LOCAL_LENGTH_MAX = 64;
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** Nearly every domain is this once in lower case; what is not goes the long way, which says the same of these. */
const ASCII_DOMAIN = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+$/;
/** RFC 5322 dot-atom characters, plus letters beyond ASCII (RFC 6532). No quoted local parts: they only hide tricks. */
const LOCAL = /^[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u;
const E164 = /^\+[1-9][0-9]{6,14}$/;
/** Gmail ignores dots in the local part, and googlemail.com is the same mailbox. */
const GMAIL = new Set(["gmail.com", "googlemail.com"]);

/**
 * True for an address we are willing to hand to a mail server: one `@`, no spaces or control characters, no quoted
 * part, at most 254 characters. Linear in the length of the text.
 */
export function isEmailAddress(text: string): boolean {
  return splitAddress(text) !== null;
}

/** True for an E.164 number: `+` and 7 to 15 digits. */
export function isPhoneNumber(text: string): boolean {
  return E164.test(text);
}

/**
 * The exact key of a contact point, which consent is given for: the local part as written, the domain in lower-case
 * A-labels. Null when it is no address or number.
 */
export function exactKey(channel: Channel, contactPoint: string): string | null {
  if (channel === "phone") return isPhoneNumber(contactPoint) ? contactPoint : null;
  const parts = splitAddress(contactPoint);
  return parts === null ? null : `${parts.local}@${parts.domain}`;
}

/**
 * The canonical key, which suppression binds: lower case, A-labels, no +tag, Gmail dots removed; a number as E.164.
 * A stop must not be escaped by spelling. Null when it is no address or number.
 * @source rules.md 0.6
 */
export function canonicalKey(channel: Channel, contactPoint: string): string | null {
  if (channel === "phone") return isPhoneNumber(contactPoint) ? contactPoint : null;
  const parts = splitAddress(contactPoint);
  if (parts === null) return null;
  const folded = parts.local.normalize("NFKC").toLowerCase();
  const tagAt = folded.indexOf("+");
  const untagged = tagAt > 0 ? folded.slice(0, tagAt) : folded;
  if (!GMAIL.has(parts.domain)) return `${untagged}@${parts.domain}`;
  return `${untagged.replaceAll(".", "")}@gmail.com`;
}

function splitAddress(text: string): { readonly local: string; readonly domain: string } | null {
  if (text.length > ADDRESS_LENGTH_MAX) return null;
  const at = text.lastIndexOf("@");
  const local = text.slice(0, at);
  if (at < 1 || local.length > LOCAL_LENGTH_MAX || !LOCAL.test(local)) return null;
  const domain = asciiDomain(text.slice(at + 1));
  return domain === null ? null : { local, domain };
}

/** A domain as lower-case A-labels (IDNA): `BÜCHER.example` and `xn--bcher-kva.example` are one. Null when invalid. */
export function asciiDomain(domain: string): string | null {
  const lower = domain.toLowerCase();
  if (ASCII_DOMAIN.test(lower)) return lower;
  const labels = domain
    .normalize("NFKC")
    .toLowerCase()
    .split(/[.\u3002]/u);
  if (labels.length < 2) return null;
  const ascii = labels.map(asciiLabel);
  return ascii.every((label) => label !== null && LABEL.test(label)) ? ascii.join(".") : null;
}

function asciiLabel(label: string): string | null {
  const points = Array.from(label, (character) => character.codePointAt(0) ?? 0);
  if (points.every((point) => point < 0x80)) return label;
  if (!/^[\p{L}\p{N}\p{M}-]+$/u.test(label)) return null;
  return `xn--${punycode(points)}`;
}

/** Punycode, RFC 3492 section 6.3, with that section's parameter names. Input: code points of one label. */
function punycode(points: readonly number[]): string {
  const basic = points.filter((point) => point < 0x80);
  let output = String.fromCodePoint(...basic) + (basic.length > 0 ? "-" : "");
  let n = 0x80;
  let delta = 0;
  let bias = 72;
  let handled = basic.length;
  while (handled < points.length) {
    const next = Math.min(...points.filter((point) => point >= n));
    delta += (next - n) * (handled + 1);
    n = next;
    for (const point of points) {
      if (point < n) delta += 1;
      if (point !== n) continue;
      output += variableLength(delta, bias);
      bias = adapt(delta, handled + 1, handled === basic.length);
      delta = 0;
      handled += 1;
    }
    delta += 1;
    n += 1;
  }
  return output;
}

function variableLength(delta: number, bias: number): string {
  let text = "";
  let q = delta;
  for (let k = 36; ; k += 36) {
    const threshold = Math.max(1, Math.min(26, k - bias));
    if (q < threshold) return text + digit(q);
    text += digit(threshold + ((q - threshold) % (36 - threshold)));
    q = Math.floor((q - threshold) / (36 - threshold));
  }
}

function adapt(delta: number, count: number, first: boolean): number {
  let rest = first ? Math.floor(delta / 700) : Math.floor(delta / 2);
  rest += Math.floor(rest / count);
  let k = 0;
  for (; rest > 455; k += 36) rest = Math.floor(rest / 35);
  return k + Math.floor((36 * rest) / (rest + 38));
}

const digit = (value: number): string => String.fromCharCode(value < 26 ? value + 97 : value + 22);
