import { readFileSync, writeFileSync } from "node:fs";

/*
 * A registry mirror may lack packages for platforms that nobody here uses; npm then writes a lock file without them,
 * and `npm ci` refuses that file as out of step. This adds what is missing, by name and version, marked for its
 * platform, so that `npm ci` skips it here and finds it where it is needed. Run after a change of dependencies.
 */

interface LockedPackage {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const SYSTEMS = [
  "linux",
  "darwin",
  "win32",
  "windows",
  "android",
  "freebsd",
  "openbsd",
  "netbsd",
  "sunos",
  "aix",
  "openharmony",
];
const PROCESSORS = [
  "riscv64",
  "loong64",
  "mips64el",
  "ppc64",
  "s390x",
  "arm64",
  "wasm32",
  "ia32",
  "x64",
  "arm",
];

const file = "package-lock.json";
const lock = JSON.parse(readFileSync(file, "utf8")) as { packages: Record<string, LockedPackage> };

let added = 0;
for (const parent of Object.values({ ...lock.packages })) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    const place = `node_modules/${name}`;
    if (lock.packages[place] !== undefined) continue;
    const words = name.split(/[-/]/);
    const system = SYSTEMS.find((each) => words.includes(each));
    const processor = PROCESSORS.find((each) => words.some((word) => word.startsWith(each)));
    const musl = words.some((word) => word.startsWith("musl"));
    lock.packages[place] = {
      version: version.replace(/^[\^~]/, ""),
      optional: true,
      ...(parent.dev === true ? { dev: true } : {}),
      ...(processor === undefined ? {} : { cpu: [processor] }),
      ...(system === undefined ? { os: ["none"] } : { os: [system === "windows" ? "win32" : system] }),
      ...(musl ? { libc: ["musl"] } : {}),
    } as LockedPackage;
    added += 1;
  }
}
const sorted = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(file, `${JSON.stringify({ ...lock, packages: sorted }, null, 2)}\n`);
console.log(`${added} packages of other platforms added to ${file}`);
