const ZERO = 0x30;

/** Countries whose plain digits are read without libphonenumber. */
export type DialPlan = "nanp" | "gb" | "au" | "it";

export function dialPlanOf(country: string): DialPlan | null {
  if (country === "US" || country === "CA") return "nanp";
  return country === "GB" || country === "AU" || country === "IT"
    ? (country.toLowerCase() as "gb" | "au" | "it")
    : null;
}

const COUNTRY_CODE: Readonly<Record<DialPlan, readonly number[]>> = {
  nanp: [0x31],
  gb: [0x34, 0x34],
  au: [0x36, 0x31],
  it: [0x33, 0x39],
};

/**
 * Writes a number that is digits alone, as people of the country dial it, in international form behind `into[at]`.
 * Only shapes that cannot be read in two ways are taken.
 * @returns where the number ends; 0: its shape is not plain, and libphonenumber has to read it.
 */
export function writeNational(
  plan: DialPlan,
  digits: Uint8Array,
  count: number,
  into: Uint8Array,
  at: number,
): number {
  const from = nationalStart(plan, digits, count);
  if (from < 0) return 0;
  let end = at;
  for (const digit of COUNTRY_CODE[plan]) into[end++] = digit;
  for (let place = from; place < count; place += 1) into[end++] = digits[place] as number;
  return end;
}

/** Where the number begins behind what is dialled before it inside the country; -1: not plain. */
function nationalStart(plan: DialPlan, digits: Uint8Array, count: number): number {
  const first = (digits[0] as number) - ZERO;
  switch (plan) {
    case "nanp": {
      const from = count === 11 && first === 1 ? 1 : 0;
      // Numbers out of use are read too: libphonenumber would take twenty times as long to say the same.
      return count - from === 10 && (digits[from] as number) - ZERO >= 2 ? from : -1;
    }
    case "gb": {
      // 0 and ten digits; 8 and 0 begin ranges of several lengths.
      const second = (digits[1] as number) - ZERO;
      return count === 11 && first === 0 && (second === 1 || second === 2 || second === 3 || second === 7)
        ? 1
        : -1;
    }
    case "au": {
      const second = (digits[1] as number) - ZERO;
      const isPlain = second === 2 || second === 3 || second === 4 || second === 7 || second === 8;
      return count === 10 && first === 0 && isPlain ? 1 : -1;
    }
    case "it":
      // The zero of a landline belongs to the number.
      return count === 10 && (first === 0 || first === 3) && digits[1] !== ZERO ? 0 : -1;
    default:
      return plan satisfies never;
  }
}
