import postgres from "postgres";

/** What somebody's secret may look like where it was not meant to be: as it is, and in the usual wrappings. */
function formsOf(canary: string): RegExp[] {
  const bytes = Buffer.from(canary);
  const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  // Base64 reads three bytes at a time: inside a longer text a word has three looks, of which the inner part is fixed.
  const base64 = [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString("base64")
      .replaceAll("=", "");
    const tail = (shift + bytes.length) % 3 === 0 ? 0 : 1;
    return text.slice(shift === 0 ? 0 : shift + 1, text.length - tail);
  });
  return [
    new RegExp(escaped(canary), "i"),
    new RegExp(bytes.toString("hex"), "i"),
    new RegExp(Buffer.from(canary.toLowerCase()).toString("hex"), "i"),
    new RegExp(escaped(encodeURIComponent(canary)), "i"),
    ...base64.flatMap((form) => [
      new RegExp(escaped(form)),
      new RegExp(escaped(form.replaceAll("+", "-").replaceAll("/", "_"))),
    ]),
  ];
}

/** The canaries that stand in a text, each with a little of what is around it. */
export function canariesIn(text: string, canaries: readonly string[]): string[] {
  return canaries.flatMap((canary) => {
    for (const form of formsOf(canary)) {
      const place = text.search(form);
      if (place >= 0) return [`${canary}: …${text.slice(Math.max(0, place - 60), place + 90)}…`];
    }
    return [];
  });
}

/** Where canaries stand in a database: every row of every table of every schema, bytes as hex. */
export async function canariesInDatabase(ownerUrl: string, canaries: readonly string[]): Promise<string[]> {
  const owner = postgres(ownerUrl, { max: 1, onnotice: () => undefined });
  try {
    const tables = await owner<{ name: string }[]>`
      select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'm') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
      order by 1`;
    const found: string[] = [];
    for (const { name } of tables) {
      for (const row of await owner.unsafe<{ text: string }[]>(`select t::text as text from ${name} t`)) {
        found.push(...canariesIn(row.text, canaries).map((each) => `${name}: ${each}`));
      }
    }
    return found;
  } finally {
    await owner.end();
  }
}
