import { execFileSync } from "node:child_process";
import { programPath } from "../tests/support/programs.ts";

/** What the tests need besides npm packages: the program, and the Debian package that brings it. */
const NEEDED = [
  { program: "redis-server", package: "redis-server" },
  { program: "chromium", package: "chromium" },
];

const missing = NEEDED.filter((need) => programPath(need.program) === null);
if (missing.length > 0) {
  const packages = missing.map((need) => need.package);
  const canInstall = process.getuid?.() === 0 && programPath("apt-get") !== null;
  if (!canInstall) {
    console.error(
      `The tests need ${packages.join(" and ")}. Install with: apt-get install ${packages.join(" ")}`,
    );
    process.exit(1);
  }
  console.log(`Installing ${packages.join(" and ")} from Debian's packages`);
  const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  execFileSync("apt-get", ["update", "-qq"], { stdio: "inherit", env: environment });
  execFileSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...packages, "fonts-inter"], {
    stdio: ["ignore", "ignore", "inherit"],
    env: environment,
  });
}
