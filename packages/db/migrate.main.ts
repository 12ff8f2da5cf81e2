import { migrate } from "./migrate.ts";

const [, , ownerUrl] = process.argv;
if (ownerUrl === undefined) {
  console.error("usage: npm run migrate -- postgres://owner@host/database");
  process.exit(1);
}
await migrate(ownerUrl);
console.log("the database has the newest schema");
