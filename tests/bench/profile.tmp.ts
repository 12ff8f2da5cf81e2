import { fork } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { outsideWorkspaces } from "#db/database";
import { migrate } from "#db/migrate";
import { startEmbeddedPostgres } from "../../apps/local/embedded-postgres.ts";
import {
  consentedCsv,
  createCampaign,
  createWorkspace,
  importCsv,
  untilCampaign,
} from "../support/product.ts";
import { createDatabase, databaseUrl } from "../support/test-database.ts";
import { startSink } from "./child.ts";
import { CONTENT } from "./order.ts";
import { processEnvironment, schedule } from "./sending.ts";

const COUNT = Number(process.env["COUNT"] ?? 10000);
const directory = mkdtempSync(join(tmpdir(), "consentry-prof-"));
chmodSync(directory, 0o755);
const postgres = await startEmbeddedPostgres({ directory: join(directory, "postgres") });
await createDatabase(postgres.url, "prof", "template0");
const url = databaseUrl(postgres.url, "prof");
await migrate(url);
const ticks = (pid: string) => {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return {
    ppid: fields[1],
    comm: stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")")),
    cpu: (Number(fields[11]) + Number(fields[12])) * 10,
  };
};
const pgCpu = () => {
  let sum = 0;
  for (const pid of readdirSync("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      const cmd = readFileSync(`/proc/${pid}/cmdline`, "utf8");
      if (cmd.includes("postgres") && (cmd.includes(directory) || /postgres: /.test(cmd)))
        sum += ticks(pid).cpu;
    } catch {}
  }
  return sum;
};

import pgx from "postgres";

const owner = pgx(url, { max: 1, onnotice: () => undefined });

const statsReset = () => owner.unsafe("select pg_stat_statements_reset()");
const statsOf = async () => {
  for (const r of await owner.unsafe(
    `select calls, round(total_exec_time::numeric,0) ms, round(total_plan_time::numeric,0) plan, round((total_exec_time/greatest(calls,1))::numeric,3) each, rows, shared_blks_hit hit, left(regexp_replace(query, '\\s+', ' ', 'g'), 110) q from pg_stat_statements order by total_exec_time+total_plan_time desc limit 16`,
  ))
    console.log([r.calls, r.ms, r.plan, r.each, r.rows, r.hit, r.q].join(" | "));
};
const threads = (pid: number) =>
  readdirSync(`/proc/${pid}/task`)
    .map((tid) => {
      const stat = readFileSync(`/proc/${pid}/task/${tid}/stat`, "utf8");
      const f = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return {
        comm: stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")")),
        cpu: (Number(f[11]) + Number(f[12])) * 10,
      };
    })
    .filter((t) => t.cpu > 100);
const workspace = await createWorkspace(url, 10, null);
await importCsv(workspace, consentedCsv(COUNT));
if (process.env["STATEMENTS"]) {
  await outsideWorkspaces(workspace.database, (tx) => tx.execute(sql`select 1`));
}
for (let round = 0; round < Number(process.env["ROUNDS"] ?? 1); round += 1) {
  const sink = await startSink();
  const campaignId = await createCampaign(workspace, { content: CONTENT });
  const worker = fork(new URL("../../apps/worker/main.ts", import.meta.url), [], {
    execArgv: process.env["PROF"]
      ? ["--cpu-prof", "--cpu-prof-dir=/tmp/prof", "--import", "tsx"]
      : ["--import", "tsx"],
    env: { PATH: process.env["PATH"] ?? "", ...processEnvironment(url, sink.port) },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  await new Promise((r) => setTimeout(r, 4000));
  const pg0 = pgCpu();
  const w0 = ticks(String(worker.pid)).cpu;
  const s0 = ticks(String(sink.pid)).cpu;

  const at = Date.now();
  await schedule(workspace, url, campaignId);
  const report = await sink.until(COUNT);
  console.log(
    `rate ${(((report.count - 1) * 1000) / (report.lastAt - report.firstAt)).toFixed(0)}/s; total ${report.lastAt - at} ms, first after ${report.firstAt - at}; cpu ms: pg ${pgCpu() - pg0}, worker ${ticks(String(worker.pid)).cpu - w0}, sink ${ticks(String(sink.pid)).cpu - s0}`,
  );
  console.log(JSON.stringify(threads(worker.pid ?? 0)));

  for (const r of await owner.unsafe(
    "select relname, n_tup_ins, n_tup_upd, n_tup_hot_upd, n_dead_tup from pg_stat_user_tables where n_tup_upd + n_tup_ins > 1000 order by 3 desc",
  ))
    console.log(JSON.stringify(r));
  await untilCampaign(workspace, campaignId, ["finished"], 60000);
  worker.kill("SIGTERM");
  await new Promise((r) => worker.once("exit", r));
  await sink.stop();
}

import { once } from "node:events";
import { inWorkspace } from "#db/database";
import { readSpeaker } from "#db/queries/candidates";
import { TEST_SECRETS } from "../support/product.ts";
import { runProgram } from "./child.ts";

for (const program of ["./ungated.main.ts", "./nodemailer.main.ts"]) {
  const speaker = await inWorkspace(workspace.database, workspace.workspaceId, (tx) =>
    readSpeaker(tx, workspace.senderId, workspace.purposeId),
  );
  const order = {
    count: COUNT,
    dkimPem: null,
    secrets: TEST_SECRETS,
    variant: { campaignId: workspace.workspaceId, version: 1, content: CONTENT, speaker },
  };
  const sink = await startSink();
  const child = runProgram(program);
  const ended = once(child, "exit");
  const s0 = ticks(String(sink.pid)).cpu;
  let cpu = 0;
  let th: unknown;
  const t = setInterval(() => {
    try {
      cpu = ticks(String(child.pid)).cpu;
      th = threads(child.pid ?? 0);
    } catch {}
  }, 20);
  child.send({ ...order, port: sink.port } as never);
  await ended;
  clearInterval(t);
  const report = await sink.report();
  console.log(
    program,
    `rate ${(((report.count - 1) * 1000) / (report.lastAt - report.firstAt)).toFixed(0)}/s; cpu ms: child ${cpu}, sink ${ticks(String(sink.pid)).cpu - s0}`,
    JSON.stringify(th),
  );
  await sink.stop();
}
await owner.end();
await workspace.close();
await postgres.stop();
rmSync(directory, { recursive: true, force: true });
