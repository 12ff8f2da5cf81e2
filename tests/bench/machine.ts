import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

/** How much of the machine others used during a measurement. */
export interface MachineUse {
  /** Cores used by processes that are not ours, on average. */
  readonly foreignCores: number;
  /** Share of time that the hypervisor gave to other machines. */
  readonly stealShare: number;
  readonly isTrustworthy: boolean;
}

const FOREIGN_CORES_MAX = 0.2;
const STEAL_SHARE_MAX = 0.03;
/** Linux counts processor time in hundredths of a second. */
const TICKS_PER_SECOND = 100;

interface Reading {
  readonly atMs: number;
  readonly busy: number;
  readonly steal: number;
  readonly total: number;
  readonly own: number;
}

/** Begins to watch the machine; the answer tells what others did until then. Linux only. */
export function watchMachine(): () => MachineUse {
  const before = read();
  return () => {
    const after = read();
    const seconds = (after.atMs - before.atMs) / 1000;
    const ticks = Math.max(1, after.total - before.total);
    const foreign = Math.max(0, after.busy - before.busy - (after.own - before.own));
    const foreignCores = foreign / TICKS_PER_SECOND / seconds;
    const stealShare = (after.steal - before.steal) / ticks;
    return {
      foreignCores,
      stealShare,
      isTrustworthy: foreignCores <= FOREIGN_CORES_MAX && stealShare <= STEAL_SHARE_MAX,
    };
  };
}

export function describeUse(use: MachineUse): string {
  const figures = `others used ${use.foreignCores.toFixed(2)} of ${availableParallelism()} cores, steal ${(use.stealShare * 100).toFixed(1)} %`;
  return use.isTrustworthy ? figures : `${figures}: DO NOT TRUST THIS RUN`;
}

function read(): Reading {
  const [, line = ""] = /^cpu +(.+)$/m.exec(readFileSync("/proc/stat", "utf8")) ?? [];
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = line
    .split(" ")
    .map(Number);
  const busy = user + nice + system;
  return {
    atMs: performance.now(),
    busy,
    steal,
    total: busy + idle + iowait + irq + softirq + steal,
    own: ownTicks(),
  };
}

/** Processor time of this process and all below it, including children that have ended. */
function ownTicks(): number {
  const processes = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => processOf(Number(name)));
  const ours = new Set([process.pid]);
  let grew = true;
  while (grew) {
    const before = ours.size;
    for (const { pid, parent } of processes) if (ours.has(parent)) ours.add(pid);
    grew = ours.size > before;
  }
  return processes.filter(({ pid }) => ours.has(pid)).reduce((sum, { ticks }) => sum + ticks, 0);
}

function processOf(pid: number): { pid: number; parent: number; ticks: number }[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name stands in parentheses and may hold spaces; fields are counted from behind it.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const field = (place: number) => Number(fields[place - 3]);
    return [{ pid, parent: field(4), ticks: field(14) + field(15) + field(16) + field(17) }];
  } catch {
    // It ended while we looked.
    return [];
  }
}
