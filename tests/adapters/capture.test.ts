import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTransport } from "nodemailer";
import { expect, test } from "vitest";
import { startCaptureServer } from "../../apps/local/capture-server.ts";

test("messages of one person are removed, from memory and from disk, those of earlier starts too", async () => {
  const directory = mkdtempSync(join(tmpdir(), "consentry-capture-"));
  const server = await startCaptureServer(directory);
  try {
    const transport = createTransport(server.smtpUrl);
    for (const to of ["ann@example.com", "bob@example.com"])
      await transport.sendMail({ from: "news@acme.example", to, subject: "News", text: "News" });
    transport.close();
    // More than a start reads into memory: this file is on the disk alone.
    writeFileSync(join(directory, "a-00001.eml"), "To: Ann <ann@example.com>\r\n\r\nOld news\r\n");
    expect(readdirSync(directory)).toHaveLength(3);
    const isAnn = (to: readonly string[]) => to.some((each) => each.includes("ann@example.com"));
    expect(await server.remove(isAnn)).toBe(2);
    expect(readdirSync(directory)).toHaveLength(1);
    const { messages } = await server.list({ limit: 10, before: null });
    expect(messages.map((message) => message.to)).toEqual([["bob@example.com"]]);
    expect(await server.remove(isAnn)).toBe(0);
  } finally {
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  }
});
