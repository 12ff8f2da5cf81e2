import { createServer, type Socket } from "node:net";

/** What the sink does with a message to an address. `accept` is the rule. */
export type SinkBehaviour =
  | "accept"
  | "450-at-rcpt"
  | "550-at-rcpt"
  | "451-after-dot"
  | "550-after-dot"
  | "garbage-after-dot"
  | "fin-after-dot"
  | "rst-after-dot"
  | "hang-after-dot"
  | "drop-mid-body"
  | "drop-at-rcpt"
  | "drop-at-data"
  | "421-at-mail";

/** A message whose final dot arrived. Times are monotonic milliseconds of this process. */
export interface SunkMessage {
  readonly to: string;
  readonly from: string;
  readonly messageId: string;
  readonly dataAtMs: number;
  readonly dotAtMs: number;
  readonly body: string;
}

export interface SmtpSink {
  readonly port: number;
  readonly messages: SunkMessage[];
  /** Commands as received, for injection tests. */
  readonly commands: string[];
  stop(): Promise<void>;
}

export interface SinkOptions {
  readonly behaviour?: (to: string, attempt: number) => SinkBehaviour;
  /** Keep bodies; off for large runs. */
  readonly keepBodies?: boolean;
  /** False: messages are only told to `onDot`, for measurements. */
  readonly keepMessages?: boolean;
  /** Milliseconds before the 354 and before the reply to the dot. */
  readonly delayMs?: number;
  /** Called on each final dot, before its reply. */
  readonly onDot?: (message: SunkMessage) => void;
  readonly keepCommands?: boolean;
  /** Called when a body is announced, `delayMs` before the 354 to it. */
  readonly onDataAsked?: (to: string) => void;
  /** Called when the 354 goes out: the redeem of this recipient begins now. */
  readonly onData?: (to: string) => void;
  /** Called when some of a body has come and its final dot has not. */
  readonly onPart?: (to: string) => void;
}

const END = Buffer.from("\r\n.\r\n");

/** A bare SMTP server that is never the bottleneck and can misbehave at every step. */
export async function startSmtpSink(options: SinkOptions = {}): Promise<SmtpSink> {
  const messages: SunkMessage[] = [];
  const commands: string[] = [];
  const isKept = options.keepMessages !== false;
  let accepted = 0;
  const attempts = new Map<string, number>();
  const sockets = new Set<Socket>();
  const behaviourOf = (to: string) => {
    const attempt = (attempts.get(to) ?? 0) + 1;
    attempts.set(to, attempt);
    return options.behaviour?.(to, attempt) ?? "accept";
  };

  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    let buffered: Buffer = Buffer.alloc(0);
    let inData = false;
    let from = "";
    let to = "";
    let dataAtMs = 0;
    let behaviour: SinkBehaviour = "accept";
    let isRecipientTaken = false;
    const say = (line: string) => socket.write(`${line}\r\n`);
    const later = (work: () => void) =>
      options.delayMs === undefined ? work() : setTimeout(work, options.delayMs).unref();

    const command = (line: string) => {
      if (options.keepCommands) commands.push(line);
      const verb = line.slice(0, 4).toUpperCase();
      if (verb === "EHLO") return socket.write("250-sink\r\n250-8BITMIME\r\n250 PIPELINING\r\n");
      if (verb === "MAIL") {
        from = line.slice(line.indexOf("<") + 1, line.indexOf(">"));
        return say("250 2.1.0 ok");
      }
      if (verb === "RCPT") {
        to = line.slice(line.indexOf("<") + 1, line.lastIndexOf(">"));
        behaviour = behaviourOf(to);
        isRecipientTaken = !behaviour.endsWith("-at-rcpt");
        if (behaviour === "421-at-mail") return say("421 4.3.2 not now");
        if (behaviour === "450-at-rcpt") return say("450 4.2.1 later");
        if (behaviour === "550-at-rcpt") return say(`550 5.1.1 <${to}> no such user`);
        if (behaviour === "drop-at-rcpt") return socket.destroy();
        return say("250 2.1.5 ok");
      }
      if (verb === "DATA") {
        if (behaviour === "drop-at-data") return socket.destroy();
        if (!isRecipientTaken) return say("554 5.5.1 no valid recipients");
        options.onDataAsked?.(to);
        return later(() => {
          inData = true;
          dataAtMs = performance.now();
          say("354 go ahead");
          options.onData?.(to);
        });
      }
      if (verb === "QUIT") return socket.end("221 bye\r\n");
      return say("250 ok");
    };

    const finished = (body: string) => {
      const message: SunkMessage = {
        to,
        from,
        messageId: isKept ? (/^message-id: *(.+)$/im.exec(body)?.[1]?.trim() ?? "") : "",
        dataAtMs,
        dotAtMs: performance.now(),
        body: options.keepBodies === true ? body : "",
      };
      if (isKept) messages.push(message);
      accepted += 1;
      options.onDot?.(message);
      later(() => replyToDot(socket, behaviour, accepted));
    };

    socket.on("data", (chunk: Buffer) => {
      buffered = buffered.length === 0 ? chunk : Buffer.concat([buffered, chunk]);
      for (;;) {
        if (inData) {
          if (behaviour === "drop-mid-body" && buffered.length > 0) return socket.destroy();
          const end = buffered.indexOf(END);
          if (end < 0) {
            if (buffered.length > 0) options.onPart?.(to);
            return;
          }
          const body = buffered.subarray(0, end).toString("latin1");
          buffered = buffered.subarray(end + END.length);
          inData = false;
          finished(body);
        } else {
          const end = buffered.indexOf("\r\n");
          if (end < 0) return;
          const line = buffered.subarray(0, end).toString("latin1");
          buffered = buffered.subarray(end + 2);
          command(line);
        }
      }
    });
    say("220 sink ready");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    messages,
    commands,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function replyToDot(socket: Socket, behaviour: SinkBehaviour, count: number): void {
  switch (behaviour) {
    case "451-after-dot":
      socket.write("451 4.3.0 later\r\n");
      return;
    case "550-after-dot":
      socket.write("550 5.7.1 policy\r\n");
      return;
    case "garbage-after-dot":
      socket.write("hello there\r\n");
      return;
    case "fin-after-dot":
      socket.end();
      return;
    case "rst-after-dot":
      socket.resetAndDestroy();
      return;
    case "hang-after-dot":
      return;
    default:
      socket.write(`250 2.0.0 queued as Q${count}\r\n`);
  }
}
