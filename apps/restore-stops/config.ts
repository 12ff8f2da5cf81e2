import { type Config, readConfig } from "#flow/config";

/** This process's configuration; every problem is printed, then the process ends with status 1. */
export function config(): Config {
  const read = readConfig(process.env);
  if (read.kind === "config") return read.config;
  for (const problem of read.problems) console.error(problem);
  return process.exit(1);
}
