import { expect, test } from "vitest";
import { parseContent, renderContent, type TemplateVariables } from "#flow/content/template";

const FOOTER = { language: "en", ground: "consent" } as const;
const VARIABLES: TemplateVariables = {
  contact: { full_name: "Ada", given_name: "Ada", email: "ada@example.com" },
  attributes: {},
  sender: { name: "Acme", postal_address: "Hauptstraße 1" },
  purpose: { name: "News" },
  unsubscribe_url: "https://example.com/u/x",
  preferences_url: "https://example.com/p/x",
};

/** As on a machine where others have the processors: time passes, and this thread does nothing. */
const waitForProcessor = (milliseconds: number) =>
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);

test("a message that waited for a processor is made all the same", () => {
  const parsed = parseContent({ subject: "Hello", html: "<p>{{ attributes.city }}</p><p>and more</p>" });
  let waits = 3;
  const attributes = {
    get city() {
      if (waits > 0) waitForProcessor(200);
      waits -= 1;
      return "Berlin";
    },
  };
  const { html } = renderContent(parsed, { ...VARIABLES, attributes }, FOOTER);
  expect(html).toContain("<p>Berlin</p><p>and more</p>");
  expect(waits).toBeLessThan(0);
});

test("a template that really runs too long is refused", () => {
  const parsed = parseContent({
    subject: "Hello",
    html: "{% for a in (1..1000) %}{% for b in (1..1000) %}{{ a | times: b }}{% endfor %}{% endfor %}",
  });
  expect(() => renderContent(parsed, VARIABLES, FOOTER)).toThrow("template render limit exceeded");
});

test("a template that fails for another reason is refused at once", () => {
  let reads = 0;
  const attributes = {
    get city(): string {
      reads += 1;
      throw new TypeError("no city");
    },
  };
  const parsed = parseContent({ subject: "Hello", html: "{{ attributes.city }}" });
  expect(() => renderContent(parsed, { ...VARIABLES, attributes }, FOOTER)).toThrow();
  expect(reads).toBe(1);
});
