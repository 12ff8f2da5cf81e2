import { type LineBlock, type LineParts, linePartsOf } from "./export-format.ts";
import { type Finding, tampered } from "./findings.ts";

/** Tells apart what can be wrong when a line carries another position than its own. */
export function misplaced(block: LineBlock, line: number, position: number, parts: LineParts): Finding {
  const later = (from: number) => {
    for (let each = from; each < block.count; each += 1) {
      const found = linePartsOf(block.buffer, block.starts[each] ?? 0, block.ends[each] ?? 0);
      if (found?.position === position) return true;
    }
    return false;
  };
  const text = block.buffer.subarray(parts.textStart, block.ends[line]);
  const at = { position, ...(fieldsOf(text) ?? {}) };
  if (parts.position < position)
    return tampered("event-inserted", at, `position ${parts.position} comes again`);
  return later(line + 1)
    ? tampered("events-reordered", at, `position ${parts.position} stands before ${position}`)
    : tampered("event-missing", { position }, `position ${parts.position} follows ${position - 1}`);
}

/** Whose event a leaf's text is; null when it is no event. */
export function fieldsOf(text: Buffer): { workspaceId: string; gateId: number; seq: number } | null {
  try {
    const { workspaceId, gateId, seq } = JSON.parse(text.toString()) as Record<string, unknown>;
    return typeof workspaceId === "string" &&
      /^[0-9a-f-]{36}$/.test(workspaceId) &&
      isCount(gateId) &&
      isCount(seq)
      ? { workspaceId, gateId, seq }
      : null;
  } catch {
    return null;
  }
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
