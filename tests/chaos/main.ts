import { availableParallelism } from "node:os";
import { type MachineUse, watchMachine } from "../bench/machine.ts";
import { runKills } from "./kills.ts";
import { runPauses } from "./pauses.ts";
import { runRace } from "./race.ts";
import { openStage } from "./stage.ts";
import { startVerdict } from "./verdict.ts";

/*
 * Tries to break the promises by force, and fails when one breaks or when the force was not really applied.
 * `npm run chaos -- kills race` runs some of: kills, race, pauses.
 */
const SECTIONS = { kills: runKills, race: runRace, pauses: runPauses };

const only = new Set(process.argv.slice(2));
const unknown = [...only].filter((name) => !Object.hasOwn(SECTIONS, name));
if (unknown.length > 0) {
  console.error(`There is no section ${unknown.join(", ")}; there are ${Object.keys(SECTIONS).join(", ")}.`);
  process.exit(1);
}
const verdict = startVerdict();
const stage = await openStage();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  // Worker and API processes end with us; the servers would not.
  process.once(signal, () => void stage.stop().finally(() => process.exit(1)));
}
try {
  for (const [name, run] of Object.entries(SECTIONS)) {
    if (only.size > 0 && !only.has(name)) continue;
    console.log(`\n${name}`);
    const startedAt = performance.now();
    const stopWatching = watchMachine();
    await run(stage, verdict);
    verdict.tell(
      `took ${((performance.now() - startedAt) / 1000).toFixed(0)} s; ${foreignUse(stopWatching())}`,
    );
  }
} finally {
  await stage.stop();
}
console.log(`\n${verdict.broken} promises broken`);
process.exitCode = verdict.broken > 0 ? 1 : 0;

/** Figures in milliseconds belong to a machine and to what else it did; verdicts on messages do not. */
function foreignUse({ foreignCores, stealShare }: MachineUse): string {
  return `others used ${foreignCores.toFixed(2)} of ${availableParallelism()} cores, steal ${(stealShare * 100).toFixed(1)} %`;
}
