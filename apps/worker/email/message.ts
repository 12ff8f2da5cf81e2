import { createHash, createPrivateKey, type KeyObject } from "node:crypto";
import sign from "nodemailer/lib/dkim/sign.js";
import MimeNode from "nodemailer/lib/mime-node";
import { encode, wrap } from "nodemailer/lib/qp";
import type { Footer } from "#flow/content/footer";
import {
  type CampaignContent,
  type ParsedContent,
  parseContent,
  type RenderedContent,
  renderContent,
  type TemplateVariables,
} from "#flow/content/template";

/** Who a message is from, and how it is signed. Structured-cloneable. */
export interface MessageSource {
  readonly fromName: string;
  readonly fromAddress: string;
  readonly replyTo: string | null;
  readonly dkim: {
    readonly domainName: string;
    readonly keySelector: string;
    readonly privateKeyPem: string;
  } | null;
  readonly messageBytesMax: number;
}

/** Everything that is the same for every message of one campaign version. Structured-cloneable. */
export interface VariantSource extends MessageSource {
  readonly content: CampaignContent;
}

/** A source with its signing key loaded: a PEM text per message would double the cost. */
interface Signer {
  readonly source: MessageSource;
  readonly dkimKey: KeyObject | null;
}

/** A variant with its templates parsed. */
export interface Variant extends Signer {
  readonly parsed: ParsedContent;
}

/** Where one message goes, and what tells it from all others. */
export interface Envelope {
  readonly to: string;
  readonly messageId: string;
  /** Milliseconds since 1970, for the Date header. */
  readonly dateMs: number;
}

/** One message of a campaign to make. */
export interface MessageOrder extends Envelope {
  readonly variables: TemplateVariables;
  readonly footer: Footer;
}

export type MadeMessage =
  | { readonly kind: "made"; readonly bytes: Uint8Array }
  | { readonly kind: "failed"; readonly reason: "template-error" | "template-too-slow" | "too-large" };

/** The header fields under the signature: RFC 8058 demands both List-Unsubscribe fields; From is oversigned. */
const SIGNED_FIELDS =
  "From:From:To:Subject:Date:Message-ID:Reply-To:MIME-Version:Content-Type:List-Unsubscribe:List-Unsubscribe-Post";

/** @throws when a template is malformed or the key is no private key. */
export function compileVariant(source: VariantSource): Variant {
  return { ...signerOf(source), parsed: parseContent(source.content) };
}

/** @throws when the key is no private key. */
const signerOf = <Source extends MessageSource>(source: Source) => ({
  source,
  dkimKey: source.dkim === null ? null : createPrivateKey(source.dkim.privateKeyPem),
});

/** Makes and signs one message of a campaign: finished bytes, CRLF line ends. */
export function makeMessage(variant: Variant, order: MessageOrder): MadeMessage {
  const rendered = renderedOrNull(variant, order);
  return rendered === null
    ? { kind: "failed", reason: "template-error" }
    : makeRendered(variant, order, rendered, order.variables.unsubscribe_url);
}

/** Makes and signs a message whose wording is our own and needs no template. It is no campaign's, so no list's. */
export function makeServiceMessage(
  source: MessageSource,
  order: Envelope,
  content: RenderedContent,
): MadeMessage {
  return makeRendered(signerOf(source), order, content, null);
}

function makeRendered(
  signer: Signer,
  order: Envelope,
  rendered: RenderedContent,
  unsubscribeUrl: string | null,
): MadeMessage {
  const boundary = `=_${createHash("sha256").update(order.messageId).digest("hex").slice(0, 32)}`;
  const headers = headersOf(signer, order, rendered.subject, boundary, unsubscribeUrl);
  const body = bodyOf(boundary, rendered.text, rendered.html);
  const signature = signer.dkimKey === null ? "" : `${dkimHeader(signer, headers, body)}\r\n`;
  const bytes = Buffer.from(`${signature}${headers}\r\n\r\n${body}`, "latin1");
  if (bytes.length > signer.source.messageBytesMax) return { kind: "failed", reason: "too-large" };
  // A buffer of its own, so that handing it to another thread moves it and nothing else.
  return { kind: "made", bytes: Uint8Array.from(bytes) };
}

function renderedOrNull(variant: Variant, order: MessageOrder) {
  try {
    return renderContent(variant.parsed, order.variables, order.footer);
  } catch {
    // One person's values broke the template; the others' messages are not affected.
    return null;
  }
}

/** nodemailer encodes and folds every header, so that no value can start a header of its own. */
function headersOf(
  { source }: Signer,
  order: Envelope,
  subject: string,
  boundary: string,
  unsubscribeUrl: string | null,
): string {
  const node = new MimeNode("multipart/alternative");
  node.setHeader({
    From: { name: source.fromName, address: source.fromAddress },
    To: { address: order.to, name: "" },
    ...(source.replyTo === null ? {} : { "Reply-To": { address: source.replyTo, name: "" } }),
    Subject: subject,
    "Message-ID": order.messageId,
    Date: new Date(order.dateMs).toUTCString().replace(/GMT/, "+0000"),
    ...(unsubscribeUrl === null
      ? {}
      : {
          // Prepared: a URI must not be folded apart.
          "List-Unsubscribe": { prepared: true, value: `<${unsubscribeUrl}>` },
          "List-Unsubscribe-Post": { prepared: true, value: "List-Unsubscribe=One-Click" },
        }),
    "MIME-Version": "1.0",
    "Content-Type": { prepared: true, value: `multipart/alternative; boundary="${boundary}"` },
  });
  return Buffer.from(node.buildHeaders(), "utf8").toString("latin1");
}

function bodyOf(boundary: string, text: string, html: string): string {
  const part = (type: string, content: string) =>
    `--${boundary}\r\nContent-Type: ${type}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n${quotedPrintable(content)}\r\n`;
  return `${part("text/plain", text)}${part("text/html", html)}--${boundary}--\r\n`;
}

function quotedPrintable(content: string): string {
  return wrap(encode(content.replace(/\r\n|\r|\n/g, "\r\n")));
}

function dkimHeader(signer: Signer, headers: string, body: string): string {
  const { dkim } = signer.source;
  if (dkim === null || signer.dkimKey === null) throw new Error("the source has no DKIM key");
  const bodyHash = createHash("sha256").update(relaxedBody(body), "latin1").digest("base64");
  const header = sign(headerLines(headers), "sha256", bodyHash, {
    domainName: dkim.domainName,
    keySelector: dkim.keySelector,
    privateKey: signer.dkimKey,
    headerFieldNames: SIGNED_FIELDS,
  });
  if (header === false) throw new Error("the DKIM key did not sign");
  return header;
}

/** Header fields as nodemailer's signer takes them: a lower-case key and the whole line, folds included. */
function headerLines(headers: string): { key: string; line: string }[] {
  return headers
    .split(/\r\n(?![ \t])/)
    .filter((line) => line !== "")
    .map((line) => ({ key: line.slice(0, line.indexOf(":")).trim().toLowerCase(), line }));
}

/** The relaxed body canonicalization of RFC 6376, section 3.4.4. */
function relaxedBody(body: string): string {
  const reduced = body.replace(/[ \t]+(?=\r\n)/g, "").replace(/[ \t]+/g, " ");
  return `${reduced.replace(/(?:\r\n)+$/, "")}\r\n`;
}
