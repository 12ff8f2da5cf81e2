import { createHash, createPublicKey, createVerify, generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { simpleParser } from "mailparser";
import { afterAll, describe, expect, test } from "vitest";
import type { Footer } from "#flow/content/footer";
import { startComposePool } from "../../../apps/worker/email/compose-pool.ts";
import {
  compileVariant,
  type MessageOrder,
  makeMessage,
  type VariantSource,
} from "../../../apps/worker/email/message.ts";

const KEYS = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});
const URL_OF_STOP = "https://mail.acme.example/u/u1.k1.abcdef";

const source = (change: Partial<VariantSource> = {}): VariantSource => ({
  content: { subject: "Hello {{ contact.given_name }}", html: "<p>Dear {{ contact.full_name }}</p>" },
  fromName: "Acmé, Inc.",
  fromAddress: "news@acme.example",
  replyTo: "hello@acme.example",
  dkim: { domainName: "acme.example", keySelector: "s1", privateKeyPem: KEYS.privateKey },
  messageBytesMax: 256 * 1024,
  ...change,
});

const order = (change: Partial<MessageOrder["variables"]["contact"]> = {}): MessageOrder => ({
  to: "anna@example.com",
  messageId: "<r.1.abc@acme.example>",
  dateMs: Date.UTC(2026, 10, 23, 15),
  footer: { language: "en", ground: "consent" },
  variables: {
    contact: { full_name: "Anna König", given_name: "Anna", email: "anna@example.com", ...change },
    attributes: { city: "Köln" },
    sender: { name: "Acmé, Inc.", postal_address: "Hauptstraße 1, 10115 Berlin" },
    purpose: { name: "Newsletter" },
    unsubscribe_url: URL_OF_STOP,
    preferences_url: "https://mail.acme.example/p/p1.k1.abcdef",
  },
});

function made(given: VariantSource, asked: MessageOrder): Buffer {
  const message = makeMessage(compileVariant(given), asked);
  if (message.kind === "failed") throw new Error(message.reason);
  return Buffer.from(message.bytes);
}

describe("every message", () => {
  test("has both parts, the postal address and a visible unsubscribe link in each, and the headers of RFC 8058", async () => {
    const mail = await simpleParser(made(source(), order()));
    expect(mail.subject).toBe("Hello Anna");
    expect(mail.from?.value).toEqual([{ name: "Acmé, Inc.", address: "news@acme.example" }]);
    for (const part of [mail.text ?? "", String(mail.html)]) {
      expect(part).toContain("Anna König");
      expect(part).toContain("Hauptstraße 1, 10115 Berlin");
      expect(part).toContain(URL_OF_STOP);
      expect(part).toContain("https://mail.acme.example/p/p1.k1.abcdef");
    }
    const header = (key: string) =>
      mail.headerLines.filter((line) => line.key === key).map((line) => line.line);
    expect(header("list-unsubscribe")).toEqual([`List-Unsubscribe: <${URL_OF_STOP}>`]);
    expect(header("list-unsubscribe-post")).toEqual(["List-Unsubscribe-Post: List-Unsubscribe=One-Click"]);
    expect(header("message-id")).toEqual(["Message-ID: <r.1.abc@acme.example>"]);
  });

  test.each([
    ["en", "Unsubscribe", "agreed to", "because the law allows"],
    ["de", "Abbestellen", "zugestimmt", "das Gesetz es erlaubt"],
    ["fr", "Se désabonner", "accepté", "la loi l’autorise"],
    ["es", "Darse de baja", "aceptó", "la ley lo permite"],
    ["it", "Annulla l’iscrizione", "acconsentito", "la legge lo consente"],
  ] as const)(
    "has its footer in the person's language (%s), and says what it really rests on",
    async (language, link, agreed, byLaw) => {
      const parts = async (ground: Footer["ground"]) => {
        const mail = await simpleParser(made(source(), { ...order(), footer: { language, ground } }));
        return [mail.text ?? "", String(mail.html)].map((part) => part.replace(/\s+/g, " "));
      };
      for (const part of await parts("consent")) {
        expect(part).toContain(link);
        expect(part).toContain(agreed);
        expect(part).toContain("Newsletter");
        expect(part).not.toContain(byLaw);
        if (language !== "en") expect(part).not.toMatch(/Unsubscribe|Your choices|You get/);
      }
      for (const part of await parts("law")) {
        expect(part).toContain(byLaw);
        expect(part).not.toContain(agreed);
      }
      for (const part of await parts("own-business"))
        expect(part).not.toMatch(new RegExp(`${agreed}|${byLaw}`));
      expect((await parts("consent"))[1]).toContain(`<p lang="${language}"`);
    },
  );

  test("a template that shows the link and the address itself gets no second one, in any language", async () => {
    const own =
      "<p>{{ sender.postal_address }} <a href='{{ unsubscribe_url }}'>out</a> <a href='{{ preferences_url }}'>choose</a></p>";
    const given = source({ content: { subject: "Hi", html: own } });
    const mail = await simpleParser(
      made(given, { ...order(), footer: { language: "de", ground: "consent" } }),
    );
    expect(String(mail.html)).not.toMatch(/Abbestellen|<hr>/);
    expect(mail.text).not.toContain("Abbestellen");
  });

  test("carries a DKIM signature that a stranger can check, over both list headers and twice over From", () => {
    const text = made(source(), order()).toString("latin1");
    const at = text.indexOf("\r\n\r\n");
    const headers = text.slice(0, at).split(/\r\n(?![ \t])/);
    const signature = headers[0] ?? "";
    const tag = (name: string) =>
      (new RegExp(`[;\\s]${name}=([^;]*)`).exec(signature)?.[1] ?? "").replace(/\s+/g, "");
    const signed = tag("h").toLowerCase().split(":");
    expect(signed).toEqual(
      expect.arrayContaining([
        "list-unsubscribe",
        "list-unsubscribe-post",
        "subject",
        "to",
        "date",
        "message-id",
      ]),
    );
    const relaxed = (line: string) =>
      `${line.slice(0, line.indexOf(":")).trim().toLowerCase()}:${line
        .slice(line.indexOf(":") + 1)
        .replace(/\r\n/g, "")
        .replace(/[ \t]+/g, " ")
        .trim()}`;
    const body = `${text
      .slice(at + 4)
      .replace(/[ \t]+(?=\r\n)/g, "")
      .replace(/[ \t]+/g, " ")
      .replace(/(\r\n)+$/, "")}\r\n`;
    expect(tag("bh")).toBe(createHash("sha256").update(body, "latin1").digest("base64"));
    const pool = headers.slice(1).reverse();
    const lines = signed.flatMap((name) => {
      const place = pool.findIndex((line) => line.toLowerCase().startsWith(`${name}:`));
      return place < 0 ? [] : pool.splice(place, 1).map(relaxed);
    });
    const unsigned = relaxed(signature.replace(/(\bb=)[^;]*$/, "$1"));
    const verifier = createVerify("RSA-SHA256").update(`${lines.join("\r\n")}\r\n${unsigned}`, "latin1");
    expect(verifier.verify(createPublicKey(KEYS.publicKey), tag("b"), "base64")).toBe(true);
  });

  test("says the same to a mail program whatever characters a person's name has", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme", maxLength: 60 }), async (name) => {
        const clean = name.replace(/[\p{Cc}\p{Cs}\u2028\u2029]/gu, "").trim();
        const mail = await simpleParser(
          made(
            source({
              dkim: null,
              content: {
                subject: "To {{ contact.full_name }}!",
                html: "<p>x</p>",
                text: "[{{ contact.full_name }}]",
              },
            }),
            order({ full_name: clean }),
          ),
        );
        expect(mail.text).toContain(`[${clean}]`);
        expect(mail.headerLines.map((line) => line.key).sort()).toEqual([
          "content-type",
          "date",
          "from",
          "list-unsubscribe",
          "list-unsubscribe-post",
          "message-id",
          "mime-version",
          "reply-to",
          "subject",
          "to",
        ]);
      }),
      { numRuns: 150 },
    );
  });
});

describe("what a person's data cannot do", () => {
  test.each([
    "x\r\nBcc: v@evil.example",
    "x\nBcc: v@evil.example",
    "x\u2028Bcc: v@evil.example",
    "=?utf-8?q?x=0D=0ABcc:_v@evil.example?=",
  ])("%j adds no header", async (name) => {
    const mail = await simpleParser(made(source(), order({ given_name: name })));
    expect(mail.headerLines.map((line) => line.key)).not.toContain("bcc");
    expect(mail.bcc).toBeUndefined();
  });

  test("markup and template code in a name are text", async () => {
    const hostile = "<img src=x onerror=alert(1)>{{ contact.constructor }}{% raw %}";
    const mail = await simpleParser(made(source(), order({ full_name: hostile })));
    expect(String(mail.html)).not.toContain("<img src=x");
    expect(mail.text).toContain("{{ contact.constructor }}");
  });

  test("nothing but its own properties can be read by a template", async () => {
    const probe =
      "[{{ contact.constructor }}{{ contact.__proto__ }}{{ constructor.constructor }}{{ attributes.toString }}]";
    const mail = await simpleParser(
      made(source({ content: { subject: "s", html: "<p>x</p>", text: probe } }), order()),
    );
    expect(mail.text).toContain("[]");
  });
});

describe("templates that go wrong", () => {
  const pool = startComposePool();
  afterAll(() => pool.close());

  test("a loop without end fails its own messages, and the next variant is made as if nothing was", async () => {
    const bomb = source({
      dkim: null,
      content: {
        subject: "s",
        html: "{% for a in (1..100000) %}{% for b in (1..100000) %}x{% endfor %}{% endfor %}",
      },
    });
    const startedAt = performance.now();
    const results = await pool.compose("bomb", bomb, [order()]);
    expect(results.map((result) => result.kind)).toEqual(["failed"]);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect((await pool.compose("fine", source(), [order()])).map((result) => result.kind)).toEqual(["made"]);
  });

  test("a message that uses too much of the processor fails as too slow, and the one behind it is made", async () => {
    const strict = startComposePool({ batchCpuMsMax: 30, singleCpuMsMax: 30 });
    try {
      // The template engine looks at its clock between filters only.
      const sorting = Array.from({ length: 12 }, () => "| sort_natural").join(" ");
      const html = `{% assign s = "yx" %}{% for i in (1..16) %}{% assign s = s | append: s %}{% endfor %}{{ s | split: "" ${sorting} | size }}`;
      const heavy = source({ dkim: null, content: { subject: "s", html } });
      const slow = strict.compose("slow", heavy, [order()]);
      // It stands behind the other in the thread that is ended.
      const fine = strict.compose("fine", source(), [order()]);
      expect(await slow).toEqual([{ kind: "failed", reason: "template-too-slow" }]);
      expect((await fine).map((result) => result.kind)).toEqual(["made"]);
    } finally {
      await strict.close();
    }
  });

  test("nobody is failed because the machine was busy: only time on the processor counts", async () => {
    const strict = startComposePool({ batchCpuMsMax: 20, singleCpuMsMax: 20 });
    try {
      const made = strict.compose("fine", source({ dkim: null }), [order()]);
      // Timers are behind and answers are not read, as with a thread that gets no processor.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_000);
      expect((await made).map((result) => result.kind)).toEqual(["made"]);
    } finally {
      await strict.close();
    }
  });

  test("a message that is too large fails alone", async () => {
    const large = source({
      messageBytesMax: 4_000,
      content: { subject: "s", html: "<p>{{ contact.full_name }}</p>" },
    });
    const results = await pool.compose("large", large, [order(), order({ full_name: "x".repeat(9_000) })]);
    expect(results.map((result) => (result.kind === "made" ? "made" : result.reason))).toEqual([
      "made",
      "too-large",
    ]);
  });
});
