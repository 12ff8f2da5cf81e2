import { generateKeyPairSync } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrate } from "#db/migrate";
import { startEmbeddedPostgres } from "../../apps/local/embedded-postgres.ts";
import { consentedCsv, createWorkspace, importCsv } from "../support/product.ts";
import { createDatabase, databaseUrl } from "../support/test-database.ts";
import { benchDryRun } from "./dry-run.ts";
import { benchEvaluate } from "./evaluate.ts";
import { benchGate } from "./gate.ts";
import { benchImport } from "./import.ts";
import { benchSealing, benchVerify } from "./ledger.ts";
import { describeUse, watchMachine } from "./machine.ts";
import { LANES } from "./order.ts";
import { benchRegistry } from "./registry.ts";
import { benchSending, type SendingBench, sendGated } from "./sending.ts";
import { benchUnsubscribe } from "./unsubscribe.ts";

/*
 * Measures the product and prints ratios from one run; absolute figures belong to the machine. Each line says what
 * others used of the processors meanwhile, and whether it is to be trusted. `npm run bench -- sending import` runs
 * some of: sending, dry-run, gate, import, registry, unsubscribe, ledger, memory.
 */
const MESSAGES = 10_000;
const MANY = 200_000;
const ROUNDS = 2;
const LISTED = 10_000_000;
const LISTED_KNOWN = 50_000;

const only = new Set(process.argv.slice(2));
let missed = 0;
let doubtful = 0;

/** Prints one figure and whether it keeps its bar. */
function show(name: string, figure: string, isKept: boolean | null): void {
  if (isKept === false) missed += 1;
  const verdict = isKept === null ? "    " : isKept ? "ok  " : "MISS";
  console.log(`${verdict} ${name}: ${figure}`);
}

/** Runs one measurement on a database of its own. */
async function section(name: string, measure: (url: string) => Promise<void>): Promise<void> {
  if (only.size > 0 && !only.has(name)) return;
  const database = `bench_${name.replaceAll("-", "_")}`;
  await createDatabase(postgres.url, database, "template0");
  const url = databaseUrl(postgres.url, database);
  await migrate(url);
  console.log(`\n${name}`);
  const stop = watchMachine();
  await measure(url);
  const use = stop();
  if (!use.isTrustworthy) doubtful += 1;
  console.log(`     ${describeUse(use)}`);
}

const megabytes = (bytes: number) => `${Math.round(bytes / 1_048_576)} MB`;
const ratio = (value: number) => value.toFixed(2);

const directory = mkdtempSync(join(tmpdir(), "consentry-bench-"));
chmodSync(directory, 0o755);
const postgres = await startEmbeddedPostgres({ directory: join(directory, "postgres") });
const dkimPem = generateKeyPairSync("rsa", { modulusLength: 2048 })
  .privateKey.export({ type: "pkcs8", format: "pem" })
  .toString();

await section("sending", async (url) => {
  for (const [name, pem] of [
    ["with DKIM", dkimPem],
    ["without DKIM", null],
  ] as const) {
    const rounds: SendingBench[] = [];
    for (let round = 0; round < ROUNDS; round += 1) rounds.push(await benchSending(url, MESSAGES, pem));
    const rate = (way: "gated" | "ungated" | "nodemailer") =>
      rounds.length / rounds.reduce((sum, each) => sum + 1 / each[way].perSecond, 0);
    const [gated, ungated, nodemailer] = [rate("gated"), rate("ungated"), rate("nodemailer")];
    console.log(
      `     ${name}, ${LANES} connections each: gated ${gated.toFixed(0)}/s, same sender ungated ${ungated.toFixed(0)}/s, nodemailer pool ${nodemailer.toFixed(0)}/s`,
    );
    show(`${name}, gated against ungated (bar 0.65)`, ratio(gated / ungated), gated / ungated >= 0.65);
    show(`${name}, gated against nodemailer (bar 1.0)`, ratio(gated / nodemailer), gated >= nodemailer);
    const seconds = rounds.reduce((sum, each) => sum + each.gated.totalSeconds, 0) / rounds.length;
    show(`${name}, schedule to last message of ${MESSAGES}`, `${seconds.toFixed(1)} s`, null);
  }
});

await section("import", async (url) => {
  const result = await benchImport(url, 100_000);
  const perSecond = result.rowsPerSecond;
  show("rows a second (bar 6,000)", perSecond.toFixed(0), perSecond >= 6_000);
  show("against a bare COPY", ratio(result.ratio), null);
  show("peak memory of the importing process", megabytes(result.peakRssBytes), null);
});

await section("registry", async (url) => {
  const result = await benchRegistry(url, join(directory, "list.txt"), LISTED, LISTED_KNOWN);
  const { report } = result;
  console.log(
    `     ${report.added} listed, ${report.refused} refused, ${report.contactPoints} contact points told; received in ${report.receiveSeconds.toFixed(1)} s (${report.receiveCpuSeconds.toFixed(1)} of processor time), in force after ${report.seconds.toFixed(1)} s (${report.cpuSeconds.toFixed(1)})`,
  );
  const isWhole = report.state === "finished" && report.added === LISTED && report.refused === 0;
  show(
    "every number in force, every known one told",
    report.state,
    isWhole && report.contactPoints === LISTED_KNOWN,
  );
  show("numbers a second", result.numbersPerSecond.toFixed(0), null);
  show("against a bare COPY of the digests (bar 0.4)", ratio(result.ratio), result.ratio >= 0.4);
  show(
    "peak memory of the importing process (bar 300 MB)",
    megabytes(result.peakRssBytes),
    result.peakRssBytes < 300 * 1_048_576,
  );
  show("bytes a number in the database", result.bytesPerNumber.toFixed(1), null);
  show(
    "longest wait of a stop for a gate row meanwhile (bar 100 ms)",
    `${result.longestLockMs.toFixed(0)} ms`,
    result.longestLockMs < 100,
  );
});

await section("unsubscribe", async (url) => {
  const result = await benchUnsubscribe(url, 40_000, 20);
  show(`p50 of ${result.presses} presses at 100/s while sending`, `${result.p50Ms.toFixed(0)} ms`, null);
  show(
    "slowest of the 200 presses before them, the first of that process",
    `${result.firstSlowestMs.toFixed(0)} ms`,
    null,
  );
  show("p99 (bar 100 ms)", `${result.p99Ms.toFixed(0)} ms`, result.p99Ms < 100);
  show("sending went on at", `${result.sendingPerSecond.toFixed(0)}/s`, null);
});

await section("dry-run", async (url) => {
  const few = await createWorkspace(url);
  await importCsv(few, consentedCsv(MESSAGES));
  const small = await benchDryRun(few, url);
  await few.close();
  const many = await createWorkspace(url);
  await importCsv(many, consentedCsv(MANY));
  const large = await benchDryRun(many, url);
  await many.close();
  const perSecond = large.people / large.seconds;
  show(
    `decisions a second over ${large.people} people (bar 20,000)`,
    perSecond.toFixed(0),
    perSecond >= 20_000,
  );
  const growth = large.peakRssBytes / small.peakRssBytes;
  console.log(
    `     peak ${megabytes(small.peakRssBytes)} at ${MESSAGES}, ${megabytes(large.peakRssBytes)} at ${MANY}`,
  );
  show("dry run's peak memory at 200,000 against 10,000 (bar 1.2)", ratio(growth), growth <= 1.2);
});

await section("gate", async (url) => {
  const workspace = await createWorkspace(url);
  await importCsv(workspace, consentedCsv(20_000));
  const gate = await benchGate(workspace);
  const rate = (perSecond: number) => Math.round(perSecond).toLocaleString("en-US");
  show("email decisions per core second (bar 200,000)", rate(gate.email), gate.email >= 200_000);
  show("phone decisions per core second (bar 50,000)", rate(gate.phone), gate.phone >= 50_000);
  show("facts read a second, by the clock", rate(gate.facts), null);
  show("email decisions against facts read", ratio(gate.emailByClock / gate.facts), null);
  show("phone decisions against facts read", ratio(gate.phoneByClock / gate.facts), null);
  const { p50Ms, p99Ms } = await benchEvaluate(workspace, url, { perSecond: 200, seconds: 15 });
  show("evaluate over HTTP at 200/s, p50", `${p50Ms.toFixed(1)} ms`, null);
  show("evaluate over HTTP at 200/s, p99 (bar 10 ms)", `${p99Ms.toFixed(1)} ms`, p99Ms < 10);
  await workspace.close();
});

await section("ledger", async (url) => {
  const sealing = await benchSealing(url, 4, join(directory, "ledger"));
  console.log(
    `     consent events a second: ${sealing.unsealedPerSecond.toFixed(0)} unsealed, ${sealing.sealedPerSecond.toFixed(0)} sealed (${sealing.events} events)`,
  );
  show("consent writes with sealing against without (bar 0.90)", ratio(sealing.ratio), sealing.ratio >= 0.9);
  const verify = await benchVerify(1_000_000, 700_000, join(directory, "million"));
  show(
    "seconds to verify 1,000,000 events on 700,000 keys (bar 60)",
    `${verify.seconds.toFixed(1)} (${verify.cpuSeconds.toFixed(1)} of processor time)`,
    verify.seconds < 60,
  );
  show(
    "peak memory of verify (bar 300 MB)",
    megabytes(verify.peakRssBytes),
    verify.peakRssBytes < 300 * 1_048_576,
  );
});

await section("memory", async (url) => {
  const few = await createWorkspace(url);
  await importCsv(few, consentedCsv(MESSAGES));
  const small = await sendGated(few, url, MESSAGES);
  await few.close();
  const many = await createWorkspace(url);
  await importCsv(many, consentedCsv(MANY));
  const large = await sendGated(many, url, MANY);
  await many.close();
  const growth = large.peakRssBytes / small.peakRssBytes;
  console.log(
    `     worker peak ${megabytes(small.peakRssBytes)} at ${MESSAGES}, ${megabytes(large.peakRssBytes)} at ${MANY}`,
  );
  show("worker peak memory at 200,000 against 10,000 (bar 1.2)", ratio(growth), growth <= 1.2);
  show(`messages a second over ${MANY}`, large.sending.perSecond.toFixed(0), null);
});

await postgres.stop();
rmSync(directory, { recursive: true, force: true });
console.log(`\n${missed} bars missed, ${doubtful} sections not to be trusted`);
process.exitCode = missed > 0 ? 1 : 0;
