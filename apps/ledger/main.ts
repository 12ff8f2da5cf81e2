import { readFileSync, writeFileSync } from "node:fs";
import { type Database, openDatabase, outsideWorkspaces } from "#db/database";
import { originOf } from "#db/ledger/checkpoint";
import { readVerifierKey, verifierKeys } from "#db/ledger/note";
import { readLedger } from "#db/queries/ledger";
import { listWorkspaces } from "#db/queries/workspaces";
import type { Config } from "#flow/config";
import { checkPack } from "#flow/ledger/check-pack";
import { checkReceipt } from "#flow/ledger/check-receipt";
import { provePerson } from "#flow/ledger/prove";
import { exportedKeys, readKeys, verifyLedger } from "#flow/ledger/verify";
import { configuration, databaseUrl, exportDirectory } from "./config.ts";
import { type Order, readOrder, USAGE } from "./order.ts";
import { lineOf, oneLine, type Status, statusOf } from "./report.ts";

/** A writer at work brings events behind their checkpoint within this time. */
const PATIENCE_MS = 5_000;

const say = (line: string) => process.stdout.write(`${oneLine(line)}\n`);

function fail(problem: string): 2 {
  process.stderr.write(`${problem}\n`);
  return 2;
}

async function main(): Promise<Status> {
  const order = readOrder(process.argv.slice(2));
  switch (order?.kind) {
    case "verify":
      return verify(order);
    case "prove":
      return prove(order);
    case "check":
      return check(order);
    case "keys":
      return keys();
    default:
      return fail(USAGE);
  }
}

async function verify(order: Extract<Order, { kind: "verify" }>): Promise<Status> {
  const directory = order.directory ?? exportDirectory();
  const given = order.key === null ? null : keysFrom(order.key);
  if (order.key !== null && given === null) return fail("--key: is neither a public key nor a file of them");
  if (given === null)
    say("keys: those in the export itself; use --key with one that you have from elsewhere");
  const kept: string[] = [];
  for (const file of order.kept) {
    const text = textOf(file);
    if (text === null) return fail(`${file}: cannot be read`);
    kept.push(text);
  }
  const url = order.withDatabase ? databaseUrl() : null;
  if (order.withDatabase && url === null)
    return fail("DATABASE_URL: is not set, and nothing runs under npm start");
  const options = {
    directory,
    keys: given ?? (await exportedKeys(directory)),
    kept,
    ageMsMax: order.ageSeconds * 1_000,
    patienceMs: PATIENCE_MS,
  };
  const verified =
    url === null
      ? await verifyLedger({ ...options, database: null })
      : await withDatabase(url, "consentry_ledger", (database) => verifyLedger({ ...options, database }));
  if (order.isJson)
    say(
      JSON.stringify({ ...verified, status: statusOf(verified.finding === null ? [] : [verified.finding]) }),
    );
  else {
    say(
      `ledger ${verified.origin ?? "unknown"}: ${verified.events} events of ${verified.keysOfPeople} keys, ${verified.checkpoints} checkpoints`,
    );
    say(verified.finding === null ? "OK" : lineOf(verified.finding));
  }
  return statusOf(verified.finding === null ? [] : [verified.finding]);
}

async function prove(order: Extract<Order, { kind: "prove" }>): Promise<Status> {
  const read = configuration();
  if (read.kind === "problems") return fail(read.problems.join("\n"));
  const { config } = read;
  return withDatabase(config.databaseUrl, "consentry_app", async (database) => {
    const workspaces = (await outsideWorkspaces(database, listWorkspaces)).map((workspace) => workspace.id);
    const [first] = workspaces;
    const workspaceId = order.workspaceId ?? (workspaces.length === 1 ? first : undefined);
    if (workspaceId === undefined) return fail(`--workspace: must be one of ${workspaces.join(", ")}`);
    return withDatabase(config.databaseUrl, "consentry_ledger", (ledgerDatabase) =>
      writePack({ database, ledgerDatabase }, config, workspaceId, order),
    );
  });
}

async function writePack(
  databases: { readonly database: Database; readonly ledgerDatabase: Database },
  config: Config,
  workspaceId: string,
  order: Extract<Order, { kind: "prove" }>,
): Promise<Status> {
  const proved = await provePerson({ ...databases, keys: config.secrets }, workspaceId, order.who);
  if (proved.kind === "unknown-person")
    return fail("nobody in this workspace has that id, address or number");
  if (proved.kind === "several")
    return fail(`several people have it; name one of ${proved.contactIds.join(", ")}`);
  const text = `${JSON.stringify(proved.pack, null, 2)}\n`;
  if (order.out === null) process.stdout.write(text);
  else writeFileSync(order.out, text, { mode: 0o600 });
  return 0;
}

function check(order: Extract<Order, { kind: "check" }>): Status {
  const keysGiven = order.key === null ? null : keysFrom(order.key);
  if (keysGiven === null)
    return fail("--key: must be a public key or a file of them, from elsewhere than the pack");
  const text = textOf(order.file);
  if (text === null) return fail(`${order.file}: cannot be read`);
  let pack: unknown;
  try {
    pack = JSON.parse(text);
  } catch {
    return fail(`${order.file}: is not JSON`);
  }
  const verifiers = keysGiven.flatMap((key) => readVerifierKey(key) ?? []);
  const isSigned = checkReceipt(pack, verifiers);
  if (isSigned !== null) {
    say(isSigned ? "OK" : "TAMPERED: none of the given keys signed the receipt as it stands");
    return isSigned ? 0 : 1;
  }
  const checked = checkPack(pack, verifiers);
  const status = statusOf(checked.findings);
  if (order.isJson) say(JSON.stringify({ ...checked, status }));
  else {
    say(
      `${checked.events} events; ${checked.contacted} messages handed over, ${checked.permitted} of them on consent`,
    );
    for (const finding of checked.findings) say(lineOf(finding));
    if (status === 0) say("OK");
  }
  return status;
}

/** Prints the public keys, for those who verify. */
async function keys(): Promise<Status> {
  const read = configuration();
  if (read.kind === "problems") return fail(read.problems.join("\n"));
  const { config } = read;
  return withDatabase(config.databaseUrl, "consentry_ledger", async (database): Promise<Status> => {
    const { id } = await outsideWorkspaces(database, readLedger);
    for (const key of verifierKeys(config.secrets.ledger, originOf(id))) say(key);
    return 0;
  });
}

async function withDatabase<T>(
  url: string,
  role: string,
  work: (database: Database) => Promise<T>,
): Promise<T> {
  const database = openDatabase(url, { connectionsMax: 2, role, applicationName: "consentry ledger" });
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

/** A key that was given itself, or the keys in a file. */
const keysFrom = (text: string): string[] | null =>
  readVerifierKey(text) === null ? readKeys(textOf(text) ?? "") : [text];

function textOf(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}

process.exitCode = await main();
