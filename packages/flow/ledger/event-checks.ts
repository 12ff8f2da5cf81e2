import { leafOfText } from "#db/ledger/chain";
import type { Checkpoint } from "#db/ledger/checkpoint";
import { emptyFrontier, entryHash } from "#db/ledger/merkle";
import { type LineBlock, type LineParts, linePartsOf } from "./export-format.ts";
import { type Finding, tampered } from "./findings.ts";
import { emptyChains, type KeyChains } from "./key-chains.ts";
import type { ExportedCheckpoint } from "./verify-checkpoints.ts";
import { fieldsOf, misplaced } from "./verify-line.ts";

/** An event of the files, as another source is compared with it. */
export interface ExportedEvent {
  readonly position: number;
  readonly workspaceId: string;
  readonly gateId: number;
  readonly seq: number;
  readonly text: string;
  readonly leafHex: string;
  readonly headHex: string;
}

/** A second source that each event and checkpoint of the files is compared with. */
export interface OtherSide {
  /** Called before the events from `first` to below `below` come. */
  load(first: number, below: number): Promise<Finding | null>;
  event(event: ExportedEvent, entry: Buffer): Promise<Finding | null> | Finding | null;
  checkpoint(checkpoint: ExportedCheckpoint): Finding | null;
}

/** What the events of a ledger are checked against, one after the other from the first. */
export interface EventChecks {
  /** How many events have passed. */
  readonly size: number;
  readonly chains: KeyChains;
  /** Checkpoints to come, smallest first: the tree's root is compared when it has their size. */
  expect(checkpoints: readonly ExportedCheckpoint[]): void;
  /** Checks the next event's line: its form, its leaf, the other side, its key's chain, the roots that end with it. */
  line(block: LineBlock, line: number): Promise<Finding | null> | Finding | null;
}

type Place = Pick<ExportedEvent, "position" | "workspaceId" | "gateId" | "seq">;

/** @param kept checkpoints that were kept elsewhere. @param other null: the files alone. */
export function eventChecks(kept: readonly Checkpoint[], other: OtherSide | null): EventChecks {
  const frontier = emptyFrontier();
  const chains = emptyChains();
  const keptDue = [...kept].sort((a, b) => a.size - b.size);
  const due: ExportedCheckpoint[] = [];
  let lastSize = 0;

  const rootProblem = (checkpoint: Checkpoint, whose: string): Finding | null =>
    checkpoint.root.equals(frontier.root())
      ? null
      : tampered(
          "root-mismatch",
          { position: lastSize },
          `the events up to ${frontier.size} give another root than ${whose}; the first that is wrong stands at ${lastSize} or later`,
        );
  /** The checkpoints that end with the event that has just passed. */
  const roots = (): Finding | null => {
    while (keptDue[0]?.size === frontier.size) {
      const problem = rootProblem(keptDue[0], "a checkpoint kept elsewhere");
      if (problem !== null) return problem;
      keptDue.shift();
    }
    const next = due[0];
    if (next?.size !== frontier.size) return null;
    due.shift();
    const problem = rootProblem(next, "their checkpoint") ?? other?.checkpoint(next) ?? null;
    if (problem === null) lastSize = frontier.size;
    return problem;
  };
  const pass = (at: Place, parts: LineParts, entry: Buffer): Finding | null => {
    if (!chains.advance(at.gateId, at.workspaceId, at.seq, parts.leafHex, parts.headHex)) {
      const tip = chains.tip(at.gateId);
      const before = tip === null ? "none" : `number ${tip.seq}`;
      return tampered(
        "chain-broken",
        at,
        `the event does not continue its key's chain (the one before it is ${before})`,
      );
    }
    frontier.push(entry);
    return roots();
  };

  return {
    get size() {
      return frontier.size;
    },
    chains,
    expect: (checkpoints) => {
      due.push(...checkpoints);
    },
    line: (block, line) => {
      const position = frontier.size;
      const start = block.starts[line] ?? 0;
      const end = block.ends[line] ?? 0;
      const parts = linePartsOf(block.buffer, start, end);
      if (parts === null) return tampered("event-altered", { position }, "the line has no valid form");
      if (parts.position !== position) return misplaced(block, line, position, parts);
      const text = block.buffer.subarray(parts.textStart, end);
      const fields = fieldsOf(text);
      if (fields === null) return tampered("event-altered", { position }, "the line has no valid form");
      const at = { position, ...fields };
      if (leafOfText(text).toString("hex") !== parts.leafHex)
        return tampered("event-altered", at, "the event's text is not what its leaf says");
      const leaf = Buffer.from(parts.leafHex, "hex");
      const entry = entryHash(fields.workspaceId, fields.gateId, fields.seq, leaf);
      if (other === null) return pass(at, parts, entry);
      const { leafHex, headHex } = parts;
      const compared = other.event({ ...at, text: text.toString(), leafHex, headHex }, entry);
      return compared instanceof Promise
        ? compared.then((finding) => finding ?? pass(at, parts, entry))
        : (compared ?? pass(at, parts, entry));
    },
  };
}
