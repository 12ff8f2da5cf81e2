import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ParsedMail, simpleParser } from "mailparser";
import { SMTPServer } from "smtp-server";
import type { CapturedInbox, CapturedMessage, CapturedSummary } from "#flow/inbox";

const MESSAGES_MAX = 5_000;
const MESSAGE_BYTES_MAX = 25 * 1024 * 1024;

export interface CaptureServer extends CapturedInbox {
  readonly smtpUrl: string;
  stop(): Promise<void>;
}

/** A mail server that keeps what it is given, the newest 5,000 messages, and delivers nothing. Loopback only. */
export async function startCaptureServer(directory: string): Promise<CaptureServer> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const kept: CapturedMessage[] = await readKept(directory);
  const listeners = new Set<(message: CapturedSummary) => void>();
  let count = 0;

  const keep = (message: CapturedMessage, source: Buffer) => {
    kept.unshift(message);
    writeFileSync(join(directory, `${message.id}.eml`), source, { mode: 0o600 });
    for (const dropped of kept.splice(MESSAGES_MAX))
      rmSync(join(directory, `${dropped.id}.eml`), { force: true });
    for (const listener of listeners) listener(message);
  };
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS", "AUTH"],
    size: MESSAGE_BYTES_MAX,
    logger: false,
    onData: (stream, session, callback) => {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const source = Buffer.concat(chunks);
        const at = new Date();
        count += 1;
        const id = `${at.getTime().toString(36)}-${count.toString(36).padStart(5, "0")}`;
        const from = session.envelope.mailFrom === false ? "" : session.envelope.mailFrom.address;
        const to = session.envelope.rcptTo.map((recipient) => recipient.address);
        capturedMessage(id, at, from, to, source).then(
          (message) => {
            keep(message, source);
            callback(null);
          },
          () => callback(new Error("the message cannot be read")),
        );
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.server.address();
  return {
    smtpUrl: `smtp://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
    list: async ({ limit, before }) => {
      const start = before === null ? 0 : kept.findIndex((message) => message.id === before) + 1;
      return { messages: kept.slice(start, start + limit), total: kept.length };
    },
    get: async (id) => kept.find((message) => message.id === id) ?? null,
    remove: async (isTheirs) => {
      const gone = kept.filter((message) => isTheirs(message.to));
      for (const message of gone) {
        kept.splice(kept.indexOf(message), 1);
        rmSync(join(directory, `${message.id}.eml`), { force: true });
      }
      return gone.length + (await removeUnread(directory, kept, isTheirs));
    },
    onMessage: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
}

/** The messages of earlier starts, newest first. */
async function readKept(directory: string): Promise<CapturedMessage[]> {
  const files = readdirSync(directory)
    .filter((name) => name.endsWith(".eml"))
    .sort()
    .reverse()
    .slice(0, 200);
  return Promise.all(
    files.map(async (name) => {
      const id = name.slice(0, -".eml".length);
      const at = new Date(Number.parseInt(id.split("-")[0] ?? "0", 36));
      return capturedMessage(id, at, "", null, readFileSync(join(directory, name)));
    }),
  );
}

/** Earlier starts may have left more files than are kept in memory; those are read one by one. */
async function removeUnread(
  directory: string,
  kept: readonly CapturedMessage[],
  isTheirs: (to: readonly string[]) => boolean,
): Promise<number> {
  const known = new Set(kept.map((message) => `${message.id}.eml`));
  let removed = 0;
  for (const name of readdirSync(directory)) {
    if (!name.endsWith(".eml") || known.has(name)) continue;
    const mail = await simpleParser(readFileSync(join(directory, name)), { skipImageLinks: true });
    if (!isTheirs(recipientsOf(mail))) continue;
    rmSync(join(directory, name), { force: true });
    removed += 1;
  }
  return removed;
}

async function capturedMessage(
  id: string,
  receivedAt: Date,
  from: string,
  to: readonly string[] | null,
  source: Buffer,
): Promise<CapturedMessage> {
  const mail = await simpleParser(source, { skipImageLinks: true });
  return {
    id,
    receivedAt,
    from: from === "" ? (mail.from?.text ?? "") : from,
    to: to ?? recipientsOf(mail),
    subject: mail.subject ?? "(no subject)",
    html: mail.html === false || mail.html === undefined ? null : mail.html,
    text: mail.text ?? null,
    headers: mail.headerLines.map((line) => ({
      name: line.key,
      value: line.line.slice(line.line.indexOf(":") + 1).trim(),
    })),
    unsubscribeUrl: unsubscribeUrlOf(mail),
    sizeBytes: source.length,
  };
}

function recipientsOf(mail: ParsedMail): string[] {
  const to = Array.isArray(mail.to) ? mail.to : mail.to === undefined ? [] : [mail.to];
  return to.map((entry) => entry.text);
}

function unsubscribeUrlOf(mail: ParsedMail): string | null {
  const line = mail.headerLines.find((header) => header.key === "list-unsubscribe")?.line ?? "";
  return /<(https?:\/\/[^>\s]+)>/.exec(line.replace(/\r?\n\s+/g, ""))?.[1] ?? null;
}
