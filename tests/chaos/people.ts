import { exactKey } from "#core/canonical-key";
import { inWorkspace } from "#db/database";
import { findPoints } from "#db/queries/contact-write";
import { blindDigests } from "#db/vault/blind-index";
import { mintUnsubscribeToken } from "#flow/stops/unsubscribe-token";
import { TEST_SECRETS, type TestWorkspace } from "../support/product.ts";
import { instant } from "./moments.ts";

export interface Person {
  readonly address: string;
  readonly contactId: string;
  readonly gateId: number;
}

/** The answer to an unsubscribe, or to the attempt. Times are milliseconds since 1970. */
export interface Press {
  readonly person: Person;
  readonly askedAt: number;
  readonly answeredAt: number;
  /** 0: the stop is final. Null: it was not acknowledged. */
  readonly inFlight: number | null;
}

const LOOKED_UP_AT_ONCE = 2_000;

/** `person1@example.com` to `person<count>@example.com`, as the product knows them. @throws when one is missing. */
export async function readPeople(workspace: TestWorkspace, count: number): Promise<Person[]> {
  const addresses = new Map<string, string>();
  for (let place = 1; place <= count; place += 1) {
    const address = `person${place}@example.com`;
    const [newest] = blindDigests(
      TEST_SECRETS.index,
      workspace.workspaceId,
      "point",
      `email:${exactKey("email", address)}`,
    );
    addresses.set(newest?.digest.toString("hex") ?? "", address);
  }
  const digests = [...addresses.keys()];
  const people: Person[] = [];
  for (let first = 0; first < digests.length; first += LOOKED_UP_AT_ONCE) {
    const found = await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
      findPoints(tx, digests.slice(first, first + LOOKED_UP_AT_ONCE)),
    );
    for (const { digest, contactId, gateId } of found)
      people.push({ address: addresses.get(digest) ?? "", contactId, gateId });
  }
  if (people.length !== count) throw new Error(`${people.length} of ${count} people were found`);
  return people;
}

/** The one-click unsubscribe of a person, as a mail program sends it (RFC 8058). */
export async function press(
  apiUrl: string,
  workspace: TestWorkspace,
  campaignId: string,
  person: Person,
): Promise<Press> {
  const token = mintUnsubscribeToken(TEST_SECRETS.token, {
    workspaceId: workspace.workspaceId,
    purposeId: workspace.purposeId,
    campaignId,
    contactId: person.contactId,
    gateId: person.gateId,
  });
  const askedAt = instant();
  const inFlight = await answerTo(`${apiUrl}/u/${token}`);
  return { person, askedAt, answeredAt: instant(), inFlight };
}

async function answerTo(url: string): Promise<number | null> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: "List-Unsubscribe=One-Click",
    });
    const [, count] = /^stopped; inFlight: (\d+)\n$/.exec(await response.text()) ?? [];
    return response.ok && count !== undefined ? Number(count) : null;
  } catch {
    // No answer is no acknowledgement.
    return null;
  }
}
