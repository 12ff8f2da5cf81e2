import { convert } from "html-to-text";
import { createTransport } from "nodemailer";
import { CONTENT, LANES, type SendOrder } from "./order.ts";

/**
 * The same newsletter through nodemailer's own connection pool, as a plain mailing script would send it: no template
 * engine, no consent, no records. Names are put in by text replacement and the text part is made once.
 */
process.once("message", (order) => void send(order as SendOrder));
process.on("disconnect", () => process.exit(0));

async function send(order: SendOrder): Promise<void> {
  const { speaker } = order.variant;
  const transport = createTransport({
    pool: true,
    host: "127.0.0.1",
    port: order.port,
    ignoreTLS: true,
    maxConnections: LANES,
    maxMessages: Number.POSITIVE_INFINITY,
    ...(order.dkimPem === null
      ? {}
      : {
          dkim: {
            domainName: speaker.dkimDomain ?? "",
            keySelector: speaker.dkimSelector ?? "",
            privateKey: order.dkimPem,
          },
        }),
  });
  const text = convert(CONTENT.html);
  const pending = new Set<Promise<unknown>>();
  for (let place = 0; place < order.count; place += 1) {
    if (pending.size >= LANES * 2) await Promise.race(pending);
    const fill = (template: string) =>
      template
        .replaceAll("{{ contact.given_name }}", "Person")
        .replaceAll("{{ purpose.name }}", speaker.purposeName)
        .replaceAll("{{ sender.name }}", speaker.senderName)
        .replaceAll("{{ sender.postal_address }}", speaker.postalAddress)
        .replaceAll("{{ unsubscribe_url }}", `http://127.0.0.1:8080/u/${place}`);
    const sent: Promise<unknown> = transport
      .sendMail({
        from: { name: speaker.fromName, address: speaker.fromAddress },
        to: `person${place}@example.com`,
        subject: fill(CONTENT.subject),
        html: fill(CONTENT.html),
        text: fill(text),
        headers: {
          "List-Unsubscribe": `<http://127.0.0.1:8080/u/${place}>`,
          "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
      })
      .then(() => pending.delete(sent));
    pending.add(sent);
  }
  await Promise.all(pending);
  transport.close();
  process.exit(0);
}
