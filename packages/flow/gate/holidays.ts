import Holidays from "date-holidays";

/**
 * Public holidays where a person is, as local dates of two years. With a region unknown, those of every region of
 * the country: the person may be in any of them, and a call that waits a day harms nobody.
 * @source date-holidays; calling-hours rows with a holiday column
 */
export function publicHolidays(country: string, region: string | null, year: number): readonly string[] {
  const key = `${country} ${region ?? "*"} ${year}`;
  const known = cache.get(key);
  if (known !== undefined) return known;
  const dates = new Set<string>();
  for (const calendar of calendarsOf(country, region)) {
    for (const each of [year, year + 1]) {
      for (const holiday of calendar.getHolidays(each)) {
        if (holiday.type === "public") dates.add(holiday.date.slice(0, 10));
      }
    }
  }
  const sorted = [...dates].sort();
  cache.set(key, sorted);
  return sorted;
}

const cache = new Map<string, readonly string[]>();

function calendarsOf(country: string, region: string | null): readonly Holidays[] {
  const nation = new Holidays(country);
  const states = Object.keys(nation.getStates(country) ?? {});
  if (region === null) return [nation, ...states.map((state) => new Holidays(country, state))];
  const state = region.slice(region.indexOf("-") + 1);
  return states.includes(state) ? [nation, new Holidays(country, state)] : [nation];
}
