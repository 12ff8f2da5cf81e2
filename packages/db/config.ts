/** The owner's login for migrations: the first argument, else `DATABASE_URL`; null when there is neither. */
export function migrationUrl(): string | null {
  const given = process.argv[2] ?? process.env["DATABASE_URL"] ?? "";
  return given === "" ? null : given;
}
