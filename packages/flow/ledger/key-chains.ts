import { hash } from "node:crypto";
import { EMPTY_HEAD } from "#db/ledger/chain";
import { HASH_BYTES } from "#db/ledger/merkle";

/** The tip of one key's chain. */
export interface ChainTip {
  readonly seq: number;
  readonly headHex: string;
}

/**
 * The tips of all keys' chains while a ledger is walked. A key costs 60 bytes, in arrays that grow by blocks: a million
 * of them must fit beside everything else.
 */
export interface KeyChains {
  readonly size: number;
  /** Moves a key's chain on by an event; false when the event does not continue it. The tip then stays. */
  advance(gateId: number, workspaceId: string, seq: number, leafHex: string, headHex: string): boolean;
  tip(gateId: number): ChainTip | null;
}

const BLOCK = 1 << 16;

interface Block {
  readonly gateIds: Float64Array;
  readonly workspaces: Uint32Array;
  readonly seqs: Uint32Array;
  readonly heads: Buffer;
}

export function emptyChains(): KeyChains {
  const blocks: Block[] = [];
  const workspaceIds = new Map<string, number>();
  let slots = new Int32Array(1 << 12).fill(-1);
  let size = 0;
  const input = Buffer.alloc(1 + 2 * HASH_BYTES);
  input[0] = 1;

  const blockOf = (entry: number): Block => blocks[Math.floor(entry / BLOCK)] as Block;
  const gateOf = (entry: number): number => blockOf(entry).gateIds[entry % BLOCK] ?? -1;
  /** The slot of a key, or the free one where it belongs. */
  const slotOf = (gateId: number): number => {
    const mask = slots.length - 1;
    let slot = (Math.imul(gateId % 4_294_967_296, 2_654_435_761) >>> 7) & mask;
    while (true) {
      const entry = slots[slot] ?? -1;
      if (entry < 0 || gateOf(entry) === gateId) return slot;
      slot = (slot + 1) & mask;
    }
  };
  const grow = () => {
    slots = new Int32Array(slots.length * 2).fill(-1);
    for (let entry = 0; entry < size; entry += 1) slots[slotOf(gateOf(entry))] = entry;
  };
  const workspaceNumber = (workspaceId: string): number => {
    const known = workspaceIds.get(workspaceId);
    if (known !== undefined) return known;
    workspaceIds.set(workspaceId, workspaceIds.size);
    return workspaceIds.size - 1;
  };
  const add = (gateId: number, workspace: number): number => {
    if (size * 4 >= slots.length * 3) grow();
    if (size % BLOCK === 0) {
      blocks.push({
        gateIds: new Float64Array(BLOCK),
        workspaces: new Uint32Array(BLOCK),
        seqs: new Uint32Array(BLOCK),
        heads: Buffer.alloc(BLOCK * HASH_BYTES),
      });
    }
    const entry = size;
    size += 1;
    const block = blockOf(entry);
    block.gateIds[entry % BLOCK] = gateId;
    block.workspaces[entry % BLOCK] = workspace;
    slots[slotOf(gateId)] = entry;
    return entry;
  };

  return {
    get size() {
      return size;
    },
    advance: (gateId, workspaceId, seq, leafHex, headHex) => {
      const workspace = workspaceNumber(workspaceId);
      const known = slots[slotOf(gateId)] ?? -1;
      if (known < 0) EMPTY_HEAD.copy(input, 1);
      else {
        const block = blockOf(known);
        const at = (known % BLOCK) * HASH_BYTES;
        block.heads.copy(input, 1, at, at + HASH_BYTES);
        if (block.workspaces[known % BLOCK] !== workspace) return false;
      }
      const before = known < 0 ? 0 : (blockOf(known).seqs[known % BLOCK] ?? 0);
      if (seq !== before + 1) return false;
      input.write(leafHex, 1 + HASH_BYTES, "hex");
      if (hash("sha256", input, "hex") !== headHex) return false;
      const entry = known < 0 ? add(gateId, workspace) : known;
      const block = blockOf(entry);
      block.seqs[entry % BLOCK] = seq;
      block.heads.write(headHex, (entry % BLOCK) * HASH_BYTES, "hex");
      return true;
    },
    tip: (gateId) => {
      const entry = slots[slotOf(gateId)] ?? -1;
      if (entry < 0) return null;
      const block = blockOf(entry);
      const at = (entry % BLOCK) * HASH_BYTES;
      return {
        seq: block.seqs[entry % BLOCK] ?? 0,
        headHex: block.heads.toString("hex", at, at + HASH_BYTES),
      };
    },
  };
}
