import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

interface Ban {
  readonly pattern: RegExp;
  readonly where: RegExp;
  readonly except?: RegExp;
  readonly why: string;
}

/** What no tool sees: words that hide a clock, a forged permit, a setting read in the wrong place, or unfinished work. */
const BANS: readonly Ban[] = [
  {
    pattern: /\bnew Date\(|\bDate\.now\(|\bMath\.random\(|performance\.now/,
    where: /^packages\/core\//,
    why: "core has no clock and no chance",
  },
  {
    pattern: /\bas Permit\b/,
    where: /^(apps|packages)\//,
    except: /^packages\/flow\/permit\.ts$/,
    why: "only the gate makes permits",
  },
  {
    pattern: /process\.env/,
    where: /^(apps|packages)\//,
    except: /\/config\.ts$/,
    why: "the environment is read in config.ts alone",
  },
  { pattern: /\bvi\.mock\b|\bvi\.spyOn\b/, where: /^tests\//, why: "our own code is never mocked" },
  { pattern: /\.(skip|only|todo)\(/, where: /^tests\//, why: "every test runs" },
  {
    pattern: /\b(TODO|FIXME|XXX)\b/,
    where: /^(apps|packages|tests|scripts)\//,
    except: /banned-words\.ts$/,
    why: "unfinished work is finished or told",
  },
  {
    pattern: /@ts-ignore|@ts-nocheck|\bas any\b/,
    where: /^(apps|packages|tests|scripts)\//,
    except: /banned-words\.ts$/,
    why: "types are not switched off",
  },
];

/** Files of the project that carry a banned word, each as one line; empty when there is none. */
export function findBannedWords(files: readonly string[] = sources()): string[] {
  const problems: string[] = [];
  for (const file of files) {
    const bans = BANS.filter((ban) => ban.where.test(file) && ban.except?.test(file) !== true);
    if (bans.length === 0) continue;
    const lines = readFileSync(file, "utf8").split("\n");
    for (const [place, line] of lines.entries()) {
      for (const ban of bans) {
        if (ban.pattern.test(line)) problems.push(`${file}:${place + 1}: ${ban.why}`);
      }
    }
    if (/(^|\/)(utils?|helpers?|common|shared|types)(\/|\.tsx?$)/.test(file))
      problems.push(`${file}: the name says nothing`);
  }
  return problems;
}

function sources(): string[] {
  return execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { encoding: "utf8" })
    .split("\n")
    .filter((file) => /\.tsx?$/.test(file));
}
