import { createHash } from "node:crypto";
import { z } from "zod";
import { commitmentOf, EMPTY_HEAD, leafOfText, nextHead } from "#db/ledger/chain";
import { type Checkpoint, openCheckpoint } from "#db/ledger/checkpoint";
import { entryHash, isIncluded } from "#db/ledger/merkle";
import type { NoteVerifier } from "#db/ledger/note";
import { isSignedStatement } from "#db/ledger/statement";
import { type EventPlace, type Finding, incomplete, tampered } from "./findings.ts";
import {
  PACK_FORMAT,
  type PackChain,
  type PackEvent,
  type PackMessage,
  type ProofPack,
} from "./proof-pack.ts";

const HEX_32 = z.string().regex(/^[0-9a-f]{64}$/);
const COUNT = z.number().int().min(0);
/** What the check itself relies on; the rest of a pack is covered by its signature. */
const PACK = z.looseObject({
  format: z.literal(PACK_FORMAT),
  origin: z.string(),
  madeAt: z.iso.datetime(),
  checkpoint: z.string().nullable(),
  person: z.looseObject({
    contactId: z.string(),
    mergedContactIds: z.array(z.string()),
    contactPoints: z.array(z.looseObject({ gateId: COUNT })),
  }),
  notices: z.array(z.looseObject({ id: z.string(), wording: z.string(), hash: HEX_32 })),
  chains: z.array(
    z.looseObject({
      gateId: COUNT,
      workspaceId: z.uuid(),
      head: HEX_32,
      events: z.array(
        z.looseObject({
          seq: COUNT,
          leaf: HEX_32,
          text: z.string().nullable(),
          evidence: z
            .looseObject({
              salt: z.string().regex(/^([0-9a-f]{2})+$/),
              payload: z.record(z.string(), z.unknown()),
            })
            .nullable(),
          position: COUNT.nullable(),
          proof: z.array(HEX_32),
        }),
      ),
    }),
  ),
  messages: z.array(
    z.looseObject({
      recipientId: COUNT,
      purposeId: z.string(),
      gateId: COUNT,
      state: z.string(),
      decision: z.looseObject({ verdict: z.string(), decidedAt: z.iso.datetime() }).nullable(),
      permission: z.looseObject({ gateId: COUNT, seq: COUNT }).nullable(),
    }),
  ),
});

/** A leaf's text, as far as the check reads it. */
interface LeafText {
  readonly workspaceId: string;
  readonly gateId: number;
  readonly seq: number;
  readonly type: string;
  readonly contactId: string | null;
  readonly purposeId: string | null;
  readonly noticeId: string | null;
  readonly recordedAt: string;
  readonly commitment: string;
}

export interface PackChecked {
  readonly findings: readonly Finding[];
  readonly events: number;
  /** Messages that were handed over, and how many of those rest on an event of the pack. */
  readonly contacted: number;
  readonly permitted: number;
}

const CONTACTED = new Set(["redeemed", "contacted", "unconfirmed"]);
const PERMISSIONS = new Set(["given", "confirmed", "renewed"]);

/** Checks a proof pack by itself: nothing but the pack and a public key is needed. */
export function checkPack(pack: unknown, verifiers: readonly NoteVerifier[]): PackChecked {
  const nothing = { events: 0, contacted: 0, permitted: 0 };
  const parsed = PACK.safeParse(pack);
  if (!parsed.success)
    return { ...nothing, findings: [tampered("event-altered", {}, "the pack has no valid form")] };
  const checked = pack as ProofPack;
  if (!isSignedStatement(PACK_FORMAT, pack as Record<string, unknown>, verifiers))
    return {
      ...nothing,
      findings: [
        tampered("checkpoint-not-signed", {}, "none of the given keys signed the pack as it stands"),
      ],
    };
  const opened = checked.checkpoint === null ? null : openCheckpoint(checked.checkpoint, verifiers);
  if (opened !== null && opened.kind !== "signed")
    return {
      ...nothing,
      findings: [tampered("checkpoint-not-signed", {}, "none of the given keys signed the checkpoint")],
    };
  const checkpoint = opened?.checkpoint ?? null;
  if (checkpoint !== null && checkpoint.origin !== checked.origin)
    return { ...nothing, findings: [tampered("checkpoint-order", {}, "the checkpoint is another ledger's")] };
  const chained = checked.chains.map((chain) => checkChain(chain, checked, checkpoint));
  const events = new Map(chained.flatMap((each) => [...each.events]));
  const contacted = checked.messages.filter((message) => CONTACTED.has(message.state));
  const findings = [
    ...checked.notices.flatMap((notice) =>
      createHash("sha256").update(notice.wording).digest("hex") === notice.hash
        ? []
        : [tampered("event-altered", {}, `the wording of notice ${notice.id} is not what its hash says`)],
    ),
    ...chained.flatMap((each) => each.findings),
    ...contacted.flatMap((message) => checkMessage(message, events)),
  ];
  return {
    findings,
    events: events.size,
    contacted: contacted.length,
    permitted: contacted.filter((message) => message.permission !== null).length,
  };
}

const keyOf = (gateId: number, seq: number): string => `${gateId}:${seq}`;

function checkChain(chain: PackChain, pack: ProofPack, checkpoint: Checkpoint | null) {
  const findings: Finding[] = [];
  const events = new Map<string, LeafText>();
  let head: Buffer = EMPTY_HEAD;
  for (const [place, event] of chain.events.entries()) {
    const at = {
      workspaceId: chain.workspaceId,
      gateId: chain.gateId,
      seq: event.seq,
      position: event.position,
    };
    if (event.seq !== place + 1)
      findings.push(tampered("chain-broken", at, `number ${place + 1} of the chain is missing`));
    head = nextHead(head, Buffer.from(event.leaf, "hex"));
    if (event.text === null) continue;
    const read = leafTextOf(event, chain);
    if (read === null) {
      findings.push(tampered("event-altered", at, "the event's text is not what its leaf says"));
      continue;
    }
    events.set(keyOf(chain.gateId, event.seq), read);
    findings.push(...checkEvent(event, read, at, pack, checkpoint));
  }
  if (head.toString("hex") !== chain.head)
    findings.push(
      tampered(
        "chain-broken",
        { workspaceId: chain.workspaceId, gateId: chain.gateId },
        "the leaves give another head",
      ),
    );
  return { findings, events };
}

function leafTextOf(event: PackEvent, chain: PackChain): LeafText | null {
  const text = event.text ?? "";
  if (leafOfText(Buffer.from(text)).toString("hex") !== event.leaf) return null;
  try {
    const read = JSON.parse(text) as LeafText;
    const isOwn =
      read.gateId === chain.gateId && read.seq === event.seq && read.workspaceId === chain.workspaceId;
    return isOwn ? read : null;
  } catch {
    return null;
  }
}

function checkEvent(
  event: PackEvent,
  read: LeafText,
  at: EventPlace,
  pack: ProofPack,
  checkpoint: Checkpoint | null,
): Finding[] {
  const findings: Finding[] = [];
  const { contactId, mergedContactIds } = pack.person;
  if (read.contactId !== null && ![contactId, ...mergedContactIds].includes(read.contactId))
    findings.push(tampered("event-altered", at, "the event is another person's"));
  if (
    event.evidence !== null &&
    commitmentOf(Buffer.from(event.evidence.salt, "hex"), event.evidence.payload).toString("hex") !==
      read.commitment
  )
    findings.push(tampered("event-altered", at, "the evidence is not what the event committed to"));
  if (read.noticeId !== null && !pack.notices.some((notice) => notice.id === read.noticeId))
    findings.push(tampered("event-missing", at, `the notice ${read.noticeId} is not in the pack`));
  if (event.position === null || checkpoint === null)
    return [
      ...findings,
      incomplete(
        "not-yet-sealed",
        `event ${read.seq} of key ${read.gateId} was not sealed when the pack was made`,
      ),
    ];
  const entry = entryHash(read.workspaceId, read.gateId, read.seq, Buffer.from(event.leaf, "hex"));
  const path = event.proof.map((each) => Buffer.from(each, "hex"));
  if (!isIncluded(entry, event.position, checkpoint.size, path, checkpoint.root))
    findings.push(tampered("root-mismatch", at, "the path does not lead to the checkpoint's root"));
  return findings;
}

/** A message that was handed over must rest on a decision that allowed it, and on consent recorded before. */
function checkMessage(message: PackMessage, events: ReadonlyMap<string, LeafText>): Finding[] {
  const what = `message ${message.recipientId}`;
  const { decision, permission } = message;
  if (decision?.verdict !== "allow")
    return [tampered("event-missing", {}, `${what} was handed over without a decision that allowed it`)];
  // Where the law allows contact without consent, the decision names its reason and no event.
  if (permission === null) return [];
  const event = events.get(keyOf(permission.gateId, permission.seq));
  const at = { gateId: permission.gateId, seq: permission.seq };
  if (event === undefined)
    return [tampered("event-missing", at, `the consent behind ${what} is not in the pack`)];
  const isPermission =
    PERMISSIONS.has(event.type) &&
    event.purposeId === message.purposeId &&
    event.recordedAt <= decision.decidedAt;
  return isPermission
    ? []
    : [tampered("event-altered", at, `the event behind ${what} is no consent for it at that time`)];
}
