/** UTC first, then every zone by its name. */
const TIME_ZONES: readonly string[] = [
  "UTC",
  ...Intl.supportedValuesOf("timeZone").filter((zone) => zone !== "UTC"),
];

export const isTimeZone = (zone: string): boolean => TIME_ZONES.includes(zone);

/** The time zones that a form offers. */
export const ZoneOptions = ({ chosen }: { chosen: string }) => (
  <>
    {TIME_ZONES.map((zone) => (
      <option value={zone} {...(zone === chosen ? { selected: true } : {})}>
        {zone}
      </option>
    ))}
  </>
);
