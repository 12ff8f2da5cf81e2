import SMTPConnection from "nodemailer/lib/smtp-connection";
import type { HandOver } from "#flow/send/hand-over";
import { GuardedBody, type RedeemAnswer } from "./guarded-body.ts";
import { handOverOf, type Sent, type SmtpError } from "./judge-reply.ts";
import type { SmtpTarget } from "./smtp-target.ts";

/** One message for one recipient, finished and signed. */
export interface Delivery {
  readonly message: Buffer;
  readonly from: string;
  readonly to: string;
  readonly redeem: () => Promise<RedeemAnswer>;
}

export interface Lane {
  /** Hands one message over. Never rejects; one at a time. */
  deliver(delivery: Delivery): Promise<HandOver>;
  close(): void;
}

/** One SMTP connection, held open and opened again when the server closed it. */
export function openLane(target: SmtpTarget): Lane {
  let connection: SMTPConnection | null = null;

  const connected = async (): Promise<SMTPConnection | Error> => {
    if (connection !== null) return connection;
    const opened = await connect(target);
    if (opened instanceof Error) return opened;
    opened.once("end", () => {
      if (connection === opened) connection = null;
    });
    connection = opened;
    return opened;
  };

  const drop = () => {
    connection?.close();
    connection = null;
  };

  return {
    deliver: async (delivery) => {
      const open = await connected();
      if (open instanceof Error) return { kind: "relay-fault", detail: "connection" };
      const body = new GuardedBody(delivery.message, delivery.redeem);
      const sent = await send(open, delivery, body);
      await body.asked;
      const handOver = handOverOf(body, sent);
      // Anything but a clean answer may leave the dialogue out of step: the next message gets a new connection.
      if (handOver.kind !== "accepted") drop();
      return handOver;
    },
    close: () => {
      connection?.quit();
      connection = null;
    },
  };
}

function connect(target: SmtpTarget): Promise<SMTPConnection | Error> {
  return new Promise((resolve) => {
    const connection = new SMTPConnection(target.connection);
    const fail = (error: Error) => {
      connection.close();
      resolve(error);
    };
    connection.once("error", fail);
    connection.once("end", () => resolve(new Error("the server closed the connection")));
    connection.connect((error) => {
      if (error) return fail(error);
      const ready = () => {
        connection.removeListener("error", fail);
        // Errors of an idle connection arrive here; the `end` that follows makes the lane forget it.
        connection.on("error", () => undefined);
        resolve(connection);
      };
      if (target.credentials === null) return ready();
      connection.login({ credentials: target.credentials }, (failure) => (failure ? fail(failure) : ready()));
    });
  });
}

function send(connection: SMTPConnection, delivery: Delivery, body: GuardedBody): Promise<Sent> {
  return new Promise((resolve) => {
    let settled = false;
    const settle = (sent: Sent) => {
      if (settled) return;
      settled = true;
      connection.removeListener("error", onError);
      connection.removeListener("end", onEnd);
      resolve(sent);
    };
    const onError = (error: SmtpError) => settle({ error });
    const onEnd = () => settle({ error: new Error("the connection ended") });
    connection.once("error", onError);
    connection.once("end", onEnd);
    body.once("error", (error) => {
      // Destroying the body does not close the socket by itself; without this the server would wait for the dot.
      connection.close();
      settle({ error });
    });
    connection.send({ from: delivery.from, to: [delivery.to] }, body, (error, info) =>
      settle(error ? { error } : { response: info?.response ?? "" }),
    );
  });
}
