import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { readCheckpoint, signCheckpoint } from "#db/ledger/checkpoint";
import { noteSigner, verifierKeys } from "#db/ledger/note";
import { TEST_SECRETS } from "../support/product.ts";
import { type LedgerBed, ledgerBed, randomFrom } from "./ledger-bed.ts";

/* Somebody changes the exported files. Each way is tried in many places; `verify` has to find each, and name it. */

const ROUNDS = 15;
let bed: LedgerBed;
let random: (below: number) => number;
let lines: readonly string[] = [];
let notes: readonly string[] = [];
let work = "";

beforeAll(async () => {
  bed = await ledgerBed(inject("postgresUrl"));
  random = randomFrom(7);
  const gates = await bed.gates(25);
  for (let round = 0; round < 40; round += 1) {
    await bed.write(Array.from({ length: 1 + random(9) }, () => gates[random(25)] ?? 0));
    if (round % 3 === 0) await bed.seal(9);
  }
  await bed.seal(9);
  lines = readFileSync(join(bed.directory, "000000000.events"), "utf8").trimEnd().split("\n");
  notes = readFileSync(join(bed.directory, "000000000.checkpoints"), "utf8")
    .trimEnd()
    .split(/\n\n(?!—)/);
  work = mkdtempSync(join(tmpdir(), "consentry-tampered-"));
});
afterAll(async () => {
  rmSync(work, { recursive: true, force: true });
  await bed.close();
});

const position = (line: number) => line - 1;
/** Any event's line but the last: the end of the files is a matter of its own. */
const anyLine = () => 1 + random(lines.length - 2);
const fieldsOf = (line: string) =>
  JSON.parse(line.slice(line.indexOf("{"))) as { gateId: number; seq: number };
const digest = (...parts: readonly (Buffer | string)[]) => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** A copy of the export with these lines or checkpoints instead, and what verify says of it. */
async function verdict(
  changed: { lines?: readonly string[]; notes?: readonly string[]; newest?: string },
  options: { kept?: readonly string[]; database?: boolean } = {},
) {
  const directory = join(work, "copy");
  rmSync(directory, { recursive: true, force: true });
  cpSync(bed.directory, directory, { recursive: true });
  const write = (name: string, text: string) => writeFileSync(join(directory, name), text);
  if (changed.lines !== undefined) write("000000000.events", `${changed.lines.join("\n")}\n`);
  if (changed.notes !== undefined)
    write("000000000.checkpoints", changed.notes.map((note) => `${note}\n\n`).join(""));
  if (changed.newest !== undefined) write("checkpoint", changed.newest);
  return (await bed.verify({ directory, ...options })).finding;
}

const replaced = (line: number, text: string) => lines.map((each, place) => (place === line ? text : each));

/** The line with another text, its leaf and head made to fit, as somebody who knows the format would. */
function forged(line: string, change: (text: string) => string): string {
  const [place = "", , , ...rest] = line.split(" ");
  const text = change(rest.join(" "));
  const leaf = digest(Buffer.from([0]), text);
  const { gateId, seq } = JSON.parse(text) as { gateId: number; seq: number };
  const before = lines.find(
    (each, at) => at > 0 && fieldsOf(each).gateId === gateId && fieldsOf(each).seq === seq - 1,
  );
  const head = before === undefined ? Buffer.alloc(32) : Buffer.from(before.split(" ")[2] ?? "", "hex");
  return `${place} ${leaf.toString("hex")} ${digest(Buffer.from([1]), head, leaf).toString("hex")} ${text}`;
}

describe("somebody who", () => {
  test("changes nothing leaves nothing to find", async () => {
    expect(lines.length).toBeGreaterThan(150);
    expect(await verdict({})).toBeNull();
    expect(await verdict({ lines, notes })).toBeNull();
    expect(readdirSync(bed.directory).sort()).toEqual([
      "000000000.checkpoints",
      "000000000.events",
      "checkpoint",
      "keys.txt",
    ]);
  });

  test("changes a character of an event is told which event", async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const line = anyLine();
      const text = lines[line] ?? "";
      const at = text.indexOf("{") + 1 + random(text.length - text.indexOf("{") - 2);
      const other = text[at] === "0" ? "1" : "0";
      const found = await verdict({ lines: replaced(line, text.slice(0, at) + other + text.slice(at + 1)) });
      expect(found, `round ${round}`).toMatchObject({
        kind: "tampered",
        fault: "event-altered",
        at: { position: position(line) },
      });
    }
  });

  test("puts another person into an event is told which event", async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const line = anyLine();
      const text = (lines[line] ?? "").replace(/"contactId":"[^"]+"/, `"contactId":"${crypto.randomUUID()}"`);
      expect(await verdict({ lines: replaced(line, text) }), `round ${round}`).toMatchObject({
        fault: "event-altered",
        at: { position: position(line), gateId: fieldsOf(text).gateId, seq: fieldsOf(text).seq },
      });
    }
  });

  test("forges an event, its leaf and its head breaks the chain or the root, and the database tells which event", async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const line = anyLine();
      const text = forged(lines[line] ?? "", (each) => each.replace('"type":"given"', '"type":"withdrawn"'));
      const found = await verdict({ lines: replaced(line, text) });
      expect(found, `round ${round}`).toMatchObject({ kind: "tampered" });
      expect(["chain-broken", "root-mismatch"]).toContain(found?.fault);
      expect(await verdict({ lines: replaced(line, text) }, { database: true })).toMatchObject({
        fault: "event-altered",
        at: { position: position(line) },
      });
    }
  });

  test("takes an event out is told which, and when the numbers are made to fit, that it cannot be", async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const line = anyLine();
      const without = lines.filter((_, place) => place !== line);
      expect(await verdict({ lines: without }), `round ${round}`).toMatchObject({
        fault: "event-missing",
        at: { position: position(line) },
      });
      const renumbered = without.map((each, place) =>
        place === 0 ? each : each.replace(/^\d+/, String(place - 1)),
      );
      expect(await verdict({ lines: renumbered })).not.toBeNull();
      expect(await verdict({ lines: renumbered }, { database: true })).toMatchObject({
        kind: "tampered",
        at: { position: position(line) },
      });
    }
  });

  test("puts an event in is told where", async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const line = anyLine();
      const more = [...lines.slice(0, line + 1), lines[line] ?? "", ...lines.slice(line + 1)];
      expect(await verdict({ lines: more }), `round ${round}`).toMatchObject({
        fault: "event-inserted",
        at: { position: position(line) + 1 },
      });
      const renumbered = more.map((each, place) =>
        place === 0 ? each : each.replace(/^\d+/, String(place - 1)),
      );
      expect(await verdict({ lines: renumbered })).toMatchObject({
        fault: "chain-broken",
        at: { position: position(line) + 1 },
      });
    }
  });

  test("puts two events into another order is told which comes first", async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const one = anyLine();
      const other = one === 1 ? 2 : 1 + random(one - 1);
      const [first, second] = [Math.min(one, other), Math.max(one, other)];
      const swapped = replaced(first, lines[second] ?? "").map((each, place) =>
        place === second ? (lines[first] ?? "") : each,
      );
      expect(await verdict({ lines: swapped }), `round ${round}`).toMatchObject({
        fault: "events-reordered",
        at: { position: position(first) },
      });
    }
  });

  test("cuts events off leaves the files incomplete", async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const left = 1 + random(lines.length - 1);
      expect(await verdict({ lines: lines.slice(0, left) }), `round ${round}`).toMatchObject({
        kind: "incomplete",
        fault: "events-not-exported",
      });
    }
  });

  test("takes the newest checkpoints away is told so, by the events behind them", async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const left = 1 + random(notes.length - 1);
      const last = readCheckpoint(notes[left - 1] ?? "");
      expect(
        await verdict({ notes: notes.slice(0, left), newest: `${notes[left - 1]}\n` }),
        `round ${round}`,
      ).toMatchObject({ fault: "checkpoint-rolled-back", at: { position: last?.size } });
    }
  });

  test("takes checkpoints and their events away is found by a checkpoint kept elsewhere, and by the database", async () => {
    const kept = [`${notes.at(-1)}\n`];
    for (let round = 0; round < ROUNDS; round += 1) {
      const left = 1 + random(notes.length - 1);
      const size = readCheckpoint(`${notes[left - 1]}\n`)?.size ?? 0;
      const changed = {
        notes: notes.slice(0, left),
        newest: `${notes[left - 1]}\n`,
        lines: lines.slice(0, size + 1),
      };
      expect(await verdict(changed, { kept }), `round ${round}`).toMatchObject({
        fault: "checkpoint-rolled-back",
        at: { position: size },
      });
    }
  });

  test("takes one checkpoint out of the middle is told where", async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const gone = random(notes.length - 1);
      const before = gone === 0 ? 0 : readCheckpoint(notes[gone - 1] ?? "")?.size;
      expect(
        await verdict({ notes: notes.filter((_, place) => place !== gone) }),
        `round ${round}`,
      ).toMatchObject({
        fault: "checkpoint-order",
        at: { position: before },
      });
    }
  });

  test("signs checkpoints with a key of their own is found out, one checkpoint or all", async () => {
    const own = { current: "x", keys: { x: Buffer.alloc(32, 3).toString("base64") } };
    const resigned = (note: string) => {
      const checkpoint = readCheckpoint(note);
      if (checkpoint === null) throw new Error("a checkpoint cannot be read");
      return signCheckpoint(checkpoint, noteSigner(own, checkpoint.origin)).trimEnd();
    };
    for (let round = 0; round < ROUNDS; round += 1) {
      const one = random(notes.length);
      const changed = notes.map((note, place) => (place === one || round === 0 ? resigned(note) : note));
      expect(await verdict({ notes: changed }), `round ${round}`).toMatchObject({
        fault: "checkpoint-not-signed",
      });
    }
  });

  test("looks at it with another ledger's key is told that nobody known signed it", async () => {
    const other = { current: "x", keys: { x: Buffer.alloc(32, 4).toString("base64") } };
    const origin = readCheckpoint(notes[0] ?? "")?.origin ?? "";
    const { finding } = await bed.verify({ keys: verifierKeys(other, origin) });
    expect(finding).toMatchObject({ kind: "tampered", fault: "checkpoint-not-signed" });
  });
});

test("a checkpoint kept elsewhere that is of another history is found, whatever its size", async () => {
  const note = notes[Math.floor(notes.length / 2)] ?? "";
  const checkpoint = readCheckpoint(`${note}\n`);
  if (checkpoint === null) throw new Error("a checkpoint cannot be read");
  const signer = noteSigner(TEST_SECRETS.ledger, checkpoint.origin);
  const other = signCheckpoint({ ...checkpoint, root: Buffer.alloc(32, 1) }, signer);
  expect((await bed.verify({ kept: [other] })).finding).toMatchObject({ fault: "root-mismatch" });
  expect((await bed.verify({ kept: [`${note}\n`] })).finding).toBeNull();
});
