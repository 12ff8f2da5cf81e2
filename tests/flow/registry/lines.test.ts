import { createHmac, randomBytes } from "node:crypto";
import fc from "fast-check";
import { type CountryCode, parsePhoneNumberFromString } from "libphonenumber-js/max";
import { describe, expect, test } from "vitest";
import { truncatedHmac } from "#db/vault/truncated-hmac";
import { columnsOf, dayOf, headerOf } from "#flow/registries/file/formats";
import { dialPlanOf, writeNational } from "#flow/registries/file/national-number";
import { countryOfFile, type FileFormat } from "#flow/registries/file/publishers";
import { type Reading, readLines } from "#flow/registries/file/read-lines";

/** What a file says under a format: each entry as `+number day`, removals with a `-` before, and the refused lines. */
function read(text: string, format: FileFormat, mode: Reading["mode"] = "replace") {
  const [first = ""] = text.split("\n");
  const header = headerOf(first.trim());
  if (header === "no-number") throw new Error("the header names no number");
  const columns = header ?? columnsOf(first.trim());
  const body = header === null ? text : text.slice(first.length + 1);
  const entries: string[] = [];
  const refused: string[] = [];
  const lines = readLines(
    Buffer.from(body),
    { country: countryOfFile(format, "DE-NONE"), columns, mode },
    (message, length, day, isRemoval) => {
      const key = Buffer.from(message.subarray(0, length)).toString();
      entries.push(`${isRemoval ? "-" : ""}${key.replace("phone:", "")}${day === 0 ? "" : ` ${day}`}`);
    },
    (line, reason) => refused.push(`${line} ${reason}`),
  );
  return { entries, refused, lines };
}

describe("a list is read as its publisher writes it", () => {
  test.each<[string, FileFormat, string, string[]]>([
    ["bare ten digits", "us-ndncr", "2125550123\n4155550100\n", ["+12125550123", "+14155550100"]],
    [
      "an area code and seven digits",
      "us-ndncr",
      "212,5550123\n415,5550100",
      ["+12125550123", "+14155550100"],
    ],
    ["Windows line ends", "us-ndncr", "212,5550123\r\n415,5550100\r\n", ["+12125550123", "+14155550100"]],
    ["a header over two columns", "us-ndncr", "Area Code,Phone Number\n212,5550123\n", ["+12125550123"]],
    ["eleven digits with the country's 1", "ca-dncl", "14165550123\n", ["+14165550123"]],
    ["punctuation", "ca-dncl", "(416) 555-0123\n416-555-0124\n", ["+14165550123", "+14165550124"]],
    [
      "British numbers with the zero",
      "gb-tps",
      "02079460123\n07700900123\n",
      ["+442079460123", "+447700900123"],
    ],
    ["British numbers of ten digits", "gb-tps", "01204 56789\n", ["+44120456789"]],
    ["Australian numbers", "au-dncr", "0298765432\n0412345678\n", ["+61298765432", "+61412345678"]],
    [
      "Italian landlines, zero kept",
      "it-rpo",
      "0612345678\n3471234567\n",
      ["+390612345678", "+393471234567"],
    ],
    ["numbers in international form", "csv", "number\n+4930123456\n", ["+4930123456"]],
    ["quotes and a date", "it-rpo", 'number;listed_at\n"0612345678";2026-01-02\n', ["+390612345678 9498"]],
    ["empty lines", "us-ndncr", "2125550123\n\n\n4155550100\n", ["+12125550123", "+14155550100"]],
  ])("%s", (_name, format, text, entries) => {
    expect(read(text, format)).toMatchObject({ entries, refused: [] });
  });

  test("a file of changes says for each number what becomes of it", () => {
    const text = "212,5550123,2026-01-02,A\n415,5550100,2026-01-02,D\n";
    expect(read(text, "us-ndncr", "changes").entries).toEqual(["+12125550123 9498", "-+14155550100 9498"]);
  });
});

test("what cannot be read is refused with its line, and the rest is taken", () => {
  const long = "1".repeat(2000);
  const text = `number,date,change\n2125550123,,A\nnobody,,A\n4155550100,2026-02-31,A\n4155550101,,D\n,,\n${long},,A\n`;
  const answer = read(text, "us-ndncr");
  expect(answer.entries).toEqual(["+12125550123"]);
  expect(answer.refused).toEqual([
    "2 not-a-number",
    "3 date-not-readable",
    "4 removal-in-a-whole-list",
    "5 not-a-number",
    "6 line-too-long",
  ]);
});

test("a line of changes without a change is refused", () => {
  expect(read("2125550123,A\n2125550124,\n", "us-ndncr", "changes").refused).toEqual([
    "2 change-not-readable",
  ]);
});

test("a date is no date on a day that does not exist", () => {
  expect([dayOf("2000-01-02"), dayOf("20000102"), dayOf("2026-02-30"), dayOf("1985-05-05")]).toEqual([
    1,
    1,
    null,
    1,
  ]);
});

test("plain digits are read as libphonenumber reads them, in every country that has a short cut", () => {
  const into = new Uint8Array(32);
  let taken = 0;
  fc.assert(
    fc.property(
      fc.constantFrom<CountryCode>("US", "CA", "GB", "AU", "IT"),
      fc.string({ unit: fc.constantFrom(..."0123456789"), minLength: 7, maxLength: 13 }),
      (country, digits) => {
        const plan = dialPlanOf(country);
        if (plan === null) throw new Error("no plan");
        const end = writeNational(plan, Buffer.from(digits), digits.length, into, 0);
        if (end === 0) return;
        taken += 1;
        const written = `+${Buffer.from(into.subarray(0, end)).toString()}`;
        const parsed = parsePhoneNumberFromString(digits, country);
        // Where libphonenumber knows no such number there is nobody who could be called by it.
        if (parsed?.isValid() === true) expect(written).toBe(parsed.number);
      },
    ),
    { numRuns: 60_000 },
  );
  expect(taken).toBeGreaterThan(1_000);
});

test("the digests of a list are the beginnings of Node's HMAC-SHA-256, whatever key and message", () => {
  const into = new Uint32Array(4);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.uint8Array({ maxLength: 55 }), (key, message) => {
      truncatedHmac(key)(message, message.length, into, 1);
      const own = Buffer.alloc(8);
      own.writeUInt32BE(into[3] as number, 0);
      own.writeUInt32BE(into[2] as number, 4);
      expect(own).toEqual(createHmac("sha256", key).update(message).digest().subarray(0, 8));
    }),
    { numRuns: 2_000 },
  );
});

test("one digester does not carry anything over from one message to the next", () => {
  const key = randomBytes(32);
  const digest = truncatedHmac(key);
  const into = new Uint32Array(6);
  const [long, short] = [Buffer.from("phone:+12125550123456"), Buffer.from("x")];
  digest(short, 1, into, 0);
  digest(long, long.length, into, 1);
  digest(short, 1, into, 2);
  expect(into.slice(4)).toEqual(into.slice(0, 2));
});
