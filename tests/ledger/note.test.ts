import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { openCheckpoint, readCheckpoint, signCheckpoint } from "#db/ledger/checkpoint";
import { EMPTY_ROOT } from "#db/ledger/merkle";
import { noteSigner, openNote, readVerifierKey, verifierKeys } from "#db/ledger/note";

const seed = (byte: number) => Buffer.alloc(32, byte).toString("base64");
const RING = { current: "k2", keys: { k1: seed(1), k2: seed(2) } };
const NAME = "consentry-ledger/test";
const verifiersOf = (ring: typeof RING) =>
  verifierKeys(ring, NAME).map((text) => {
    const verifier = readVerifierKey(text);
    if (verifier === null) throw new Error("a key of ours cannot be read");
    return verifier;
  });
const CHECKPOINT = {
  origin: NAME,
  size: 3,
  root: randomBytes(32),
  time: "2026-11-24T12:00:00.000Z",
  previousSize: 0,
  previousRoot: EMPTY_ROOT,
};

describe("a signed note", () => {
  test("reads a note of the C2SP specification's own example key and signature", () => {
    // From the specification of signed notes.
    const key = readVerifierKey("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
    expect(key?.name).toBe("PeterNeumann");
    const note =
      "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
    expect(openNote(note, key === null ? [] : [key]).kind).toBe("signed");
    expect(openNote(note.replace("answer", "Answer"), key === null ? [] : [key]).kind).toBe("not-signed");
  });

  test("signed before a rotation stays valid as long as the old key is known, and no longer", () => {
    const old = signCheckpoint(CHECKPOINT, noteSigner({ ...RING, current: "k1" }, NAME));
    const fresh = signCheckpoint(CHECKPOINT, noteSigner(RING, NAME));
    expect(openCheckpoint(old, verifiersOf(RING)).kind).toBe("signed");
    expect(openCheckpoint(fresh, verifiersOf(RING)).kind).toBe("signed");
    const [newest] = verifiersOf(RING);
    expect(openCheckpoint(old, newest === undefined ? [] : [newest]).kind).toBe("not-signed");
  });

  test("is refused with any bit of it flipped", () => {
    const note = Buffer.from(signCheckpoint(CHECKPOINT, noteSigner(RING, NAME)));
    const verifiers = verifiersOf(RING);
    const accepted: number[] = [];
    for (let bit = 0; bit < note.length * 8; bit += 1) {
      const changed = Buffer.from(note);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      if (openCheckpoint(changed.toString("utf8"), verifiers).kind === "signed") accepted.push(bit);
    }
    expect(accepted).toEqual([]);
  });

  test("is refused with its signature spelt in another way that decodes alike", () => {
    const note = signCheckpoint(CHECKPOINT, noteSigner(RING, NAME));
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const [, last = ""] = /(.)=\n$/.exec(note) ?? [];
    const spelt = note.replace(/.=\n$/, `${alphabet[alphabet.indexOf(last) + 1]}=\n`);
    const signature = (text: string) => Buffer.from(text.trimEnd().split(" ").at(-1) ?? "", "base64");
    expect(spelt).not.toBe(note);
    expect(signature(spelt)).toEqual(signature(note));
    expect(openCheckpoint(spelt, verifiersOf(RING)).kind).toBe("not-signed");
    expect(openCheckpoint(note.replace("=\n", "\n"), verifiersOf(RING)).kind).toBe("not-signed");
  });

  test("of another origin's key is not taken for one of ours", () => {
    const note = signCheckpoint(CHECKPOINT, noteSigner(RING, "consentry-ledger/other"));
    expect(openCheckpoint(note, verifiersOf(RING)).kind).toBe("not-signed");
  });
});

test("a checkpoint says what was put into it", () => {
  const note = signCheckpoint(CHECKPOINT, noteSigner(RING, NAME));
  expect(readCheckpoint(note)).toEqual(CHECKPOINT);
});
