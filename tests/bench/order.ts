import type { Secrets } from "#flow/config";
import type { CampaignVariant } from "#flow/send/run-slice";

/** What a measured sender is told, over IPC. */
export interface SendOrder {
  readonly port: number;
  readonly count: number;
  readonly variant: CampaignVariant;
  readonly secrets: Secrets;
  /** The signing key in the clear, for nodemailer; null: nothing is signed. */
  readonly dkimPem: string | null;
}

/** SMTP connections of every measured sender: more than the product's default, so that none waits for the line. */
export const LANES = 50;

const PARAGRAPH = `<p>The huts of the northern range stay open until the first snow, and the wardens keep a
pot of soup on the stove for everybody who comes through the door before seven. We walked four of the five
paths this month and noted where the boards are slippery.</p>`;

/** A newsletter of ordinary size, about 3 kB of HTML and the text derived from it. */
export const CONTENT = {
  subject: "Dry walks for {{ contact.given_name }}",
  html: `<h1>Good day {{ contact.given_name }},</h1>${PARAGRAPH.repeat(8)}<hr>
<p>You get this because you agreed to {{ purpose.name }}. <a href="{{ unsubscribe_url }}">Unsubscribe</a></p>
<p>{{ sender.name }}, {{ sender.postal_address }}</p>`,
};
