import { describe, expect, test } from "vitest";
import type { Question } from "#core/facts";
import { isEea, lawOf } from "#core/place/countries";
import { placeOfNumber, candidatePlaces as placesOf } from "#core/place/places";
import { call, email } from "./question.ts";

const candidatePlaces = ({ channel, facts }: Question) => placesOf(channel, facts, facts.contactPoint);

/** One area code of every state, territory and province. */
const AREA_CODES: readonly (readonly [region: string, ...codes: string[]])[] = [
  ["US-AL", "205", "938"],
  ["US-AK", "907"],
  ["US-AZ", "480", "928"],
  ["US-AR", "501"],
  ["US-CA", "213", "951"],
  ["US-CO", "303"],
  ["US-CT", "203"],
  ["US-DE", "302"],
  ["US-DC", "202"],
  ["US-FL", "305", "850"],
  ["US-GA", "404"],
  ["US-HI", "808"],
  ["US-ID", "208"],
  ["US-IL", "312"],
  ["US-IN", "317"],
  ["US-IA", "515"],
  ["US-KS", "316"],
  ["US-KY", "502"],
  ["US-LA", "504"],
  ["US-ME", "207"],
  ["US-MD", "410"],
  ["US-MA", "617"],
  ["US-MI", "313"],
  ["US-MN", "612"],
  ["US-MS", "601"],
  ["US-MO", "314"],
  ["US-MT", "406"],
  ["US-NE", "402"],
  ["US-NV", "702"],
  ["US-NH", "603"],
  ["US-NJ", "201"],
  ["US-NM", "505"],
  ["US-NY", "212", "934"],
  ["US-NC", "704"],
  ["US-ND", "701"],
  ["US-OH", "216"],
  ["US-OK", "405"],
  ["US-OR", "503"],
  ["US-PA", "215"],
  ["US-RI", "401"],
  ["US-SC", "803"],
  ["US-SD", "605"],
  ["US-TN", "615"],
  ["US-TX", "214", "979"],
  ["US-UT", "801"],
  ["US-VT", "802"],
  ["US-VA", "804"],
  ["US-WA", "206"],
  ["US-WV", "304"],
  ["US-WI", "414"],
  ["US-WY", "307"],
  ["US-PR", "787"],
  ["US-VI", "340"],
  ["US-GU", "671"],
  ["US-MP", "670"],
  ["US-AS", "684"],
  ["CA-AB", "403"],
  ["CA-BC", "604"],
  ["CA-MB", "204"],
  ["CA-NB", "506"],
  ["CA-NL", "709"],
  ["CA-NS", "902"],
  ["CA-ON", "416"],
  ["CA-QC", "514"],
  ["CA-SK", "306"],
  ["CA-YT", "867"],
];

describe("a number tells where its owner may be", () => {
  test.each(AREA_CODES)("%s", (region, ...codes) => {
    for (const code of codes) {
      expect(placeOfNumber(`+1${code}5550100`)).toEqual({ country: region.slice(0, 2), region });
    }
  });

  test.each<[number: string, country: string | null, region?: string]>([
    ["+262262123456", "FR", "FR-RE"],
    ["+262269123456", "FR", "FR-YT"],
    ["+262639123456", "FR", "FR-YT"],
    ["+590590123456", "FR", "FR-GP"],
    ["+594594123456", "FR", "FR-GF"],
    ["+596596123456", "FR", "FR-MQ"],
    ["+508411234", "FR", "FR-PM"],
    ["+33142000000", "FR"],
    ["+442079460000", "GB"],
    ["+4930123456", "DE"],
    ["+4311234567", "AT"],
    ["+390612345678", "IT"],
    ["+34910000000", "ES"],
    ["+31201234567", "NL"],
    ["+61290000000", "AU"],
    ["+551130000000", "BR"],
    ["+911130000000", "IN"],
    ["+81312345678", "JP"],
    ["+6561234567", "SG"],
    ["+41441234567", null],
    ["+18765550100", null],
    ["+18005550100", null],
    ["020 7946", null],
  ])("%s is of %s", (number, country, region) => {
    expect(placeOfNumber(number)).toEqual({ country, region: region ?? null });
  });

  test.each(["242", "246", "264", "268", "284", "345", "441", "473", "649", "658", "664", "721", "758"])(
    "+1 %s is of another country of the plan",
    (code) => {
      const places = candidatePlaces(call("US-NY", { contactPoint: `+1${code}5550100` }));
      expect(places).toEqual([
        { country: "US", region: "US-NY" },
        { country: null, region: null },
      ]);
    },
  );

  test.each(["767", "784", "809", "829", "849", "868", "869", "876"])("so is +1 %s", (code) => {
    expect(candidatePlaces(call("CA-ON", { contactPoint: `+1${code}5550100` }))).toHaveLength(2);
  });
});

describe("every place whose law may apply is kept to", () => {
  const of = (place: string, contactPoint: string) => candidatePlaces(call(place, { contactPoint }));
  const NY = { country: "US", region: "US-NY" };

  test("address and number in one place are one place", () => {
    expect(of("US-NY", "+12125550100")).toEqual([NY]);
    expect(of("GB", "+442079460000")).toEqual([{ country: "GB", region: null }]);
  });

  test("in two places are two, the address first", () => {
    expect(of("US-NY", "+13055550100")).toEqual([NY, { country: "US", region: "US-FL" }]);
    expect(of("US-NY", "+14165550100")).toEqual([NY, { country: "CA", region: "CA-ON" }]);
    expect(of("DE", "+4311234567")).toEqual([
      { country: "DE", region: null },
      { country: "AT", region: null },
    ]);
  });

  test("a number fills the gap of an address without a state", () => {
    expect(of("US", "+12125550100")).toEqual([NY]);
    expect(of("CA", "+16045550100")).toEqual([{ country: "CA", region: "CA-BC" }]);
  });

  test("a toll-free number is no evidence, but for the US and Canada alone, and in full alone", () => {
    expect(of("US", "+18005550100")).toEqual([{ country: "US", region: null }]);
    expect(of("CA-ON", "+18005550100")).toEqual([{ country: "CA", region: "CA-ON" }]);
    expect(of("GB", "+18005550100")).toHaveLength(2);
    for (const broken of ["+1800555010", "+180055501000", "x+18005550100", "+10005550100"]) {
      expect(of("US", broken)).toHaveLength(2);
    }
  });

  test("without a country nothing a number says makes up for it; an address by email has no number", () => {
    expect(of("unknown", "+4930123456")).toEqual([{ country: null, region: null }]);
    expect(candidatePlaces(email("US-NY"))).toEqual([NY]);
  });

  test("a state that does not exist is not known; a region elsewhere is kept", () => {
    expect(candidatePlaces(email("US-XX"))).toEqual([{ country: "US", region: null }]);
    expect(candidatePlaces(email("FR-RE"))).toEqual([{ country: "FR", region: "FR-RE" }]);
  });

  test("a number that tells the country alone adds nothing to an address with a region", () => {
    expect(of("DE-BY", "+4930123456")).toEqual([{ country: "DE", region: "DE-BY" }]);
    expect(of("FR-RE", "+33142000000")).toEqual([{ country: "FR", region: "FR-RE" }]);
  });

  test.each(["us", "USA", "xUS", " US", "US ", "U", "", "United States"])(
    "a country written as '%s' is not known, whatever the number says",
    (country) => {
      for (const question of [email("DE", { country }), call("US", { country })])
        expect(candidatePlaces(question)).toEqual([{ country: null, region: null }]);
    },
  );

  test("a territory is under the law of its country", () => {
    for (const code of ["GP", "MQ", "GF", "RE", "YT", "PM"]) {
      expect(lawOf(code)).toBe("FR");
      expect(candidatePlaces(email(code))).toEqual([{ country: "FR", region: `FR-${code}` }]);
    }
    for (const code of ["PR", "VI", "GU", "MP", "AS"]) {
      expect(candidatePlaces(email(code))).toEqual([{ country: "US", region: `US-${code}` }]);
    }
    expect(lawOf("DE")).toBe("DE");
  });

  test("the EEA is the EU with Iceland, Liechtenstein and Norway", () => {
    for (const country of ["DE", "IE", "HR", "IS", "LI", "NO"]) expect(isEea(country)).toBe(true);
    for (const country of ["GB", "CH", "US", "", "AT BE"]) expect(isEea(country)).toBe(false);
  });
});
