import { migrationUrl } from "./config.ts";
import { migrate } from "./migrate.ts";

const ownerUrl = migrationUrl();
if (ownerUrl === null) {
  console.error("usage: npm run migrate -- postgres://owner@host/database, or set DATABASE_URL");
  process.exit(1);
}
await migrate(ownerUrl);
console.log("the database has the newest schema");
