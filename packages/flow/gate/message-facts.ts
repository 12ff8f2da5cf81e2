import type { Facts } from "#core/facts";
import type { SpeakerRow } from "#db/queries/candidates";

/** What every message of ours carries by construction; the composer's tests hold it to that. */
export function messageFacts(
  speaker: SpeakerRow,
  subject: string,
  containsArt14Notice: boolean,
): NonNullable<Facts["message"]> {
  const isSigned = speaker.dkimDomain !== null && speaker.dkimSelector !== null && speaker.dkimKey !== null;
  return {
    from: speaker.fromAddress,
    subject,
    postalAddress: speaker.postalAddress,
    bodyUnsubscribe: true,
    unsubscribeRequiresLogin: false,
    listUnsubscribe: "https",
    listUnsubscribePost: true,
    dkimSignedHeaders: isSigned ? ["from", "list-unsubscribe", "list-unsubscribe-post"] : [],
    dmarcAligned: isSigned && isAligned(speaker.fromAddress, speaker.dkimDomain),
    containsArt14Notice,
  };
}

/** Relaxed alignment: the From domain is the signing domain or below it. @source RFC 7489 3.1.1 */
function isAligned(fromAddress: string, dkimDomain: string): boolean {
  const from = fromAddress.slice(fromAddress.lastIndexOf("@") + 1).toLowerCase();
  const signing = dkimDomain.toLowerCase();
  return from === signing || from.endsWith(`.${signing}`);
}

/** Mailbox providers whose bulk-sender rules the gate knows; their business domains cannot be told from here. */
const LARGE_PROVIDERS =
  /@(gmail\.com|googlemail\.com|yahoo\.[a-z.]+|ymail\.com|aol\.com|outlook\.[a-z.]+|hotmail\.[a-z.]+|live\.[a-z.]+|msn\.com)$/i;
export const isLargeProvider = (address: string): boolean => LARGE_PROVIDERS.test(address);
