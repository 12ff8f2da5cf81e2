import { writeFileSync } from "node:fs";
import { rulesDocument } from "./docs/rules-document.ts";

writeFileSync("docs/rules.md", rulesDocument());
console.log("docs/rules.md is made");
