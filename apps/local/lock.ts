import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export type Lock =
  | { readonly kind: "held"; release(): void }
  | { readonly kind: "running"; readonly pid: number; readonly url: string };

/** One copy per data directory: a second one is told which process has it. A lock of a dead process is taken over. */
export function takeLock(directory: string, url: string): Lock {
  const file = join(directory, "lock.json");
  if (existsSync(file)) {
    const owner = readOwner(file);
    if (owner !== null && owner.pid !== process.pid && isAlive(owner.pid))
      return { kind: "running", ...owner };
  }
  writeFileSync(file, JSON.stringify({ pid: process.pid, url }), { mode: 0o600 });
  return { kind: "held", release: () => rmSync(file, { force: true }) };
}

function readOwner(file: string): { pid: number; url: string } | null {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as { pid: number; url: string };
  } catch {
    // Half written by a crash: nobody owns it.
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
