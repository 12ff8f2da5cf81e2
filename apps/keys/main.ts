import { openDatabase } from "#db/database";
import { indexNeeds, retireIndex, rotateIndex } from "#flow/keys/rotate-index";
import { rotateMaster } from "#flow/keys/rotate-master";
import { config } from "./config.ts";

const USAGE = `npm run keys -- rotate-master             seal everything anew under the current master key
npm run keys -- rotate-index              write every index under the current index key, and say what needs older ones
npm run keys -- retire-index <version>    delete what stands under an older index key, if nothing needs it`;

/** The first look goes over whole tables. */
const STATEMENT_TIMEOUT_MS = 15 * 60_000;

const { databaseUrl, secrets } = config();
const owner = openDatabase(databaseUrl, {
  applicationName: "consentry keys",
  connectionsMax: 4,
  statementTimeoutMs: STATEMENT_TIMEOUT_MS,
  // The owner sees every workspace at once, and may seal the ledger's evidence anew.
  role: decodeURIComponent(new URL(databaseUrl).username),
});
const [command, version] = process.argv.slice(2);
try {
  process.exitCode = await run();
} finally {
  await owner.close();
}

async function run(): Promise<number> {
  switch (command) {
    case "rotate-master": {
      const done = await rotateMaster(owner, secrets.master);
      for (const { table, values } of done) console.log(`${table}: ${values} sealed anew`);
      console.log(`everything stands under ${secrets.master.current}`);
      return 0;
    }
    case "rotate-index": {
      const { contacts, splitKeys } = await rotateIndex(owner, secrets);
      console.log(`${contacts} contacts indexed under ${secrets.index.current}`);
      if (splitKeys > 0) {
        console.error(`${splitKeys} keys have two gate rows: a process runs without a key of the ring`);
        return 1;
      }
      for (const { version: older, needs } of await indexNeeds(owner, secrets.index.current)) {
        console.log(
          `${older} is needed by ${needs.keys} keys, ${needs.contacts} contacts, ${needs.listed} listed numbers`,
        );
      }
      return 0;
    }
    case "retire-index": {
      if (version === undefined) break;
      const retired = await retireIndex(owner, secrets.index.current, version);
      if (retired.kind === "retired") {
        console.log(`${retired.entries} entries of ${version} deleted; it may leave the ring`);
        return 0;
      }
      console.error(
        retired.kind === "is-current"
          ? `${version} is the current version`
          : `${version} is needed by ${retired.needs.keys} keys, ${retired.needs.contacts} contacts, ${retired.needs.listed} listed numbers`,
      );
      return 1;
    }
    default:
      break;
  }
  console.error(USAGE);
  return 2;
}
